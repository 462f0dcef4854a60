import { LeakwardenError } from "../errors.ts";
import type { Cuts, HitList, Literal, Prefilter } from "./prefilter.ts";
import { RUN_CLASS } from "./runs.ts";
import module from "./simd.wasm";
import { BENCH_BYTES, TreeBench, type TreeExports } from "./tree-bench.ts";
import { ENTRY, planWindows } from "./windows.ts";

/** `KEYS` of `assembly/hash.ts`. */
const KEYS = 0xc00;
const KEYS_BYTES = 0x400;
/** Addresses of `assembly/search.ts`. */
const CLASSES = 0x300;
const WORD_TABLE = 0x1000;
const RUN_BITMAP = 0x11000;
const WORD_HEADS = 0x13000;
const RUN_HEADS = 0x33000;
const RECORDS = 0x53000;
const RECORDS_END = 0x91000;
const FOURS = 0x91000;
const LITERALS = 0x93000;
const LITERALS_END = 0xa3000;
const HITS = 0xa3000;
/** Index of the first run in the view of the hits. */
const RUNS_AT = (0xbb000 - HITS) / 4;

/** The kernel reads this far behind a text's end. */
const SLACK = 64;
/** Text that is not in the kernel's memory is copied to COPY. */
const COPY = 0xc4000;
const COPY_BYTES = 5 << 18;
/** `STRETCHES` of `assembly/stretches.ts`. */
const STRETCHES = 0x204000;
/** `MEMO` of `assembly/memo.ts`: half a million texts. */
const MEMO = 0x210000;
const MEMO_BYTES = 4 << 20;
/** Lists of stretches of the texts on a chain: as many as 8 MiB of text can have, and usually twice that. */
const LISTS = MEMO + MEMO_BYTES;
const LISTS_BYTES = 1 << 18;
/** What lies from here on is the caller's: see `reserve`. */
const RESERVED = LISTS + LISTS_BYTES;

/** Index of the first stretch in the view of the hits. */
const STRETCHES_AT = (STRETCHES - HITS) / 4;
/** `LEAST_STRETCH` of `assembly/stretches.ts`, but for the last of a text. */
const LEAST_STRETCH = 512;
const MOST_CUT = LEAST_STRETCH * ((MEMO - STRETCHES) / 16 - 1);

const PAGE = 0x10000;
/** Like no text. */
const NOTHING: Cuts = { first: 0, last: 0, kind: 0, list: 0, listed: 0 };

type SixNumbers = [number, number, number, number, number, number];
/** Text: where it begins, and where of it is to be cut, from, to, and where it ends; its kind. */
type ToCut = [first: number, from: number, to: number, last: number, kind: number];
/** A place in the reserved memory. */
interface Stretch {
  readonly start: number;
  readonly length: number;
}
interface Exports extends TreeExports {
  /** Address and length of base, delta and target; 0 when the delta is corrupt. */
  applyDelta(...places: SixNumbers): number;
  scan(from: number, to: number, fresh: number): number;
  recall(from: number, to: number, kind: number, place: number): number;
  remember(): void;
  /** With the place for the list, and text and list of what it is like. */
  unknown(...all: [...ToCut, list: number, like: number, end: number, from: number, to: number]): number;
  know(number: number): void;
  readonly listed: WebAssembly.Global;
  readonly more: WebAssembly.Global;
  readonly runs: WebAssembly.Global;
}

function pagesFor(reserved: number): number {
  return Math.ceil((RESERVED + reserved + SLACK) / PAGE);
}

/**
 * The prefilter as a WebAssembly module with SIMD. Its memory also serves as a place to put text
 * (`reserve`), which then need not be copied to be scanned.
 */
export class SimdPrefilter implements Prefilter {
  private readonly memory = new WebAssembly.Memory({ initial: pagesFor(0) });
  private readonly exports: Exports;
  private text: Uint8Array;
  private hits: Uint32Array;
  /** Whether the last question of `recall` was one that can be remembered. */
  private isAsked = false;

  /**
   * @param plan of the literals' windows, where it is known already
   * @throws {LeakwardenError} when there are more literals than the tables hold: 3,000 of 20 letters, a hundred of 3
   */
  constructor(literals: readonly Literal[], plan: readonly number[] = planWindows(literals)) {
    const compiled = new WebAssembly.Module(module);
    const instance = new WebAssembly.Instance(compiled, { env: { memory: this.memory } });
    this.exports = instance.exports as unknown as Exports;
    this.text = new Uint8Array(this.memory.buffer);
    this.hits = new Uint32Array(this.memory.buffer, HITS);
    this.text.set(RUN_CLASS, CLASSES);
    for (let i = KEYS; i < KEYS + KEYS_BYTES; i += 1) this.text[i] = Math.random() * 256;
    this.layOut(literals, plan);
  }

  /**
   * A stretch of the kernel's memory, at least `bytes` long. Growing moves it: views that were given
   * before are void, their content is kept.
   */
  reserve(bytes: number): Uint8Array {
    const missing = pagesFor(bytes) - this.memory.buffer.byteLength / PAGE;
    if (missing > 0) {
      this.memory.grow(missing);
      this.text = new Uint8Array(this.memory.buffer);
      this.hits = new Uint32Array(this.memory.buffer, HITS);
    }
    return this.text.subarray(RESERVED, this.text.length - SLACK);
  }

  /**
   * Makes an object from its base and a git delta without its two sizes. Gives false when the delta is corrupt.
   */
  applyDelta(base: Stretch, delta: Stretch, target: Stretch): boolean {
    const [from, by, to] = [RESERVED + base.start, RESERVED + delta.start, RESERVED + target.start];
    return this.exports.applyDelta(from, base.length, by, delta.length, to, target.length) !== 0;
  }

