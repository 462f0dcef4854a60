/** A place in the memory. */
interface Stretch {
  readonly start: number;
  readonly length: number;
}

/** What the compiled module gives for trees. */
export interface TreeExports {
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

const MOST_OTHERS = 1 << 10;
const OUT_BYTES = 1 << 20;
const SCRATCH_BYTES = 1 << 20;
/** What it takes beside the room for trees. */
export const BENCH_BYTES = 12 * MOST_OTHERS + OUT_BYTES + SCRATCH_BYTES;

/** Memory in which trees are put together and compared, for `git/packs/tree-store.ts`. */
export class TreeBench {
  /** All of the kernel's memory: places are addresses. */
  readonly bytes: Uint8Array;
  readonly room: Stretch;
  readonly scratch: Stretch;
  private readonly others: number;
  private readonly out: number;
  private readonly words: Uint32Array;
  private readonly exports: TreeExports;

  /**
   * @param start address of `BENCH_BYTES + room` bytes, a multiple of 4
   * @param room bytes for trees
   */
  constructor(exports: TreeExports, memory: ArrayBuffer, start: number, room: number) {
    this.exports = exports;
    this.bytes = new Uint8Array(memory);
    this.words = new Uint32Array(memory);
    this.others = start;
    this.out = start + 12 * MOST_OTHERS;
    this.scratch = { start: this.out + OUT_BYTES, length: SCRATCH_BYTES };
    this.room = { start: this.scratch.start + SCRATCH_BYTES, length: room };
  }

  applyDelta(base: Stretch, delta: Stretch, target: Stretch): boolean {
    const { applyDelta } = this.exports;
    const [from, by, to] = [base, delta, target];
    return applyDelta(from.start, from.length, by.start, by.length, to.start, to.length) !== 0;
  }

  newEntries(tree: Stretch, others: readonly Stretch[], idBytes: number): Uint32Array | null {
    if (others.length > MOST_OTHERS) return null;
    others.forEach(({ start, length }, i) => {
      this.words[this.others / 4 + 3 * i] = start;
      this.words[this.others / 4 + 3 * i + 1] = start + length;
    });
    const { start, length } = tree;
    const end = this.out + OUT_BYTES;
    const count = this.exports.newEntries(
      start,
      start + length,
      this.others,
      others.length,
      idBytes,
      this.out,
      end,
    );
    return count < 0 ? null : this.words.subarray(this.out / 4, this.out / 4 + count * (2 + others.length));
  }
}
