/** Stars have one length whatever they hide: the length of a password is a hint too. */
const STARS = "********";

/**
 * The masked form of a credential.
 *
 * `prefixed` credentials (a provider's format, at least 20 characters) keep 4 characters at each
 * end: the head is the public prefix, the tail is what consoles show to tell two keys apart.
 * Everything else, passwords above all, shows nothing.
 */
export function maskSecret(value: string, prefixed: boolean): string {
  const printable = value.replace(/[^\x21-\x7e]/g, "");
  if (!prefixed || printable.length < 20 || printable.length !== value.length) return STARS;
  return `${value.slice(0, 4)}${STARS}${value.slice(-4)}`;
}

/** A stretch of a line, as offsets into it, and what stands there instead. */
export interface MaskedSpan {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** `line` with every span replaced; overlapping spans are merged and show only stars. */
export function maskSpans(line: string, spans: readonly MaskedSpan[]): string {
  const sorted = [...spans].sort((a, b) => a.start - b.start || b.end - a.end);
  let out = "";
  let at = 0;
  for (let i = 0; i < sorted.length; ) {
    const first = sorted[i]!;
    let end = first.end;
    let text = first.text;
    for (i += 1; i < sorted.length && sorted[i]!.start < end; i += 1) {
      if (sorted[i]!.end > end) {
        end = sorted[i]!.end;
        text = STARS;
      }
    }
    out += line.slice(at, first.start) + text;
    at = end;
  }
  return out + line.slice(at);
}