  /** A bench for trees in the reserved memory, with so many bytes of room; void when more is reserved. */
  treeBench(room: number): TreeBench {
    this.reserve(BENCH_BYTES + room);
    return new TreeBench(this.exports, this.memory.buffer, RESERVED, room);
  }

  /** @throws {RangeError} when a text of more than 1.25 MiB is not in the kernel's memory: cut, its runs would be cut */
  scan(bytes: Uint8Array, from: number, to: number, hits: HitList): void {
    if (bytes.buffer === this.memory.buffer) {
      this.scanPlaced(bytes.byteOffset + from, bytes.byteOffset + to, -bytes.byteOffset, hits);
      return;
    }
    if (to - from > COPY_BYTES) throw new RangeError("too long a text for the kernel's memory");
    this.text.set(bytes.subarray(from, to), COPY);
    this.scanPlaced(COPY, COPY + to - from, from - COPY, hits);
  }

  recall(bytes: Uint8Array, from: number, to: number, kind: number, place: number): boolean {
    this.isAsked = bytes.buffer === this.memory.buffer;
    if (!this.isAsked) return false;
    const { byteOffset } = bytes;
    return this.exports.recall(byteOffset + from, byteOffset + to, kind, place - from) !== 0;
  }

  remember(): void {
    if (this.isAsked) this.exports.remember();
  }

  cut(
    bytes: Uint8Array,
    from: number,
    to: number,
    kind: number,
    stretches: number[],
    base: Cuts | null = null,
  ): Cuts | null {
    if (bytes.buffer !== this.memory.buffer || to - from > MOST_CUT) return null;
    const { byteOffset, length } = bytes;
    const isWhole = from === 0 && to === length;
    const free = base === null ? LISTS : base.listed;
    const isKept = isWhole && free + 16 * (length / LEAST_STRETCH + 1) <= RESERVED;
    const like = isWhole && base !== null && base.kind === kind ? base : NOTHING;
    const count = this.exports.unknown(
      byteOffset,
      byteOffset + from,
      byteOffset + to,
      byteOffset + length,
      kind,
      isKept ? free : STRETCHES,
      like.first,
      like.last,
      like.list,
      like.listed,
    );
    const listed = isKept ? this.exports.listed.value : free;
    for (let i = 0; i < count; i += 1) {
      stretches.push(
        this.hits[STRETCHES_AT + 4 * i]! - byteOffset,
        this.hits[STRETCHES_AT + 4 * i + 1]! - byteOffset,
      );
    }
    return { first: byteOffset, last: byteOffset + length, kind, list: free, listed };
  }

  know(number: number): void {
    this.exports.know(number);
  }

  private scanPlaced(from: number, to: number, shift: number, hits: HitList): void {
    let fresh = 1;
    do {
      const count = this.exports.scan(from, to, fresh);
      const runs = this.exports.runs.value;
      for (let i = 0; i < 2 * runs; i += 1) hits.runs.push(this.hits[RUNS_AT + i]! + shift);
      for (let i = 0; i < count; i += 1) hits.push(this.hits[2 * i]! + shift, this.hits[2 * i + 1]!);
      fresh = 0;
    } while (this.exports.more.value !== 0);
  }

  private layOut(literals: readonly Literal[], plan: readonly number[]): void {
    const { text } = this;
    const texts = Buffer.from(literals.map((literal) => literal.text).join(""), "latin1");
    if (LITERALS + texts.length > LITERALS_END || RECORDS + (16 * plan.length) / ENTRY > RECORDS_END)
      throw tooManyLiterals();
    text.set(texts, LITERALS);
    const addresses: number[] = [];
    let free = LITERALS;
    for (const literal of literals) {
      addresses.push(free);
      free += literal.text.length;
    }
    const view = new DataView(this.memory.buffer);
    for (let at = 0, record = RECORDS, number = 1; at < plan.length; at += ENTRY, record += 16, number += 1) {
      const key = plan[at + 1]!;
      const index = plan[at + 4]!;
      const { text: own, anyCase, place } = literals[index]!;
      const inWords = plan[at] === 0;
      if (inWords) {
        text[WORD_TABLE + key]! |= plan[at + 2]!;
        const four = plan[at + 5]!;
        text[FOURS + (four >>> 3)]! |= 1 << (four & 7);
      } else text[RUN_BITMAP + (key >>> 3)]! |= 1 << (key & 7);
      const head = (inWords ? WORD_HEADS : RUN_HEADS) + 2 * key;
      const address = addresses[index]!;
      const four = view.getUint32(address, true) | (anyCase ? 0x20202020 : 0);
      view.setUint32(record, address, true);
      view.setUint32(record + 4, own.length < 4 ? four & 0xffffff : four, true);
      view.setUint8(record + 8, own.length);
      view.setUint8(record + 9, plan[at + 3]!);
      view.setUint16(record + 10, view.getUint16(head, true), true);
      view.setUint16(record + 12, index, true);
      view.setUint8(record + 14, anyCase ? 1 : 0);
      view.setUint8(record + 15, place === "before-run" ? 1 : 0);
      view.setUint16(head, number, true);
    }
  }
}

/** The built-in rules take 2,473 of 16,384 records; only a configuration can overflow them. */
export function tooManyLiterals(): LeakwardenError {
  return new LeakwardenError("config", "the rules have more keywords than the scanner has room for", {
    hint: "give the [[rule]] tables of .leakwarden.toml fewer keywords, of what the values have in common",
  });
}
