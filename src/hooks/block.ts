const BEGIN = "# >>> leakwarden: scans what is staged ('leakwarden uninstall' takes these lines out)";
const END = "# <<< leakwarden";

/**
 * The lines that a hook gets. POSIX sh; a leakwarden that cannot be found blocks the commit, since
 * a hook that silently checks nothing is worse than none.
 *
 * @param program absolute path to fall back on, for hooks that stay on this machine; null for
 *   hooks that are committed
 */
export function hookBlock(program: string | null): string {
  const quoted = program === null ? null : `'${program.replaceAll("'", "'\\''")}'`;
  return [
    BEGIN,
    'PATH="$PATH:node_modules/.bin"',
    "if command -v leakwarden >/dev/null 2>&1; then leakwarden staged || exit $?",
    ...(quoted === null ? [] : [`elif [ -f ${quoted} ]; then node ${quoted} staged || exit $?`]),
    "else echo 'leakwarden was not found: run npm install, or skip this check once with git commit --no-verify' >&2; exit 1; fi",
    END,
    "",
  ].join("\n");
}

/** `script` with the block behind its `#!` line; unchanged when it has one already. */
export function withBlock(script: string, block: string): string {
  if (script.includes(BEGIN)) return script;
  const firstLine = /^#!.*\r?\n/.exec(script)?.[0] ?? "";
  return firstLine + block + script.slice(firstLine.length);
}

/** `script` as it was before `withBlock`, byte for byte. */
export function withoutBlock(script: string): string {
  const start = script.indexOf(BEGIN);
  const end = script.indexOf(END);
  if (start < 0 || end < start) return script;
  const after = script.indexOf("\n", end);
  return script.slice(0, start) + (after < 0 ? "" : script.slice(after + 1));
}
