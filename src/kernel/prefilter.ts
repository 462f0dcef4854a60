/**
 * The prefilter turns bytes into literal hits; everything that costs more runs only around a hit.
 * This interface is what the engine knows. `scalar.ts` is the specification: any other
 * implementation must give the same hits, in the same order, for the same bytes.
 */
export interface Prefilter {
  /**
   * Pushes every occurrence of every literal that lies wholly in `bytes[from, to)`, in no certain order,
   * and a place in every run (see `runs.ts`) that lies there, is MIN_RUN long and holds a digit: of a
   * run perhaps several, and perhaps some in other runs.
   */
  scan(bytes: Uint8Array, from: number, to: number, hits: HitList): void;
}

/** What is looked for. */
export interface Literal {
  /** ASCII; in lower case when `anyCase`. */
  readonly text: string;
  /** Whether ASCII letters are compared without case. */
  readonly anyCase: boolean;
}

/** Literals are at least this long: shorter ones hit everywhere. */
export const MIN_LITERAL = 3;
/** No literal is longer: a window needs at most this much behind its core to see all that begin in it. */
export const MAX_LITERAL = 64;

/** Pairs (offset, literal index) in two growing arrays; reused between scans. */
export class HitList {
  offsets: Uint32Array = new Uint32Array(1024);
  literals: Uint16Array = new Uint16Array(1024);
  length = 0;
  /** Places in runs. */
  readonly places: number[] = [];

  clear(): void {
    this.length = 0;
    this.places.length = 0;
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
