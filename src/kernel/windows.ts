import { byteShare, pairShare } from "./frequency.ts";

/** Bytes of a literal that are looked up. */
export const WINDOW = 3;

/**
 * Where in a literal of more than WINDOW letters the two neighbouring windows begin that are least likely in
 * source text, its bytes taken as a Markov chain.
 */
export function rarestPair(text: string): number {
  let best = 0;
  let lowest = Number.POSITIVE_INFINITY;
  for (let start = 0; start + WINDOW < text.length; start += 1) {
    const score = windowShare(text, start) + windowShare(text, start + 1);
    if (score < lowest) {
      lowest = score;
      best = start;
    }
  }
  return best;
}

function windowShare(text: string, start: number): number {
  const middle = text.charCodeAt(start + 1);
  return (
    (pairShare(text.charCodeAt(start), middle) * pairShare(middle, text.charCodeAt(start + 2))) /
    byteShare(middle)
  );
}
