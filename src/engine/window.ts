import { asBuffer } from "../text/encoding.ts";

/** Bytes decoded at a time: hits come in clusters, and a short string costs nothing to keep. */
const DECODED = 2048;

/**
 * A stretch of content in memory. Hits are taken from `[coreFrom, coreTo)`; what lies around the
 * core is context only, and is the core of a neighbouring window. So each hit is looked at once,
 * with its whole span in reach.
 *
 * Text has one character for each byte, so offsets agree. It is decoded only where it is asked
 * for: most of a content is never looked at beyond the prefilter, and a string of all of it would
 * cost more than the prefilter does.
 */
export class TextWindow {
  readonly bytes: Uint8Array;
  readonly coreFrom: number;
  readonly coreTo: number;
  /** Offset of the window's first byte in the content. */
  readonly base: number;
  private decoded = "";
  private decodedFrom = 0;
  private whole: string | null = null;
  private readonly buffer: Buffer;

  constructor(bytes: Uint8Array, coreFrom: number, coreTo: number, base: number) {
    this.bytes = bytes;
    this.buffer = asBuffer(bytes);
    this.coreFrom = coreFrom;
    this.coreTo = coreTo;
    this.base = base;
  }

  /** The text of `[from, to)`, cut at the window's end. */
  slice(from: number, to: number): string {
    const end = Math.min(to, this.bytes.length);
    if (from < this.decodedFrom || end > this.decodedFrom + this.decoded.length) {
      this.decodedFrom = from;
      this.decoded = this.buffer.toString(
        "latin1",
        from,
        Math.min(Math.max(end, from + DECODED), this.bytes.length),
      );
    }
    return this.decoded.slice(from - this.decodedFrom, end - this.decodedFrom);
  }

  /** All of it; for the few windows that something was found in. */
  get text(): string {
    this.whole ??= this.buffer.toString("latin1");
    return this.whole;
  }
}
