import { pairShare } from "./frequency.ts";
import { type HitList, type Literal, MIN_LITERAL, type Prefilter } from "./prefilter.ts";
import { LONGEST_ESCAPE, looksGenerated, MIN_RUN, RUN_CLASS, runTail } from "./runs.ts";
import { ShortTextFinder } from "./short-text.ts";

const WINDOW = 4;

/**
 * Multi-literal search after Wu and Manber, on pairs of bytes, for the literals wanted anywhere; those
 * that are wanted at runs are looked for where there is one.
 *
 * Of each literal one window of 4 bytes is chosen, the one whose last pair is rarest in source
 * text; a literal of 3 bytes has any byte ahead of it in its window. `shift[pair]` says how far the
 * scan may move when `pair` ends the current window:
 *
 *   3  the pair is in no window
 *   2  the pair is the first of a window (of a short literal: it ends with the literal's first byte)
 *   1  the pair is the middle of a window
 *   0  the pair is the last of a window: compare the literals of that window
 *
 * A shift never jumps over the end of a window, so no occurrence is missed. Case is folded into
 * the tables: where it does not count both cases have the same entry, so the loop does not fold.
 */
export class ScalarPrefilter implements Prefilter {
  private readonly shift = new Uint8Array(0x10000).fill(WINDOW - 1);
  /** First literal of a window, by 5 bits of each of its bytes; -1: none. */
  private readonly bucket = new Int16Array(0x8000).fill(-1);
  /** Next literal of the same bucket; -1: last. */
  private readonly next: Int16Array;
  private readonly literals: Uint8Array[] = [];
  private readonly anyCase: boolean[] = [];
  /** Distance from a literal's start to the last byte of its window. */
  private readonly windowEnd: Uint8Array;
  private readonly inRun: ShortTextFinder;
  /** Literals that end at a run: by the three characters in front of it, how much of a literal stands there. */
  private readonly beforeRun = new Map<string, { index: number; text: string; ahead: number }[]>();

  constructor(literals: readonly Literal[]) {
    this.next = new Int16Array(literals.length).fill(-1);
    this.windowEnd = new Uint8Array(literals.length);
    this.inRun = new ShortTextFinder(
      literals.map(({ text, place }) => (place === "in-run" ? text : "")),
      false,
    );
    literals.forEach((literal, index) => {
      if (literal.place === "anywhere") this.add(literal, index);
      this.literals.push(Buffer.from(literal.text, "latin1"));
      this.anyCase.push(literal.anyCase);
      if (literal.place !== "before-run") return;
      const { text } = literal;
      const ahead = text.length - runTail(text);
      const key = text.slice(ahead - 3, ahead);
      this.beforeRun.set(key, [...(this.beforeRun.get(key) ?? []), { index, text, ahead }]);
    });
  }

  recall(): boolean {
    return false;
  }

  remember(): void {}

  cut(): null {
    return null;
  }

  know(): void {}

  scan(bytes: Uint8Array, from: number, to: number, hits: HitList): void {
    this.searchRuns(bytes, from, to, hits);
    const { shift, bucket, next, literals, anyCase, windowEnd } = this;
    // A literal of 3 bytes may end here already: its window then begins before the text.
    let end = from + MIN_LITERAL - 1;
    while (end < to) {
      const skip = shift[(bytes[end - 1]! << 8) | bytes[end]!]!;
      if (skip !== 0) {
        end += skip;
        continue;
      }
      let literal = bucket[slot(bytes[end - 2]!, bytes[end - 1]!, bytes[end]!)]!;
      while (literal >= 0) {
        const start = end - windowEnd[literal]!;
        if (start >= from && equal(bytes, start, to, literals[literal]!, anyCase[literal]!))
          hits.push(start, literal);
        literal = next[literal]!;
      }
      end += 1;
    }
  }

