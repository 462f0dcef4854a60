import { byteShare, pairShare } from "./frequency.ts";
import type { Literal } from "./prefilter.ts";
import { runTail } from "./runs.ts";

/** Bytes of a literal that are looked up. */
const WINDOW = 3;

/** What an entry of a plan tells, one number each. */
export const ENTRY = 6;

/**
 * Under which windows the kernel finds each literal: for each window the table it is entered in (0: words, 1: runs),
 * its hash, a bit for each value that the low bits of the byte behind it may have, where in the literal it
 * begins, the literal's index, and the hash of four letters that it is part of. Plain numbers: the plan of the
 * built-in rules is worked out when they are compiled, which saves each start 10 ms.
 */
export function planWindows(literals: readonly Literal[]): number[] {
  const plan: number[] = [];
  literals.forEach(({ text, place }, index) => {
    const bytes = Buffer.from(text, "latin1");
    if (place !== "anywhere") {
      const start = place === "in-run" ? 0 : text.length - runTail(text) - WINDOW;
      plan.push(1, hashOf(bytes, start, WINDOW, 0), 0, start, index, 0);
      return;
    }
    const word = (letters: Uint8Array, four: number, window: number, start: number) => {
      const next = letters[window + WINDOW];
      const behind = next === undefined ? 0xff : 1 << ((next | 0x20) & 7);
      plan.push(
        0,
        hashOf(letters, window, WINDOW, 0x20),
        behind,
        start,
        index,
        hashOf(letters, four, 4, 0x20),
      );
    };
    if (text.length > WINDOW) {
      const start = rarestPair(text);
      word(bytes, start, start, start);
      word(bytes, start, start + 1, start + 1);
      return;
    }
    // Its second window is its last two letters and any byte, of those that folding leaves.
    word(bytes, 0, 0, 0);
    for (let byte = 0; byte < 256; byte += 1) {
      if ((byte & 0x20) !== 0) word(Buffer.from([...bytes, byte]), 0, 1, 1);
    }
  });
  return plan;
}

/** The kernel's hash of letters: a little-endian number, each byte with the bits `fold` set, multiplied. */
function hashOf(bytes: Uint8Array, start: number, length: number, fold: number): number {
  let letters = 0;
  for (let i = length - 1; i >= 0; i -= 1) letters = (letters << 8) | bytes[start + i]! | fold;
  return Math.imul(letters, 0x9e3779b1) >>> 16;
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
