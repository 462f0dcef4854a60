import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const BLOCK = 1 << 13;
/** Blocks that are kept. Members of a delta family lie near each other, but not one behind the other. */
const SLOTS = 1 << 9;
/** A longer stretch, in blocks, is read for itself: it would drive out too many others. */
const MOST_BLOCKS = 1 << 5;
const NOTHING = Buffer.alloc(0);

/**
 * Reads stretches of a file through blocks that stay in memory for a while: a pack is read in tens of
 * thousands of stretches of some hundred bytes, and each read of the system costs more than inflating one.
 *
 * A block has one place, behind that of the block in front of it, so that a stretch over several blocks is in one piece.
 */
export class BlockFile {
  private readonly path: string;
  /** Null before the first look, and when there is none: git may have repacked, or too many files are open. */
  private fd: number | null = null;
  private isGone = false;
  private size = 0;
  private blocks: Buffer = NOTHING;
  /** Which block of the file a slot holds; -1: none. */
  private readonly held = new Float64Array(SLOTS).fill(-1);
  private scratch: Buffer = NOTHING;

  /** Opens nothing yet. */
  constructor(path: string) {
    this.path = path;
  }

  close(): void {
    if (this.fd !== null) closeSync(this.fd);
  }

  /** The bytes `[at, at + length)`, valid until the next call; null when the file is shorter, or cannot be opened. */
  read(at: number, length: number): Buffer | null {
    const fd = this.opened();
    const end = at + length;
    if (fd === null || end > this.size) return null;
    const first = Math.floor(at / BLOCK);
    const behind = Math.ceil(end / BLOCK);
    const slot = first % SLOTS;
    if (behind - first > Math.min(MOST_BLOCKS, SLOTS - slot)) return this.readAlone(fd, at, length);
    const { blocks, held } = this;
    for (let block = first; block < behind; ) {
      const from = slot + block - first;
      if (held[from] === block) {
        block += 1;
        continue;
      }
      const start = block;
      for (; block < behind && held[slot + block - first] !== block; block += 1)
        held[slot + block - first] = -1;
      const bytes = Math.min(block * BLOCK, this.size) - start * BLOCK;
      if (!this.fill(fd, blocks, from * BLOCK, start * BLOCK, bytes)) return null;
      for (let filled = start; filled < block; filled += 1) held[slot + filled - first] = filled;
    }
    const from = slot * BLOCK + at - first * BLOCK;
    return blocks.subarray(from, from + length);
  }

  private opened(): number | null {
    if (this.fd !== null || this.isGone) return this.fd;
    try {
      this.fd = openSync(this.path, "r");
      this.size = fstatSync(this.fd).size;
      this.blocks = Buffer.allocUnsafeSlow(SLOTS * BLOCK);
    } catch {
      this.isGone = true;
    }
    return this.fd;
  }

  private readAlone(fd: number, at: number, length: number): Buffer | null {
    if (length > this.scratch.length) this.scratch = Buffer.allocUnsafeSlow(2 * length);
    return this.fill(fd, this.scratch, 0, at, length) ? this.scratch.subarray(0, length) : null;
  }

  /** Reads `[at, at + length)` of the file to `buffer[to, …)`. */
  private fill(fd: number, buffer: Buffer, to: number, at: number, length: number): boolean {
    for (let filled = 0; filled < length; ) {
      const read = readSync(fd, buffer, to + filled, length - filled, at + filled);
      if (read === 0) return false;
      filled += read;
    }
    return true;
  }
}
