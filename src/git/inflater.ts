import { constants, createInflate, inflateSync } from "node:zlib";

/** What a zlib stream of Node keeps its state in; not documented, the same since Node 8. */
interface Handle {
  reset(): void;
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): void;
  onerror(message: string): void;
}

/**
 * Inflates one object after another with one zlib state. `inflateSync` makes a stream object each time, which
 * costs 8 us: for the small objects that most of a history is made of that is as much as inflating them.
 * Where this Node does not have what is needed here, `inflateSync` does the work.
 */
export class Inflater {
  private readonly handle: Handle | null;
  /** Bytes of output, and of input, that the last call left over. */
  private readonly left: Uint32Array | null;
  private failed = false;

  constructor() {
    const stream = createInflate() as unknown as { _handle?: Handle; _writeState?: Uint32Array };
    const usable =
      typeof stream._handle?.writeSync === "function" && stream._writeState instanceof Uint32Array;
    this.handle = usable ? stream._handle! : null;
    this.left = usable ? stream._writeState! : null;
    if (this.handle !== null) {
      this.handle.onerror = () => {
        this.failed = true;
      };
    }
  }

  /**
   * Inflates the beginning of `packed`, until `output` is full.
   *
   * @returns the bytes of output, which may be fewer; 0 when it is corrupt
   */
  begin(packed: Uint8Array, output: Uint8Array): number {
    if (this.handle === null || this.left === null) return beginAtOnce(packed, output);
    this.failed = false;
    this.handle.reset();
    this.handle.writeSync(constants.Z_SYNC_FLUSH, packed, 0, packed.length, output, 0, output.length);
    return this.failed ? 0 : output.length - this.left[0]!;
  }

  /**
   * Inflates `packed` to the beginning of `output`, which has room for one byte
   * more than `size`: too long a result shows by that.
   *
   * @returns whether the result is whole and `size` bytes long
   */
  inflate(packed: Uint8Array, output: Uint8Array, size: number): boolean {
    if (this.handle === null || this.left === null) return inflateAtOnce(packed, output, size);
    this.failed = false;
    this.handle.reset();
    this.handle.writeSync(constants.Z_FINISH, packed, 0, packed.length, output, 0, size + 1);
    return !this.failed && this.left[0] === 1;
  }
}

function inflateAtOnce(packed: Uint8Array, output: Uint8Array, size: number): boolean {
  try {
    const data = inflateSync(packed, { chunkSize: Math.max(64, size + 1) });
    if (data.length !== size) return false;
    output.set(data);
    return true;
  } catch {
    return false;
  }
}

function beginAtOnce(packed: Uint8Array, output: Uint8Array): number {
  try {
    const data = inflateSync(packed, { finishFlush: constants.Z_SYNC_FLUSH });
    output.set(data.subarray(0, output.length));
    return Math.min(data.length, output.length);
  } catch {
    return 0;
  }
}
