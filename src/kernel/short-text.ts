import { type HitList, type Literal, MIN_LITERAL } from "./prefilter.ts";

const BITS = 15;

/**
 * Finds literals in short stretches of text: every place is looked at, by a hash of its three bytes
 * with letters folded. As fast there as a window that skips (`scalar.ts`), and made ready in a
 * tenth of the time, which a commit of a few files waits for.
 */
export class ShortTextFinder {
  private readonly literals: readonly Literal[];
  /** For each hash a bit for each value of the low bits of the letter behind: most places are ruled out by it. */
  private readonly behind = new Uint8Array(1 << BITS);
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
      this.next[index] = this.heads[key]!;
      this.heads[key] = index + 1;
    }
  }

  /** Pushes every occurrence of every literal that lies wholly in `bytes[from, to)` and begins at a wanted place. */
  scan(
    bytes: Uint8Array,
    from: number,
    to: number,
    hits: HitList,
    wanted: (place: number) => boolean = () => true,
  ): void {
    if (to - from < MIN_LITERAL) return;
    const { heads, behind } = this;
    let folded = ((bytes[from]! | 0x20) << 8) | ((bytes[from + 1]! | 0x20) << 16);
    for (let at = from + 2; at < to; at += 1) {
      folded = (folded >>> 8) | ((bytes[at]! | 0x20) << 16);
      const key = hashOf(folded);
      // Behind the text's end there is a 0 or another text: either way the comparison decides.
      if ((behind[key]! & (1 << ((bytes[at + 1]! | 0x20) & 7))) === 0) continue;
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

function hashOf(folded: number): number {
  return Math.imul(folded, 0x9e3779b1) >>> (32 - BITS);
}
