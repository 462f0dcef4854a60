import type { Cuts, HitList } from "../kernel/prefilter.ts";
import { type DecodedText, decodeAround, digitsAround, NO_LINE, readLine } from "./decode.ts";
import type { Engine } from "./engine.ts";
import { judge } from "./judge.ts";
import { matchHits } from "./matcher.ts";
import { Stretches } from "./stretches.ts";
import { TextWindow } from "./window.ts";

/**
 * Text of which nothing comes. Most of a history is text that another version of the file had as well: what is known to hold
 * nothing is passed over, and the rest is searched until something is found. Then the whole must be scanned, as if
 * nothing were known, because a finding tells of what stands around it, too.
 */
export class BarrenText {
  private readonly engine: Engine;
  private readonly hits: HitList;
  private readonly stretches: Stretches;
  /** Where the text that was asked about last was cut; null when it was not. */
  cuts: Cuts | null = null;

  private constructor(engine: Engine, hits: HitList) {
    this.engine = engine;
    this.hits = hits;
    this.stretches = new Stretches(engine.prefilter);
  }

  /** Null where rules ask for what stands anywhere in a content: then no stretch can be judged alone. */
  static of(engine: Engine, hits: HitList): BarrenText | null {
    return engine.textRules.length > 0 || engine.words.size > 0 ? null : new BarrenText(engine, hits);
  }

  /**
   * Whether nothing comes of the hits in `[from, to)`. May always say no.
   *
   * @param bytes reach beyond the core as far as any rule does
   * @param base where another version of the text was cut
   * @param holds whether something is found in an encoded text
   */
  isBarren(
    bytes: Uint8Array,
    from: number,
    to: number,
    binary: boolean,
    base: Cuts | null,
    holds: (decoded: DecodedText) => boolean,
  ): boolean {
    const { stretches } = this;
    this.cuts = stretches.take(bytes, from, to, binary ? 1 : 0, base);
    if (this.cuts === null) return false;
    for (const [start, end] of stretches.ranges()) {
      if (this.isFound(bytes, start, end, binary, holds)) return false;
    }
    stretches.know();
    return true;
  }

  private isFound(
    bytes: Uint8Array,
    from: number,
    to: number,
    binary: boolean,
    holds: (decoded: DecodedText) => boolean,
  ): boolean {
    const { engine, hits, stretches } = this;
    let found = false;
    let decodedTo = 0;
    let line = NO_LINE;
    hits.clear();
    engine.findHits(
      bytes,
      from,
      to,
      hits,
      (start, end) => {
        // What begins in front was looked at there.
        if (found || start < from || start >= to) return;
        const [first, last] = digitsAround(bytes, start, end);
        stretches.note(start, first - 1, last + 2);
        if (start < decodedTo) {
          // Read as a part of a text that begins further in front, it was not tried as one of its own.
          stretches.spoil(start);
          return;
        }
        const seen = decodedTo;
        decodedTo = end;
        for (const decoded of decodeAround(bytes, start, end, seen)) {
          stretches.spoil(start);
          found ||= holds(decoded);
          decodedTo = decoded.end;
        }
      },
      (offset) => {
        if (found || offset < from || offset >= to) return;
        if (offset < line.start || offset >= line.settled) {
          line = readLine(bytes, offset);
          if (line.decoded !== null) found = holds(line.decoded);
        }
        stretches.note(offset, line.start - 1, line.end + 1);
      },
      true,
    );
    if (found || hits.length === 0) return found;
    const window = new TextWindow(bytes, from, to, 0);
    matchHits(
      engine,
      window,
      hits,
      binary,
      true,
      (candidate) => {
        const { kept } = judge(candidate);
        found ||= kept;
        return kept;
      },
      stretches,
    );
    return found;
  }
}
