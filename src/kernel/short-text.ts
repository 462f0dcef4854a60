import { type HitList, type Literal, MIN_LITERAL } from "./prefilter.ts";

const THREE_BITS = 10;
const FOUR_BITS = 16;

/**
 * Finds literals in short stretches of text: every place is looked at, by a hash of its four bytes
 * with letters folded. As fast there as a window that skips (`scalar.ts`), and made ready in a
 * tenth of the time, which a commit of a few files waits for.
 */
export class ShortTextFinder {
  private readonly literals: readonly Literal[];
  /** For each hash of four letters that a literal begins with, a bit: it rules out most places. */
  private readonly fours = new Uint8Array(1 << (FOUR_BITS - 3));
  /** For each hash of four letters 1 + the first literal that begins so; 0: none. */
  private readonly heads = new Uint16Array(1 << FOUR_BITS);
  /** The same for the few literals of three letters. */
  private readonly threes = new Uint16Array(1 << THREE_BITS);
  /** For each literal 1 + the next one of its hash; 0: none. */
  private readonly next: Uint16Array;
  /** Of each literal the four letters behind its first four, folded, and which bits of them it has. */
  private readonly later: Int32Array;
  private readonly laterBits: Int32Array;

  /** @param take which of the literals to look for; all when it is left out */
  constructor(literals: readonly Literal[], take: (literal: Literal) => boolean = () => true) {
    this.literals = literals;
    this.next = new Uint16Array(literals.length);
    this.later = new Int32Array(literals.length);
    this.laterBits = new Int32Array(literals.length);
    for (let index = 0; index < literals.length; index += 1) {
      const literal = literals[index]!;
      if (take(literal)) this.learn(index, literal.text);
    }
  }

  private learn(index: number, text: string): void {
    const first = lettersAt(text, 0) | 0x20202020;
    if (text.length > MIN_LITERAL) {
      const four = hashOfFour(first);
      this.fours[four >>> 3]! |= 1 << (four & 7);
      this.next[index] = this.heads[four]!;
      this.heads[four] = index + 1;
      this.later[index] = lettersAt(text, 4) | 0x20202020;
      this.laterBits[index] = text.length >= 8 ? -1 : (1 << (8 * (text.length - 4))) - 1;
      return;
    }
    // Behind it anything may stand.
    for (let code = 0; code < 256; code += 1) {
      const four = hashOfFour((first & 0xffffff) | ((code | 0x20) << 24));
      this.fours[four >>> 3]! |= 1 << (four & 7);
    }
    const three = hashOfThree(first & 0xffffff);
    this.next[index] = this.threes[three]!;
    this.threes[three] = index + 1;
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
    const { heads, threes, fours } = this;
    const last = Math.min(to - 2, end);
    let folded =
      ((bytes[from]! | 0x20) << 8) | ((bytes[from + 1]! | 0x20) << 16) | ((bytes[from + 2]! | 0x20) << 24);
    for (let at = from; at < last; at += 1) {
      // Behind the text's end there is a 0 or another text: either way the comparison decides.
      folded = (folded >>> 8) | ((bytes[at + 3]! | 0x20) << 24);
      const four = hashOfFour(folded);
      if ((fours[four >>> 3]! & (1 << (four & 7))) === 0) continue;
      const head = heads[four]!;
      const three = threes[hashOfThree(folded & 0xffffff)]!;
      if ((head === 0 && three === 0) || !wanted(at)) continue;
      const later =
        bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24) | 0x20202020;
      this.verify(head, bytes, at, to, later, hits);
      this.verify(three, bytes, at, to, later, hits);
    }
  }

  private verify(
    head: number,
    bytes: Uint8Array,
    at: number,
    to: number,
    later: number,
    hits: HitList,
  ): void {
    for (let entry = head; entry !== 0; entry = this.next[entry - 1]!) {
      if (((later ^ this.later[entry - 1]!) & this.laterBits[entry - 1]!) !== 0) continue;
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

/** Four letters of a text as a number, the first lowest; 0 for those behind its end. */
function lettersAt(text: string, at: number): number {
  return (
    text.charCodeAt(at) |
    (text.charCodeAt(at + 1) << 8) |
    (text.charCodeAt(at + 2) << 16) |
    (text.charCodeAt(at + 3) << 24)
  );
}

function hashOfFour(folded: number): number {
  return Math.imul(folded, 0x85ebca6b) >>> (32 - FOUR_BITS);
}

function hashOfThree(folded: number): number {
  return Math.imul(folded, 0x9e3779b1) >>> (32 - THREE_BITS);
}
