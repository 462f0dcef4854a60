import { type HitList, MIN_LITERAL } from "./prefilter.ts";

const THREE_BITS = 10;
const FOUR_BITS = 16;
/** Of the hash of four letters: what is found by them is compared anyway. */
const HEAD_BITS = 13;

/** What is known of some texts, in one piece of memory, so that it can be made when rules are compiled. */
interface Tables {
  /** For each hash of four letters that a text begins with, a bit: it rules out most places. */
  readonly fours: Uint8Array;
  /** For the first bits of each such hash 1 + the first text that begins so; 0: none. */
  readonly heads: Uint16Array;
  /** The same for the few texts of three letters. */
  readonly threes: Uint16Array;
  /** For each text 1 + the next one of its hash; 0: none. */
  readonly next: Uint16Array;
  /** Of each text the four letters behind its first four, folded, and which bits of them it has. */
  readonly later: Int32Array;
  readonly laterBits: Int32Array;
}

function tablesIn(memory: ArrayBuffer, count: number): Tables {
  let at = 0;
  const place = (bytes: number) => {
    at += bytes;
    return at - bytes;
  };
  return {
    fours: new Uint8Array(memory, place(1 << (FOUR_BITS - 3)), 1 << (FOUR_BITS - 3)),
    heads: new Uint16Array(memory, place(2 << HEAD_BITS), 1 << HEAD_BITS),
    threes: new Uint16Array(memory, place(2 << THREE_BITS), 1 << THREE_BITS),
    later: new Int32Array(memory, place(4 * count), count),
    laterBits: new Int32Array(memory, place(4 * count), count),
    next: new Uint16Array(memory, place(2 * count), count),
  };
}

/** The tables of a `ShortTextFinder`, their numbers little-endian, as in the kernel's memory. */
export function layOutTexts(texts: readonly string[]): ArrayBuffer {
  const memory = new ArrayBuffer(
    (1 << (FOUR_BITS - 3)) + (2 << HEAD_BITS) + (2 << THREE_BITS) + 10 * texts.length,
  );
  const tables = tablesIn(memory, texts.length);
  texts.forEach((text, index) => {
    if (text !== "") learn(tables, index, text);
  });
  return memory;
}

function learn({ fours, heads, threes, next, later, laterBits }: Tables, index: number, text: string): void {
  const first = lettersAt(text, 0) | 0x20202020;
  if (text.length > MIN_LITERAL) {
    const four = hashOfFour(first);
    const head = four >>> (FOUR_BITS - HEAD_BITS);
    fours[four >>> 3]! |= 1 << (four & 7);
    next[index] = heads[head]!;
    heads[head] = index + 1;
    later[index] = lettersAt(text, 4) | 0x20202020;
    laterBits[index] = text.length >= 8 ? -1 : (1 << (8 * (text.length - 4))) - 1;
    return;
  }
  // Behind it anything may stand.
  for (let code = 0; code < 256; code += 1) {
    const four = hashOfFour((first & 0xffffff) | ((code | 0x20) << 24));
    fours[four >>> 3]! |= 1 << (four & 7);
  }
  const three = hashOfThree(first & 0xffffff);
  next[index] = threes[three]!;
  threes[three] = index + 1;
}

/**
 * Finds texts in short stretches of text: every place is looked at, by a hash of its four bytes
 * with letters folded. As fast there as a window that skips (`scalar.ts`), and made ready in no time,
 * which a commit of a few files waits for.
 */
export class ShortTextFinder {
  private readonly texts: readonly string[];
  private readonly anyCase: boolean;
  private readonly tables: Tables;

  /**
   * @param texts those that are looked for; "" for none
   * @param anyCase whether ASCII letters are compared without case: then they are in lower case
   * @param memory what `layOutTexts` gave for them
   */
  constructor(texts: readonly string[], anyCase: boolean, memory = layOutTexts(texts)) {
    this.texts = texts;
    this.anyCase = anyCase;
    this.tables = tablesIn(memory, texts.length);
  }

  /**
   * Pushes every occurrence of every text that lies wholly in `bytes[from, to)` and begins at a wanted place,
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
    const { heads, threes, fours } = this.tables;
    const last = Math.min(to - 2, end);
    let folded =
      ((bytes[from]! | 0x20) << 8) | ((bytes[from + 1]! | 0x20) << 16) | ((bytes[from + 2]! | 0x20) << 24);
    for (let at = from; at < last; at += 1) {
      // Behind the text's end there is a 0 or another text: either way the comparison decides.
      folded = (folded >>> 8) | ((bytes[at + 3]! | 0x20) << 24);
      const four = hashOfFour(folded);
      if ((fours[four >>> 3]! & (1 << (four & 7))) === 0) continue;
      const head = heads[four >>> (FOUR_BITS - HEAD_BITS)]!;
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
    const { texts, anyCase, tables } = this;
    for (let entry = head; entry !== 0; entry = tables.next[entry - 1]!) {
      if (((later ^ tables.later[entry - 1]!) & tables.laterBits[entry - 1]!) !== 0) continue;
      const text = texts[entry - 1]!;
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
