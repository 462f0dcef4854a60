import { type HitList, type Literal, MIN_LITERAL } from "./prefilter.ts";

const BITS = 15;
const FOUR_BITS = 16;

/**
 * Finds literals in short stretches of text: every place is looked at, by a hash of its three bytes
 * with letters folded. As fast there as a window that skips (`scalar.ts`), and made ready in a
 * tenth of the time, which a commit of a few files waits for.
 */
export class ShortTextFinder {
  private readonly literals: readonly Literal[];
  /** For each hash a bit for each value of the low bits of the letter behind: most places are ruled out by it. */
  private readonly behind = new Uint8Array(1 << BITS);
  /** For each hash of four letters a bit: what is left is ruled out by it before any literal is compared. */
  private readonly fours = new Uint8Array(1 << (FOUR_BITS - 3));
  /** For each hash whether a literal of three letters has it. */
  private readonly threes = new Uint8Array(1 << BITS);
  /** For each hash 1 + the first literal that begins so; 0: none. */
  private readonly heads = new Uint16Array(1 << BITS);
  /** For each literal 1 + the next one of its hash; 0: none. */
  private readonly next: Uint16Array;

  /** @param take which of the literals to look for; all when it is left out */
  constructor(literals: readonly Literal[], take: (literal: Literal) => boolean = () => true) {
    this.literals = literals;
    this.next = new Uint16Array(literals.length);
    for (let index = 0; index < literals.length; index += 1) {
      if (!take(literals[index]!)) continue;
      const { text } = literals[index]!;
      let folded = 0;
      for (let i = 2; i >= 0; i -= 1) folded = (folded << 8) | text.charCodeAt(i) | 0x20;
      const key = hashOf(folded);
      this.behind[key]! |= text.length > 3 ? 1 << ((text.charCodeAt(3) | 0x20) & 7) : 0xff;
      if (text.length > 3) {
        const four = hashOfFour(folded | ((text.charCodeAt(3) | 0x20) << 24));
        this.fours[four >>> 3]! |= 1 << (four & 7);
      } else this.threes[key] = 1;
      this.next[index] = this.heads[key]!;
      this.heads[key] = index + 1;
    }
  }

  /**
   * Pushes every occurrence of every literal that lies wholly in `bytes[from, to)` and begins at a wanted place,
   * in front of `end`.
   */
  scan(
    bytes: Uint8Array,
    from: number,
    to: number,
    hits: HitList,
    wanted: (place: number) => boolean = () => true,
    end = to,
  ): void {
    if (to - from < MIN_LITERAL) return;
    const { heads, behind, fours, threes } = this;
    const last = Math.min(to, end + 2);
    let folded = ((bytes[from]! | 0x20) << 8) | ((bytes[from + 1]! | 0x20) << 16);
    for (let at = from + 2; at < last; at += 1) {
      folded = (folded >>> 8) | ((bytes[at]! | 0x20) << 16);
      const key = hashOf(folded);
      // Behind the text's end there is a 0 or another text: either way the comparison decides.
      const next = bytes[at + 1]! | 0x20;
      if ((behind[key]! & (1 << (next & 7))) === 0) continue;
      const four = hashOfFour(folded | (next << 24));
      if (threes[key] === 0 && (fours[four >>> 3]! & (1 << (four & 7))) === 0) continue;
      if (wanted(at - 2)) this.verify(heads[key]!, bytes, at - 2, to, hits);
    }
  }

  private verify(head: number, bytes: Uint8Array, at: number, to: number, hits: HitList): void {
    for (let entry = head; entry !== 0; entry = this.next[entry - 1]!) {
      const { text, anyCase } = this.literals[entry - 1]!;
      if (at + text.length > to) continue;
      let same = 0;
      while (same < text.length) {
        let code = bytes[at + same]!;
        if (anyCase && code >= 0x41 && code <= 0x5a) code |= 0x20;
        if (code !== text.charCodeAt(same)) break;
        same += 1;
      }
      if (same === text.length) hits.push(at, entry - 1);
    }
  }
}

function hashOfFour(folded: number): number {
  return Math.imul(folded, 0x85ebca6b) >>> (32 - FOUR_BITS);
}

function hashOf(folded: number): number {
  return Math.imul(folded, 0x9e3779b1) >>> (32 - BITS);
}
