import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const BLOCK = 1 << 15;
/** Blocks that are kept. Members of a delta family lie near each other, but not one behind the other. */
const SLOTS = 128;

/**
 * Reads stretches of a file through blocks that stay in memory for a while: a pack is read in tens of
 * thousands of stretches of some hundred bytes, and each read of the system costs more than inflating one.
 */
export class BlockFile {
  private readonly fd: number;
  private readonly size: number;
  private readonly blocks: (Buffer | undefined)[] = new Array(SLOTS);
  /** Which block of the file a slot holds. */
  private readonly held = new Float64Array(SLOTS).fill(-1);
  private scratch: Buffer = Buffer.allocUnsafe(BLOCK);

  constructor(path: string) {
    this.fd = openSync(path, "r");
    this.size = fstatSync(this.fd).size;
  }

  close(): void {
    closeSync(this.fd);
  }

  /** The bytes `[at, at + length)`, valid until the next call; null when the file is shorter. */
  read(at: number, length: number): Buffer | null {
    const end = at + length;
    if (end > this.size) return null;
    const first = Math.floor(at / BLOCK);
    const from = at - first * BLOCK;
    if (from + length <= BLOCK) return this.block(first)?.subarray(from, from + length) ?? null;
    if (length > this.scratch.length) this.scratch = Buffer.allocUnsafe(2 * length);
    if (length > BLOCK) return this.fill(this.scratch, at, length) ? this.scratch.subarray(0, length) : null;
    const head = this.block(first)?.copy(this.scratch, 0, from) ?? 0;
    const tail = this.block(first + 1)?.copy(this.scratch, head, 0, length - head) ?? 0;
    return head + tail === length ? this.scratch.subarray(0, length) : null;
  }

  /** A block of the file, shorter at its end; null when it cannot be read whole. */
  private block(number: number): Buffer | null {
    const slot = number % SLOTS;
    const start = number * BLOCK;
    const length = Math.min(BLOCK, this.size - start);
    this.blocks[slot] ??= Buffer.allocUnsafe(BLOCK);
    const block = this.blocks[slot];
    if (this.held[slot] !== number) {
      this.held[slot] = -1;
      if (!this.fill(block, start, length)) return null;
      this.held[slot] = number;
    }
    return length === BLOCK ? block : block.subarray(0, length);
  }

  private fill(buffer: Buffer, at: number, length: number): boolean {
    for (let filled = 0; filled < length; ) {
      const read = readSync(this.fd, buffer, filled, length - filled, at + filled);
      if (read === 0) return false;
      filled += read;
    }
    return true;
  }
}
