import { LeakwardenError } from "../errors.ts";
import type { HitList, Literal, Prefilter } from "./prefilter.ts";
import { RUN_CLASS, runTail } from "./runs.ts";
import module from "./simd.wasm";
import { rarestPair, WINDOW } from "./windows.ts";

/** Addresses of `assembly/search.ts`. */
const CLASSES = 0x300;
const WORD_TABLE = 0x1000;
const RUN_BITMAP = 0x11000;
const WORD_HEADS = 0x13000;
const RUN_HEADS = 0x33000;
const RECORDS = 0x53000;
const RECORDS_END = 0x93000;
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

  private records = 0;

  /** @throws {LeakwardenError} when there are more literals than the tables hold: 3,000 of 20 letters, a hundred of 3 */
  constructor(literals: readonly Literal[]) {
    const compiled = new WebAssembly.Module(module);
    const instance = new WebAssembly.Instance(compiled, { env: { memory: this.memory } });
    this.exports = instance.exports as unknown as Exports;
    this.text = new Uint8Array(this.memory.buffer);
    this.hits = new Uint32Array(this.memory.buffer, HITS);
    this.text.set(RUN_CLASS, CLASSES);
    this.layOut(literals);
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

  private layOut(literals: readonly Literal[]): void {
    const view = new DataView(this.memory.buffer);
    let free = LITERALS;
    literals.forEach(({ text, anyCase, place }, index) => {
      if (free + text.length > LITERALS_END) throw tooManyLiterals();
      const bytes = Buffer.from(text, "latin1");
      this.text.set(bytes, free);
      const record = {
        view,
        address: free,
        length: text.length,
        index,
        anyCase,
        beforeRun: place === "before-run",
      };
      free += text.length;
      if (place !== "anywhere") {
        const start = place === "in-run" ? 0 : text.length - runTail(text) - WINDOW;
        const key = hashOf(bytes, start, 0);
        this.text[RUN_BITMAP + (key >>> 3)]! |= 1 << (key & 7);
        this.addRecord(RUN_HEADS, key, start, record);
      } else if (text.length === WINDOW) {
        this.addWord(bytes, 0, record);
        // Its second window is its last two letters and any byte, of those that folding leaves.
        for (let byte = 0; byte < 256; byte += 1) {
          if ((byte & 0x20) !== 0) this.addWord(Buffer.from([bytes[1]!, bytes[2]!, byte]), 0, record, 1);
        }
      } else {
        const start = rarestPair(text);
        this.addWord(bytes, start, record);
        this.addWord(bytes, start + 1, record);
      }
    });
  }

  /** @param shift how far behind the beginning of the literal `bytes` begin */
  private addWord(bytes: Uint8Array, start: number, record: RecordFields, shift = 0): void {
    const key = hashOf(bytes, start, 0x20);
    const next = bytes[start + WINDOW];
    this.text[WORD_TABLE + key]! |= next === undefined ? 0xff : 1 << ((next | 0x20) & 7);
    this.addRecord(WORD_HEADS, key, start + shift, record);
  }

  private addRecord(heads: number, key: number, start: number, fields: RecordFields): void {
    const { view, address, length, index, anyCase, beforeRun } = fields;
    const record = RECORDS + 16 * this.records;
    if (record + 16 > RECORDS_END) throw tooManyLiterals();
    this.records += 1;
    view.setUint32(record, address, true);
    view.setUint16(record + 4, length, true);
    view.setUint16(record + 6, start, true);
    view.setUint16(record + 8, view.getUint16(heads + 2 * key, true), true);
    view.setUint16(record + 10, index, true);
    view.setUint16(record + 12, anyCase ? 1 : 0, true);
    view.setUint16(record + 14, beforeRun ? 1 : 0, true);
    view.setUint16(heads + 2 * key, this.records, true);
  }
}

/** The built-in rules take 2,473 of 16,384 records; only a configuration can overflow them. */
function tooManyLiterals(): LeakwardenError {
  return new LeakwardenError("config", "the rules have more keywords than the scanner has room for", {
    hint: "give the [[rule]] tables of .leakwarden.toml fewer keywords, of what the values have in common",
  });
}

/** What a record says of its literal. */
interface RecordFields {
  readonly view: DataView;
  readonly address: number;
  readonly length: number;
  readonly index: number;
  readonly anyCase: boolean;
  readonly beforeRun: boolean;
}

/** The kernel's hash of a window: its bytes as a little-endian number, each with the bits `fold` set, multiplied. */
function hashOf(bytes: Uint8Array, start: number, fold: number): number {
  let window = 0;
  for (let i = WINDOW - 1; i >= 0; i -= 1) window = (window << 8) | bytes[start + i]! | fold;
  return Math.imul(window, 0x9e3779b1) >>> 16;
}
