import module from "./simd.wasm";

/** A place in the memory. */
interface Stretch {
  readonly start: number;
  readonly length: number;
}

interface Exports {
  applyDelta(from: number, length: number, by: number, byLength: number, to: number, size: number): number;
  newEntries(
    tree: number,
    end: number,
    others: number,
    count: number,
    idBytes: number,
    out: number,
    outEnd: number,
  ): number;
}

/** The tables of the searches lie below: nothing here uses them, and memory that is not touched is none. */
const OTHERS = 0x10000;
const MOST_OTHERS = 1 << 10;
const OUT = OTHERS + 12 * MOST_OTHERS;
const OUT_END = OUT + (1 << 20);
const SCRATCH_BYTES = 1 << 20;
const TREES = OUT_END + SCRATCH_BYTES;
/** The kernel reads this far behind a tree's end. */
const SLACK = 64;
const PAGE = 0x10000;

/** Memory in which trees are put together and compared, for `git/packs/tree-store.ts`. */
export class TreeBench {
  readonly bytes: Uint8Array;
  readonly room: Stretch;
  readonly scratch: Stretch = { start: OUT_END, length: SCRATCH_BYTES };
  private readonly words: Uint32Array;
  private readonly exports: Exports;

  /** @param room bytes for trees */
  constructor(room: number) {
    const memory = new WebAssembly.Memory({ initial: Math.ceil((TREES + room + SLACK) / PAGE) });
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module), { env: { memory } });
    this.exports = instance.exports as unknown as Exports;
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Uint32Array(memory.buffer);
    this.room = { start: TREES, length: room };
  }

  applyDelta(base: Stretch, delta: Stretch, target: Stretch): boolean {
    const { applyDelta } = this.exports;
    const [from, by, to] = [base, delta, target];
    return applyDelta(from.start, from.length, by.start, by.length, to.start, to.length) !== 0;
  }

  newEntries(tree: Stretch, others: readonly Stretch[], idBytes: number): Uint32Array | null {
    if (others.length > MOST_OTHERS) return null;
    others.forEach(({ start, length }, i) => {
      this.words[OTHERS / 4 + 3 * i] = start;
      this.words[OTHERS / 4 + 3 * i + 1] = start + length;
    });
    const { start, length } = tree;
    const count = this.exports.newEntries(
      start,
      start + length,
      OTHERS,
      others.length,
      idBytes,
      OUT,
      OUT_END,
    );
    return count < 0 ? null : this.words.subarray(OUT / 4, OUT / 4 + count * (2 + others.length));
  }
}