  /**
   * Two places 8 apart, counted from `from`, lie in every run of 16: where the second is in none, neither is
   * anything up to it in a run that begins here.
   */
  private searchRuns(bytes: Uint8Array, from: number, to: number, hits: HitList): void {
    for (let at = from; at + MIN_RUN / 2 < to; at += MIN_RUN / 2) {
      if (RUN_CLASS[bytes[at]!] === 0 || RUN_CLASS[bytes[at + MIN_RUN / 2]!] === 0) continue;
      let start = at;
      while (start > from && RUN_CLASS[bytes[start - 1]!] !== 0) start -= 1;
      let end = at + 1;
      while (end < to && RUN_CLASS[bytes[end]!] !== 0) end += 1;
      if (end - start >= MIN_RUN) {
        if (start === from || end === to || looksGenerated(bytes, start, end)) hits.runs.push(start, end);
        this.inRun.scan(bytes, start, end, hits, (place) => beginsToken(bytes, start, place));
        this.endAt(bytes, start, from, to, hits);
      }
      // On to the last place of this stride that lies in the run.
      at += Math.floor((end - 1 - at) / (MIN_RUN / 2)) * (MIN_RUN / 2);
    }
  }

  /** Literals that end at the run that begins at `run`. */
  private endAt(bytes: Uint8Array, run: number, from: number, to: number, hits: HitList): void {
    if (run < from + 3) return;
    const key = String.fromCharCode(bytes[run - 3]!, bytes[run - 2]!, bytes[run - 1]!);
    for (const { index, ahead } of this.beforeRun.get(key) ?? []) {
      const start = run - ahead;
      if (start >= from && equal(bytes, start, to, this.literals[index]!, false)) hits.push(start, index);
    }
  }

  private add({ text, anyCase }: Literal, index: number): void {
    const bytes = Buffer.from(text, "latin1");
    const end = rarestWindowEnd(bytes);
    this.windowEnd[index] = end;
    const a = bytes[end - 2]!;
    const b = bytes[end - 1]!;
    const c = bytes[end]!;
    if (end >= WINDOW - 1) this.lower(bytes[end - 3]!, a, anyCase, 2);
    else for (let before = 0; before < 256; before += 1) this.lower(before, a, anyCase, 2);
    this.lower(a, b, anyCase, 1);
    this.lower(b, c, anyCase, 0);
    const key = slot(a, b, c);
    this.next[index] = this.bucket[key]!;
    this.bucket[key] = index;
  }

  /** `pair` and, where case does not count, its other spellings may not be jumped over further than `to`. */
  private lower(first: number, second: number, anyCase: boolean, to: number): void {
    const firstBit = anyCase && isLower(first) ? 0x20 : 0;
    const secondBit = anyCase && isLower(second) ? 0x20 : 0;
    for (let x = first - firstBit; x <= first; x += 0x20) {
      for (let y = second - secondBit; y <= second; y += 0x20) {
        const pair = (x << 8) | y;
        if (this.shift[pair]! > to) this.shift[pair] = to;
      }
    }
  }
}

/** Whether a token may begin at `place` of the run that begins at `start`. */
function beginsToken(bytes: Uint8Array, start: number, place: number): boolean {
  return place - start <= LONGEST_ESCAPE || bytes[place - 1] === 0x2d;
}

/** 5 bits a byte: letters of either case share a slot, so the slot needs no folding. */
function slot(a: number, b: number, c: number): number {
  return ((a & 31) << 10) | ((b & 31) << 5) | (c & 31);
}

function isLower(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

function equal(bytes: Uint8Array, start: number, to: number, literal: Uint8Array, anyCase: boolean): boolean {
  if (start + literal.length > to) return false;
  for (let i = 0; i < literal.length; i += 1) {
    let byte = bytes[start + i]!;
    if (anyCase && byte >= 0x41 && byte <= 0x5a) byte |= 0x20;
    if (byte !== literal[i]) return false;
  }
  return true;
}

/** Offset of the last byte of the window to look for. */
function rarestWindowEnd(literal: Uint8Array): number {
  let best = Math.min(WINDOW, literal.length) - 1;
  let lowest = Number.POSITIVE_INFINITY;
  for (let end = best; end < literal.length; end += 1) {
    const score = pairShare(literal[end - 1]!, literal[end]!);
    if (score < lowest) {
      lowest = score;
      best = end;
    }
  }
  return best;
}
