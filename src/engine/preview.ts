import { type MaskedSpan, maskSecret, maskSpans } from "../text/mask.ts";
import { isRandom, measureRandomness } from "./randomness.ts";
import type { Candidate } from "./types.ts";

/** Characters of a line that are shown on either side of a secret, at most. */
export const PREVIEWED = 80;

/** Words joined to a name, as TWILIO_AUTH_TOKEN: what the secret is called is half of what there is to see. */
const NAME = /^[A-Za-z]+(?:[_-][A-Za-z]+)+$/;

/**
 * The line of a secret, cut to PREVIEWED characters around it, with this and every other secret on
 * it masked: other candidates, kept or not, and any other long random run.
 *
 * @param text the window, one character a byte
 * @param base offset of the window in the content
 * @param candidates all candidates of the window, dismissed ones too
 */
export function previewOf(
  text: string,
  base: number,
  candidate: Candidate,
  candidates: readonly Candidate[],
): string {
  const start = candidate.secretStart - base;
  const end = candidate.secretEnd - base;
  const from = Math.max(text.lastIndexOf("\n", start - 1) + 1, start - PREVIEWED);
  const newline = text.indexOf("\n", start);
  const to = Math.min(newline < 0 ? text.length : newline, Math.min(end, start + PREVIEWED * 2) + PREVIEWED);
  const line = text.slice(from, to);
  const spans: MaskedSpan[] = [];
  for (const other of candidates) {
    const spanStart = Math.max(0, other.secretStart - base - from);
    const spanEnd = Math.min(line.length, other.secretEnd - base - from);
    if (spanEnd > spanStart) spans.push({ start: spanStart, end: spanEnd, text: maskedForm(other) });
  }
  for (const run of line.matchAll(/[A-Za-z0-9+/_-]{16,}={0,2}/g)) {
    if (!NAME.test(run[0]) && isRandom(measureRandomness(run[0]), run[0].length)) {
      spans.push({ start: run.index, end: run.index + run[0].length, text: maskSecret(run[0], false) });
    }
  }
  const cutLeft = from > 0 && text[from - 1] !== "\n" ? "…" : "";
  const cutRight = to < text.length && text[to] !== "\n" ? "…" : "";
  return (
    cutLeft +
    toDisplay(
      maskSpans(line, dropContained(spans, candidate, start - from, Math.min(end - from, line.length))),
    ) +
    cutRight
  );
}

export function maskedForm(candidate: Candidate): string {
  return maskSecret(candidate.value, candidate.rule.kind === "structured");
}

/**
 * The candidate's own span wins over spans that it lies in or that lie in it, so that its masked
 * form with head and tail is what is shown; a longer span still hides what lies beyond it.
 */
function dropContained(spans: MaskedSpan[], candidate: Candidate, start: number, end: number): MaskedSpan[] {
  return spans.flatMap((span) => {
    if (span.start === start && span.end === end) return [{ ...span, text: maskedForm(candidate) }];
    if (span.end <= start || span.start >= end) return [span];
    const pieces: MaskedSpan[] = [];
    if (span.start < start) pieces.push({ start: span.start, end: start, text: maskSecret("", false) });
    if (span.end > end) pieces.push({ start: end, end: span.end, text: maskSecret("", false) });
    return pieces;
  });
}

/** Bytes back to text, control characters made visible: a file cannot write to the user's terminal. */
function toDisplay(bytes: string): string {
  const text = Buffer.from(bytes.replaceAll("…", ""), "latin1").toString("utf8");
  return text
    .replace(/\t/g, " ")
    .replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "·")
    .trim();
}
