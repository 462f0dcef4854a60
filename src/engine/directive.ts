const MARK = "leakwarden:allow";

/**
 * The text after `leakwarden:allow` that applies to a secret: on the line where the secret
 * begins, or on the line above when that line holds nothing but the comment.
 */
export function directiveAt(text: string, at: number): string | null {
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  const newline = text.indexOf("\n", at);
  const own = afterMark(text.slice(lineStart, newline < 0 ? text.length : newline));
  if (own !== null) return own;
  if (lineStart === 0) return null;
  const above = text.slice(text.lastIndexOf("\n", lineStart - 2) + 1, lineStart - 1);
  return /^\s*(?:#|\/\/|\/\*|<!--|--|;|%|\*|"|')/.test(above) ? afterMark(above) : null;
}

function afterMark(line: string): string | null {
  const at = line.indexOf(MARK);
  if (at < 0) return null;
  return line
    .slice(at + MARK.length)
    .replace(/\s*(?:\*\/|-->|%>|["'])?\s*$/, "")
    .trim();
}
