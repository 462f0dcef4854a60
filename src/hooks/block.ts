import { dirname, join } from "node:path";

const BEGIN = "# >>> leakwarden: scans what is staged ('leakwarden uninstall' takes these lines out)";
const END = "# <<< leakwarden";
/** The script beside the program that is asked before it: `gate.sh`. */
const GATE = "leakwarden-gate.sh";

/**
 * The lines that a hook gets. POSIX sh; a leakwarden that cannot be found blocks the commit, since
 * a hook that silently checks nothing is worse than none. The gate beside the program is asked first: most
 * commits can hold no secret, and for those nothing else is started.
 *
 * @param program absolute path to fall back on, for hooks that stay on this machine; null for
 *   hooks that are committed
 */
export function hookBlock(program: string | null): string {
  const own =
    program === null
      ? []
      : [
          `elif [ -f ${quoted(program)} ]; then`,
          `  sh ${quoted(join(dirname(program), GATE))} || node ${quoted(program)} staged || exit $?`,
        ];
  return [
    BEGIN,
    'PATH="$PATH:node_modules/.bin"',
    "if leakwarden=$(command -v leakwarden); then",
    // Through the links of node_modules/.bin to the program itself; pnpm puts scripts there, beside which nothing lies.
    '  while [ -L "$leakwarden" ] && to=$(readlink "$leakwarden"); do',
    "    case $to in /*) leakwarden=$to ;; *) leakwarden=${leakwarden%/*}/$to ;; esac",
    "  done",
    `  gate=\${leakwarden%/*}/${GATE}`,
    `  [ -f "$gate" ] || gate=\${leakwarden%/*}/../leakwarden/dist/${GATE}`,
    '  { [ -f "$gate" ] && sh "$gate"; } || leakwarden staged || exit $?',
    ...own,
    "else",
    "  echo 'leakwarden was not found: run npm install, or skip this check once with git commit --no-verify' >&2; exit 1",
    "fi",
    END,
    "",
  ].join("\n");
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

/** `script` without the block, byte for byte as it was before `withBlock`. */
export function withoutBlock(script: string): string {
  const start = script.indexOf(BEGIN);
  const end = endOfBlock(script, start);
  return end < 0 ? script : script.slice(0, start) + script.slice(end);
}

/** Behind the last line of the block that begins at `start`; -1 when there is none. */
function endOfBlock(script: string, start: number): number {
  const end = start < 0 ? -1 : script.indexOf(END, start);
  if (end < 0) return -1;
  const newline = script.indexOf("\n", end);
  return newline < 0 ? script.length : newline + 1;
}
