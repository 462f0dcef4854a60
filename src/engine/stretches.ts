import type { Cuts, Prefilter } from "../kernel/prefilter.ts";
import { BEFORE, BEHIND } from "../kernel/stretches.ts";
import type { HitListener } from "./matcher.ts";

/**
 * The stretches of a text of which it is not known that nothing comes of them, while they are being scanned. Those that give
 * nothing are known afterwards, unless what said so lies further from them than what they are known by.
 */
export class Stretches implements HitListener {
  private readonly prefilter: Prefilter;
  /** Start and end of each, by turns, ascending. */
  private readonly places: number[] = [];
  /** By number, whether it cannot be known. */
  private readonly spoilt: boolean[] = [];
  private size = 0;
  /** The number of the one that was asked for last. */
  private current = 0;

  constructor(prefilter: Prefilter) {
    this.prefilter = prefilter;
  }

  /** Takes those of `bytes[from, to)`. Null when the bytes are not where stretches are known. */
  take(bytes: Uint8Array, from: number, to: number, kind: number, base: Cuts | null): Cuts | null {
    this.places.length = 0;
    this.current = 0;
    const cuts = this.prefilter.cut(bytes, from, to, kind, this.places, base);
    this.size = bytes.length;
    this.spoilt.length = 0;
    for (let i = 0; i < this.places.length; i += 2) this.spoilt.push(false);
    return cuts;
  }

  /** Those that follow each other, in one. */
  *ranges(): Generator<readonly [from: number, to: number], void, undefined> {
    const { places } = this;
    for (let i = 0; i < places.length; ) {
      const from = places[i]!;
      while (i + 2 < places.length && places[i + 1] === places[i + 2]) i += 2;
      yield [from, places[i + 1]!];
      i += 2;
    }
  }

  /** What is at `offset` was looked at, and what came of it depends on `[from, to)`, as far as there is text. */
  note(offset: number, from: number, to: number): void {
    const number = this.numberOf(offset);
    if (number < 0) return;
    const known = Math.max(0, this.places[2 * number]! - BEFORE);
    const knownTo = Math.min(this.size, this.places[2 * number + 1]! + BEHIND);
    if (Math.max(0, from) < known || Math.min(this.size, to) > knownTo) this.spoilt[number] = true;
  }

  /** Something may come of what is at `offset`. */
  spoil(offset: number): void {
    const number = this.numberOf(offset);
    if (number >= 0) this.spoilt[number] = true;
  }

  /** All have been scanned. */
  know(): void {
    for (let i = 0; i < this.spoilt.length; i += 1) if (!this.spoilt[i]) this.prefilter.know(i);
  }

  private numberOf(offset: number): number {
    const { places } = this;
    let number = this.current;
    while (number > 0 && places[2 * number]! > offset) number -= 1;
    while (2 * number < places.length && places[2 * number + 1]! <= offset) number += 1;
    this.current = 2 * number < places.length ? number : Math.max(0, number - 1);
    return 2 * number < places.length && places[2 * number]! <= offset ? number : -1;
  }
}
