const NEWLINE = 0x0a;

/** A place in a text, both from 1. Columns count UTF-16 code units, as editors and SARIF do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Turns byte offsets into lines and columns.
 *
 * A blob may arrive in several windows. `line` and `column` are the position of the byte at
 * `base`, the offset of the current window's first byte; `advance` moves the base forward. Inside
 * a window offsets may be asked in any order, but ascending is cheapest: the last answer is the
 * starting point of the next.
 */
export class PositionTracker {
  /** Position of `bytes[0]` of the current window. */
  private line = 1;
  private column = 1;
  private memoOffset = 0;
  private memoLine = 1;
  /** Offset in the window just after the newline before `memoOffset`, or -1: none yet in this window. */
  private memoLineStart = -1;
  private readonly singleByte: boolean;

  /** @param singleByte each byte is one code unit (a text that was narrowed from UTF-16) */
  constructor(singleByte: boolean) {
    this.singleByte = singleByte;
  }

  locate(bytes: Uint8Array, offset: number): Position {
    if (offset < this.memoOffset) this.forget();
    let lineStart = this.memoLineStart;
    let line = this.memoLine;
    for (
      let at = bytes.indexOf(NEWLINE, this.memoOffset);
      at >= 0 && at < offset;
      at = bytes.indexOf(NEWLINE, at + 1)
    ) {
      line += 1;
      lineStart = at + 1;
    }
    this.memoOffset = offset;
    this.memoLine = line;
    this.memoLineStart = lineStart;
    const from = Math.max(lineStart, 0);
    const before = this.codeUnits(bytes, from, offset);
    return { line, column: (lineStart < 0 ? this.column : 1) + before };
  }

  /** The window's first `length` bytes are done with: the byte at `length` becomes the new base. */
  advance(bytes: Uint8Array, length: number): void {
    const next = this.locate(bytes, length);
    this.line = next.line;
    this.column = next.column;
    this.forget();
  }

  private forget(): void {
    this.memoOffset = 0;
    this.memoLine = this.line;
    this.memoLineStart = -1;
  }

  private codeUnits(bytes: Uint8Array, from: number, to: number): number {
    if (this.singleByte) return to - from;
    let units = 0;
    for (let i = from; i < to; i += 1) {
      const byte = bytes[i]!;
      // Continuation bytes add nothing, the lead of a 4-byte sequence is a surrogate pair.
      if (byte < 0x80 || (byte >= 0xc0 && byte < 0xf0)) units += 1;
      else if (byte >= 0xf0) units += 2;
    }
    return units;
  }
}
