import { type Dealing, dealLiterals, WINDOW } from "./buckets.ts";
import type { HitList, Literal, Prefilter } from "./prefilter.ts";
import { RUN_CLASS, runTail } from "./runs.ts";
import module from "./simd.wasm";

/** Addresses of `assembly/search.ts`. */
const CLASSES = 0x300;
const MASKS = 0x400;
const WORDS = { bitmap: 0x800, heads: 0x5000 };
const RUN_LITERALS = { bitmap: 0x2800, heads: 0x25000 };
const RECORDS = 0x45000;
const RECORDS_END = 0x51000;
const LITERALS = 0x51000;
const LITERALS_END = 0x61000;
const HITS = 0x61000;
/** Index of the first run in the view of the hits. */
const RUNS_AT = (0x79000 - HITS) / 4;

/** The kernel reads this far behind a text's end. */
const SLACK = 64;
/** Text that is not in the kernel's memory is copied to COPY. */
const COPY = 0x82000;
const COPY_BYTES = 5 << 18;
/** What lies from here on is the caller's: see `reserve`. */
const RESERVED = COPY + COPY_BYTES + SLACK;

const PAGE = 0x10000;
type SixNumbers = [number, number, number, number, number, number];
/** A place in the reserved memory. */
interface Stretch {
  readonly start: number;
  readonly length: number;
}
interface Exports {
  /** Address and length of base, delta and target; 0 when the delta is corrupt. */
  applyDelta(...places: SixNumbers): number;
  scan(from: number, to: number, fresh: number): number;
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

  /**
   * @param dealing what `dealLiterals` gives for these literals, where it is known: working it out takes 20 ms
   * @throws {RangeError} when there are more literals than the tables hold (3,000 of 20 letters)
   */
  constructor(literals: readonly Literal[], dealing: Dealing = dealLiterals(literals)) {
    const compiled = new WebAssembly.Module(module);
    const instance = new WebAssembly.Instance(compiled, { env: { memory: this.memory } });
    this.exports = instance.exports as unknown as Exports;
    this.text = new Uint8Array(this.memory.buffer);
    this.hits = new Uint32Array(this.memory.buffer, HITS);
    this.text.set(RUN_CLASS, CLASSES);
    this.layOut(literals, dealing);
    this.layOutBuckets(dealing);
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

  private layOut(literals: readonly Literal[], { starts }: Dealing): void {
    const view = new DataView(this.memory.buffer);
    let free = LITERALS;
    literals.forEach(({ text, anyCase, place }, index) => {
      const record = RECORDS + 16 * index;
      if (record + 16 > RECORDS_END || free + text.length > LITERALS_END) {
        throw new RangeError("too many keywords for the kernel's tables");
      }
      const bytes = Buffer.from(text, "latin1");
      this.text.set(bytes, free);
      const word = place === "anywhere";
      const { bitmap, heads } = word ? WORDS : RUN_LITERALS;
      const length = word ? Math.min(WINDOW, text.length) : 3;
      const ahead = text.length - runTail(text);
      const start = word ? starts[index]! : place === "in-run" ? 0 : ahead - 3;
      const key = hashOf(bytes, start, length, word ? 0x20 : 0);
      view.setUint32(record, free, true);
      view.setUint16(record + 4, text.length, true);
      view.setUint16(record + 6, start, true);
      view.setUint16(record + 8, view.getUint16(heads + 2 * key, true), true);
      view.setUint16(record + 10, index, true);
      view.setUint16(record + 12, anyCase ? 1 : 0, true);
      view.setUint16(record + 14, place === "before-run" ? 1 : 0, true);
      view.setUint16(heads + 2 * key, index + 1, true);
      this.text[bitmap + (key >>> 3)]! |= 1 << (key & 7);
      free += text.length;
    });
  }

  private layOutBuckets({ buckets }: Dealing): void {
    buckets.forEach((sets, number) => {
      sets.forEach((allowed, table) => {
        for (let nibble = 0; nibble < 16; nibble += 1) {
          if ((allowed >> nibble) & 1) this.text[MASKS + 16 * table + nibble]! |= 1 << number;
        }
      });
    });
  }
}

/** The kernel's hash of a window: its bytes as a little-endian number, each with the bits `fold` set, multiplied. */
function hashOf(bytes: Uint8Array, start: number, length: number, fold: number): number {
  let window = 0;
  for (let i = length - 1; i >= 0; i -= 1) window = (window << 8) | bytes[start + i]! | fold;
  return Math.imul(window, 0x9e3779b1) >>> 16;
}
