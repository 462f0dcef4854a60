/** A remark in a content about the secret beside it. */
export interface Directive {
  /** `leakwarden:allow`, or what another scanner calls it. */
  readonly mark: string;
  /** What stands behind it. */
  readonly text: string;
}

export const OWN_MARK = "leakwarden:allow";

/** Remarks of other scanners, for the line that they stand on: none names a rule or gives a reason. */
const ON_LINE =
  /\b(?:gitleaks:allow|betterleaks:allow|trufflehog:ignore|kingfisher:(?:ignore|allow)|ggignore|secretlint-disable-line|pragma: ?(?:allow|white)list secret)\b/i;
/** For the line below. */
const ABOVE = /\b(?:pragma: ?(?:allow|white)list nextline secret|secretlint-disable-next-line)\b/i;

/**
 * The remark that applies to a secret: on the line where the secret begins, or on the line above when that line
 * holds nothing but the comment.
 */
export function directiveAt(text: string, at: number): Directive | null {
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  const newline = text.indexOf("\n", at);
  const line = text.slice(lineStart, newline < 0 ? text.length : newline);
  const above = lineStart === 0 ? "" : text.slice(text.lastIndexOf("\n", lineStart - 2) + 1, lineStart - 1);
  const remark = /^\s*(?:#|\/\/|\/\*|<!--|--|;|%|\*|"|')/.test(above);
  return (
    afterMark(line) ?? (remark ? afterMark(above) : null) ?? foreign(ON_LINE, line) ?? foreign(ABOVE, above)
  );
}

function afterMark(line: string): Directive | null {
  const at = line.indexOf(OWN_MARK);
  if (at < 0) return null;
  const text = line
    .slice(at + OWN_MARK.length)
    .replace(/\s*(?:\*\/|-->|%>|["'])?\s*$/, "")
    .trim();
  return { mark: OWN_MARK, text };
}

function foreign(pattern: RegExp, line: string): Directive | null {
  const mark = pattern.exec(line)?.[0];
  return mark === undefined ? null : { mark, text: "" };
}
