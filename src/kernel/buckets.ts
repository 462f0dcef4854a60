import { commonness, exactCommonness } from "./frequency.ts";
import type { Literal } from "./prefilter.ts";

/** Bytes of a window. */
const WINDOW = 4;
const BUCKETS = 16;

/**
 * What a window, or a bucket of windows, allows: for each byte the set of its low halves and the
 * set of its high halves, as 16-bit numbers, so 2 * WINDOW of them.
 */
export type Nibbles = readonly number[];

const NOTHING: Nibbles = new Array<number>(2 * WINDOW).fill(0);

/** What each bucket allows when the windows of these literals are dealt. */
export function dealLiterals(literals: readonly Literal[]): Nibbles[] {
  return dealWindows(literals.map((literal) => nibblesOf(literal, rarestWindow(literal))));
}

/**
 * Deals windows into buckets so that few places of source text pass one by chance. A bucket passes
 * every mixture of the halves of its windows, so windows of like letters belong together. Greedy,
 * the likeliest windows first. (Moving windows to better buckets afterwards gains the loop 3 % and
 * costs every start 15 ms.)
 */
function dealWindows(windows: readonly Nibbles[]): Nibbles[] {
  const allowed: Nibbles[] = new Array<Nibbles>(BUCKETS).fill(NOTHING);
  const passing = new Array<number>(BUCKETS).fill(0);
  const likely = windows.map(likelihood);
  const order = windows.map((_, index) => index).sort((a, b) => likely[b]! - likely[a]!);
  for (const index of order) {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      const more = likelihood(union(allowed[bucket]!, windows[index]!)) - passing[bucket]!;
      if (more < least) {
        least = more;
        best = bucket;
      }
    }
    allowed[best] = union(allowed[best]!, windows[index]!);
    passing[best]! += least;
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

/** The piece of a literal that is looked for. */
interface LiteralWindow {
  readonly start: number;
  readonly length: number;
}

/** The window that is least likely in source text. */
export function rarestWindow({ text, anyCase }: Literal): LiteralWindow {
  const length = Math.min(WINDOW, text.length);
  const share = anyCase ? commonness : exactCommonness;
  let best = 0;
  let lowest = Number.POSITIVE_INFINITY;
  for (let start = 0; start + length <= text.length; start += 1) {
    let score = 1;
    for (let i = start; i < start + length; i += 1) score *= share(text.charCodeAt(i));
    if (score < lowest) {
      lowest = score;
      best = start;
    }
  }
  return { start: best, length };
}

/** For each byte of a window, the low halves that it allows and the high ones, as 16-bit sets. */
function nibblesOf({ text, anyCase }: Literal, { start, length }: LiteralWindow): Nibbles {
  const sets: number[] = [];
  for (let i = 0; i < WINDOW; i += 1) {
    if (i >= length) {
      sets.push(0xffff, 0xffff);
      continue;
    }
    const byte = text.charCodeAt(start + i);
    const folds = anyCase && byte >= 0x61 && byte <= 0x7a;
    sets.push(1 << (byte & 15), (1 << (byte >> 4)) | (folds ? 1 << ((byte >> 4) - 2) : 0));
  }
  return sets;
}
