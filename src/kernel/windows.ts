import { byteShare, pairShare } from "./frequency.ts";
import type { Literal } from "./prefilter.ts";
import { runTail } from "./runs.ts";

/** Bytes of a literal that are looked up. */
const WINDOW = 3;

/** What an entry of a plan tells, one number each. */
export const ENTRY = 5;

/**
 * Under which windows the kernel finds each literal: for each window the table it is entered in (0: words, 1: runs),
 * its hash, a bit for each value that the low bits of the byte behind it may have, where in the literal it
 * begins, and the literal's index. Plain numbers: the plan of the built-in rules is worked out when they are
 * compiled, which saves each start 10 ms.
 */
export function planWindows(literals: readonly Literal[]): number[] {
  const plan: number[] = [];
  literals.forEach(({ text, place }, index) => {
    const bytes = Buffer.from(text, "latin1");
    const word = (window: Uint8Array, at: number, start: number) => {
      const next = window[at + WINDOW];
      plan.push(
        0,
        hashOf(window, at, 0x20),
        next === undefined ? 0xff : 1 << ((next | 0x20) & 7),
        start,
        index,
      );
    };
    if (place !== "anywhere") {
      const start = place === "in-run" ? 0 : text.length - runTail(text) - WINDOW;
      plan.push(1, hashOf(bytes, start, 0), 0, start, index);
    } else if (text.length === WINDOW) {
      word(bytes, 0, 0);
      // Its second window is its last two letters and any byte, of those that folding leaves.
      for (let byte = 0; byte < 256; byte += 1) {
        if ((byte & 0x20) !== 0) word(Buffer.from([bytes[1]!, bytes[2]!, byte]), 0, 1);
      }
    } else {
      const start = rarestPair(text);
      word(bytes, start, start);
      word(bytes, start + 1, start + 1);
    }
  });
  return plan;
}

/** The kernel's hash of a window: its bytes as a little-endian number, each with the bits `fold` set, multiplied. */
function hashOf(bytes: Uint8Array, start: number, fold: number): number {
  let window = 0;
  for (let i = WINDOW - 1; i >= 0; i -= 1) window = (window << 8) | bytes[start + i]! | fold;
  return Math.imul(window, 0x9e3779b1) >>> 16;
}

/**
 * Where in a literal of more than WINDOW letters the two neighbouring windows begin that are least likely in
 * source text, its bytes taken as a Markov chain.
 */
function rarestPair(text: string): number {
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
