import { dealLiterals, type Nibbles, rarestWindow } from "./buckets.ts";
import { type HitList, type Literal, MAX_LITERAL, type Prefilter } from "./prefilter.ts";
import module from "./simd.wasm";

/** Addresses of `assembly/search.ts`. */
const MASKS = 1024;
const BITMAP = 2048;
const HEADS = 0x4000;
const WINDOWS = 0x24000;
const WINDOWS_END = 0x30000;
const LITERALS = 0x30000;
const LITERALS_END = 0x40000;
const HITS = 0x40000;
/** Index of the first place in the view of the hits. */
const PLACES_AT = (0x58000 - HITS) / 4;
/** The kernel reads this far behind a text's end. */
const SLACK = 64;
/** Text that is not in the kernel's memory is copied to COPY in pieces of this size. */
const PIECE = 1 << 18;
const COPY = 0x60000;
/** What lies from here on is the caller's: see `reserve`. */
const RESERVED = COPY + PIECE + SLACK;

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
  scan(from: number, to: number, start: number): number;
  readonly resume: WebAssembly.Global;
  readonly places: WebAssembly.Global;
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
   * @param buckets what `dealLiterals` gives for these literals, where it is known: working it out takes 12 ms
   * @throws {RangeError} when there are more literals than the tables hold (3,000 of 20 letters)
   */
  constructor(literals: readonly Literal[], buckets: readonly Nibbles[] = dealLiterals(literals)) {
    const compiled = new WebAssembly.Module(module);
    const instance = new WebAssembly.Instance(compiled, { env: { memory: this.memory } });
    this.exports = instance.exports as unknown as Exports;
    this.text = new Uint8Array(this.memory.buffer);
    this.hits = new Uint32Array(this.memory.buffer, HITS);
    this.layOut(literals);
    this.layOutBuckets(buckets);
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

  scan(bytes: Uint8Array, from: number, to: number, hits: HitList): void {
    if (bytes.buffer === this.memory.buffer) {
      this.scanPlaced(bytes.byteOffset + from, bytes.byteOffset + to, 0, -bytes.byteOffset, hits);
      return;
    }
    // The pieces overlap by the longest literal, and each hit is taken from the piece it begins in.
    for (let at = from; at < to; at += PIECE - MAX_LITERAL) {
      const end = Math.min(at + PIECE, to);
      this.text.set(bytes.subarray(at, end), COPY);
      const taken = end === to ? to : end - MAX_LITERAL;
      this.scanPlaced(COPY, COPY + end - at, COPY + taken - at, at - COPY, hits);
      if (end === to) return;
    }
  }

  /** @param before hits that begin at this address or behind it are left out; 0 for none */
  private scanPlaced(from: number, to: number, before: number, shift: number, hits: HitList): void {
    for (let start = from; start < to; start = this.exports.resume.value >>> 0) {
      const count = this.exports.scan(from, to, start);
      const places = this.exports.places.value;
      for (let i = 0; i < places; i += 1) hits.places.push(this.hits[PLACES_AT + i]! + shift);
      for (let i = 0; i < count; i += 1) {
        const at = this.hits[2 * i]!;
        if (before === 0 || at < before) hits.push(at + shift, this.hits[2 * i + 1]!);
      }
    }
  }

  private layOut(literals: readonly Literal[]): void {
    const view = new DataView(this.memory.buffer);
    const heads = new Uint16Array(this.memory.buffer, HEADS, PAGE);
    let free = LITERALS;
    literals.forEach(({ text, anyCase }, index) => {
      const record = WINDOWS + 16 * index;
      if (record + 16 > WINDOWS_END || free + text.length > LITERALS_END) {
        throw new RangeError("too many keywords for the kernel's tables");
      }
      const bytes = Buffer.from(text, "latin1");
      this.text.set(bytes, free);
      const { start, length } = rarestWindow({ text, anyCase });
      const key = hashOf(bytes, start, length);
      view.setUint32(record, free, true);
      view.setUint16(record + 4, text.length, true);
      view.setUint16(record + 6, start, true);
      view.setUint16(record + 8, heads[key]!, true);
      view.setUint16(record + 10, index, true);
      view.setUint16(record + 12, anyCase ? 1 : 0, true);
      heads[key] = index + 1;
      this.text[BITMAP + (key >>> 3)]! |= 1 << (key & 7);
      free += text.length;
    });
  }

  private layOutBuckets(buckets: readonly Nibbles[]): void {
    buckets.forEach((sets, number) => {
      const base = MASKS + (number >> 3) * 128;
      sets.forEach((allowed, table) => {
        for (let nibble = 0; nibble < 16; nibble += 1) {
          if ((allowed >> nibble) & 1) this.text[base + 16 * table + nibble]! |= 1 << (number & 7);
        }
      });
    });
  }
}

/** The kernel's hash of a window: its bytes as a little-endian number, folded, multiplied. */
function hashOf(bytes: Uint8Array, start: number, length: number): number {
  let folded = 0;
  for (let i = length - 1; i >= 0; i -= 1) folded = (folded << 8) | bytes[start + i]! | 0x20;
  return Math.imul(folded, 0x9e3779b1) >>> 16;
}
