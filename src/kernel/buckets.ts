import { exactCommonness } from "./frequency.ts";

/** Bytes of a window. */
export const WINDOW = 4;
const BUCKETS = 16;
/** Rounds in which each window may move to a better bucket; a second gains 3 %. */
const ROUNDS = 1;

/**
 * What a window, or a bucket of windows, allows: for each byte the set of its low halves and the
 * set of its high halves, as 16-bit numbers, so 2 * WINDOW of them.
 */
export type Nibbles = readonly number[];

const NOTHING: Nibbles = new Array<number>(2 * WINDOW).fill(0);

/**
 * Deals windows into buckets so that few places of source text pass one by chance. A bucket passes
 * every mixture of the halves of its windows, so windows of like letters belong together. Greedy,
 * the likeliest windows first, and then improved by moving one window at a time.
 */
export function dealWindows(windows: readonly Nibbles[]): Nibbles[] {
  const order = windows.map((_, index) => index);
  order.sort((a, b) => likelihood(windows[b]!) - likelihood(windows[a]!));
  const members = Array.from({ length: BUCKETS }, () => new Set<number>());
  const allowed: Nibbles[] = members.map(() => NOTHING);
  const passing = members.map(() => 0);
  const place = (index: number): void => {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      const more = likelihood(union(allowed[bucket]!, windows[index]!)) - passing[bucket]!;
      if (more < least) {
        least = more;
        best = bucket;
      }
    }
    members[best]!.add(index);
    allowed[best] = union(allowed[best]!, windows[index]!);
    passing[best]! += least;
  };
  for (const index of order) place(index);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const index of order) {
      const from = members.findIndex((bucket) => bucket.delete(index));
      allowed[from] = [...members[from]!].map((other) => windows[other]!).reduce(union, NOTHING);
      passing[from] = likelihood(allowed[from]!);
      place(index);
    }
  }
  return allowed;
}

function union(a: Nibbles, b: Nibbles): Nibbles {
  return a.map((set, index) => set | b[index]!);
}

/** The share of places in source text that pass, taking its bytes as independent. */
function likelihood(nibbles: Nibbles): number {
  let product = 1;
  for (let byte = 0; byte < WINDOW; byte += 1) {
    let sum = 0;
    for (let high = nibbles[2 * byte + 1]!; high !== 0; high &= high - 1) {
      const row = 16 * (31 - Math.clz32(high & -high));
      for (let low = nibbles[2 * byte]!; low !== 0; low &= low - 1) {
        sum += exactCommonness(row + 31 - Math.clz32(low & -low));
      }
    }
    product *= sum;
  }
  return product;
}
