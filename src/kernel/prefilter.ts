/**
 * The prefilter turns bytes into literal hits; everything that costs more runs only around a hit.
 * This interface is what the engine knows. `scalar.ts` is the specification: any other
 * implementation must give the same hits for the same bytes.
 */
export interface Prefilter {
  /**
   * Pushes every occurrence of every literal that lies wholly in `bytes[from, to)` at a place of its kind,
   * in no certain order; and the runs (see `runs.ts`) of at least MIN_RUN there, in ascending order, that look
   * generated or that touch an end of the stretch.
   */
  scan(bytes: Uint8Array, from: number, to: number, hits: HitList): void;

  /**
   * Whether `remember` was called for a stretch of the same bytes before, with the same kind and the same place in it.
   * Many versions of a file hold the same lines: what is known to lead to nothing need not be tried again. May
   * always say no, and says it of bytes that are not where `remember` pays.
   */
  recall(bytes: Uint8Array, from: number, to: number, kind: number, place: number): boolean;

  /** Notes that nothing comes of the stretch that `recall` was asked about last. */
  remember(): void;

  /**
   * Cuts `bytes[from, to)` in stretches, at places that depend on the text near them, and pushes start and end of those that
   * `know` was not called for, with the same kind and the same text around them: BEFORE bytes in front, BEHIND bytes behind.
   * Says null of bytes that are not where it pays.
   *
   * @param base what was given for a text that this one is like, and that is still where it was, like all that it was given for
   */
  cut(
    bytes: Uint8Array,
    from: number,
    to: number,
    kind: number,
    stretches: number[],
    base?: Cuts | null,
  ): Cuts | null;

  /** Notes that nothing comes of a stretch, by its number among those that `cut` gave last. */
  know(number: number): void;
}

/** Where in the prefilter's memory a text is, and the list of its stretches, which is empty when it was not kept. */
export interface Cuts {
  readonly first: number;
  readonly last: number;
  readonly kind: number;
  readonly list: number;
  readonly listed: number;
}

/**
 * Where a literal is wanted. Most rules look for a prefix that a long token follows, and long tokens are
 * rare in text: their prefixes cost nothing elsewhere.
 *
 *     anywhere
 *     in-run       where a token may begin in a run of at least MIN_RUN: at most LONGEST_ESCAPE characters behind
 *                  its beginning, or behind a `-`; it consists of a run's characters
 *     before-run   where its own last characters, or what follows it, begin such a run; at least
 *                  3 characters of it stand in front
 */
export const PLACES = ["anywhere", "in-run", "before-run"] as const;
export type LiteralPlace = (typeof PLACES)[number];

/** What is looked for. */
export interface Literal {
  /** ASCII; in lower case when `anyCase`. */
  readonly text: string;
  /** Whether ASCII letters are compared without case; only for literals wanted anywhere. */
  readonly anyCase: boolean;
  readonly place: LiteralPlace;
}

/** Literals are at least this long: shorter ones hit everywhere. */
export const MIN_LITERAL = 3;
/** No literal is longer: a window needs at most this much behind its core to see all that begin in it. */
export const MAX_LITERAL = 64;

/** So many literals and names have a number in a list of hits. */
export const MOST_LITERALS = 0xffff;

/** Pairs (offset, literal index) in two growing arrays; reused between scans. */
export class HitList {
  offsets: Uint32Array = new Uint32Array(1024);
  literals: Uint16Array = new Uint16Array(1024);
  length = 0;
  /** Runs: the offset of the first byte and the one behind the last, by turns. */
  readonly runs: number[] = [];

  clear(): void {
    this.length = 0;
    this.runs.length = 0;
  }

  push(offset: number, literal: number): void {
    if (this.length === this.offsets.length) this.grow();
    this.offsets[this.length] = offset;
    this.literals[this.length] = literal;
    this.length += 1;
  }

  private grow(): void {
    const offsets = new Uint32Array(this.offsets.length * 2);
    offsets.set(this.offsets);
    this.offsets = offsets;
    const literals = new Uint16Array(this.literals.length * 2);
    literals.set(this.literals);
    this.literals = literals;
  }
}
