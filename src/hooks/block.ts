import { dirname, join } from "node:path";

const BEGIN = "# >>> leakwarden ('leakwarden uninstall' takes these lines out)";
const END = "# <<< leakwarden";
/** Behind END: the file was made for the block, or got a line end in front of it, which go with it. */
const MADE = " (made this file)";
const JOINED = " (ended the line above)";
/** The script beside the program that is asked before it: `gate.sh`. */
const GATE = "leakwarden-gate.sh";

/** The hooks that a scan can be put into. `git merge` that makes a commit runs pre-merge-commit, not pre-commit. */
export type HookName = "pre-commit" | "pre-merge-commit" | "pre-push" | "pre-receive";

const NOT_FOUND: Record<HookName, string> = {
  "pre-commit": "run npm install, or skip this check once with git commit --no-verify",
  "pre-merge-commit": "run npm install, or skip this check once with git merge --no-verify",
  "pre-push": "run npm install, or skip this check once with git push --no-verify",
  "pre-receive": "nothing is taken until it is installed on this server",
};

/**
 * The lines that a hook gets. POSIX sh; a leakwarden that cannot be found blocks what the hook guards, since
 * a hook that silently checks nothing is worse than none. Before a commit the gate beside the program is asked first:
 * most commits can hold no secret, and for those nothing else is started.
 *
 * @param program absolute path to fall back on, for hooks that stay on this machine; null for
 *   hooks that are committed
 * @param made whether there was no hook before
 */
export function hookBlock(hook: HookName, program: string | null, made = false): string {
  const commits = hook === "pre-commit" || hook === "pre-merge-commit";
  const lines = commits ? scanOfStaged(program) : scanOfRefs(hook, program);
  return [
    BEGIN,
    'PATH="$PATH:node_modules/.bin"',
    ...lines,
    "else",
    `  echo 'leakwarden was not found: ${NOT_FOUND[hook]}' >&2; exit 1`,
    "fi",
    ...(commits ? [] : REFS_AGAIN),
    made ? END + MADE : END,
    "",
  ].join("\n");
}

function scanOfStaged(program: string | null): string[] {
  const own =
    program === null
      ? []
      : [
          `elif [ -f ${quoted(program)} ]; then`,
          `  sh ${quoted(join(dirname(program), GATE))} || node ${quoted(program)} staged || exit $?`,
        ];
  return [
    "if leakwarden=$(command -v leakwarden); then",
    // Through the links of node_modules/.bin to the program itself; pnpm puts scripts there, beside which nothing lies.
    '  while [ -L "$leakwarden" ] && to=$(readlink "$leakwarden"); do',
    "    case $to in /*) leakwarden=$to ;; *) leakwarden=${leakwarden%/*}/$to ;; esac",
    "  done",
    `  gate=\${leakwarden%/*}/${GATE}`,
    `  [ -f "$gate" ] || gate=\${leakwarden%/*}/../leakwarden/dist/${GATE}`,
    '  { [ -f "$gate" ] && sh "$gate"; } || leakwarden staged || exit $?',
    ...own,
  ];
}

/** Git tells of refs on standard input, which can be read once: what else the hook runs gets it again. */
const REFS_AGAIN = [
  'if [ -n "$leakwarden_refs" ]; then',
  "exec <<LEAKWARDEN_REFS",
  "$leakwarden_refs",
  "LEAKWARDEN_REFS",
  "fi",
];

function scanOfRefs(hook: HookName, program: string | null): string[] {
  const told = `printf '%s\\n' "$leakwarden_refs" |`;
  const own =
    program === null
      ? []
      : [`elif [ -f ${quoted(program)} ]; then`, `  ${told} node ${quoted(program)} ${hook} "$@" || exit $?`];
  return [
    "leakwarden_refs=$(cat)",
    "if command -v leakwarden >/dev/null; then",
    `  ${told} leakwarden ${hook} "$@" || exit $?`,
    ...own,
  ];
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}

/** `script` with the block behind its `#!` line, or in the place of the one that it has. */
export function withBlock(script: string, block: string): string {
  const start = script.indexOf(BEGIN);
  const end = endOfBlock(script, start);
  if (end >= 0) return script.slice(0, start) + block + script.slice(end);
  const firstLine = /^#!.*\r?\n/.exec(script)?.[0] ?? "";
  return firstLine + block + script.slice(firstLine.length);
}

/** The block of a script; null when it has none. */
export function blockOf(script: string): string | null {
  const start = script.indexOf(BEGIN);
  const end = endOfBlock(script, start);
  return end < 0 ? null : script.slice(start, end);
}

/** `script` without the block, byte for byte as it was before `withBlock` or `withLines`. */
export function withoutBlock(script: string): string {
  const block = blockOf(script);
  if (block === null) return script;
  const start = script.indexOf(BEGIN);
  const joined = block.trimEnd().endsWith(END + JOINED);
  return script.slice(0, joined ? start - 1 : start) + script.slice(start + block.length);
}

/** Behind the last line of the block that begins at `start`; -1 when there is none. */
function endOfBlock(script: string, start: number): number {
  const end = start < 0 ? -1 : script.indexOf(END, start);
  if (end < 0) return -1;
  const newline = script.indexOf("\n", end);
  return newline < 0 ? script.length : newline + 1;
}

/** Whether the script was made for its block. */
export function isMade(script: string): boolean {
  return (
    blockOf(script)
      ?.trimEnd()
      .endsWith(END + MADE) ?? false
  );
}

/** `text` with lines between the marks of a block at its end: for files that are no scripts and take `#` for a remark. */
export function withLines(text: string, lines: readonly string[]): string {
  const joined = text !== "" && !text.endsWith("\n");
  return `${text}${joined ? "\n" : ""}${[BEGIN, ...lines, joined ? END + JOINED : END, ""].join("\n")}`;
}
