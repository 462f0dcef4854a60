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
  const sets: number[] = [];
  for (let i = 0; i < 2 * WINDOW; i += 1) sets.push(a[i]! | b[i]!);
  return sets;
}

/**
 * The share of bytes whose high half is `high` and whose low half is in a set, by the set's low 8
 * members and by its high 8: entry 512 * high + 256 * part + members.
 */
let shares: Float64Array | undefined;

function sharesTable(): Float64Array {
  if (shares !== undefined) return shares;
  shares = new Float64Array(16 * 512);
  for (let high = 0; high < 16; high += 1) {
    for (let part = 0; part < 2; part += 1) {
      const base = 512 * high + 256 * part;
      for (let members = 1; members < 256; members += 1) {
        const last = 31 - Math.clz32(members);
        shares[base + members] =
          shares[base + members - (1 << last)]! + exactCommonness(16 * high + 8 * part + last);
      }
    }
  }
  return shares;
}

/** The share of places in source text that pass, taking its bytes as independent. */
function likelihood(nibbles: Nibbles): number {
  const table = sharesTable();
  let product = 1;
  for (let byte = 0; byte < WINDOW; byte += 1) {
    const low = nibbles[2 * byte]!;
    let sum = 0;
    for (let high = nibbles[2 * byte + 1]!; high !== 0; high &= high - 1) {
      const base = 512 * (31 - Math.clz32(high & -high));
      sum += table[base + (low & 255)]! + table[base + 256 + (low >> 8)]!;
    }
    product *= sum;
  }
  return product;
}
