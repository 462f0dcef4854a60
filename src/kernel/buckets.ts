import { exactCommonness } from "./frequency.ts";
import type { Literal } from "./prefilter.ts";

/** Bytes of a window. */
export const WINDOW = 4;
const BUCKETS = 8;

/**
 * What a window, or a bucket of windows, allows: for each byte the set of its low halves and the
 * set of its high halves, as 16-bit numbers, so 2 * WINDOW of them.
 */
export type Nibbles = readonly number[];

/** What is looked for of the literals that may stand anywhere. */
export interface Dealing {
  /** What each bucket allows. */
  readonly buckets: readonly Nibbles[];
  /** For each literal where its window begins in it; 0 for literals that are wanted elsewhere. */
  readonly starts: readonly number[];
}

/** A literal's window and the bucket that it is dealt to. */
interface Deal {
  readonly bucket: number;
  readonly start: number;
  readonly nibbles: Nibbles;
}

const NOTHING: Nibbles = new Array<number>(2 * WINDOW).fill(0);

/**
 * Chooses a window of each literal and deals the windows into buckets, so that few places of source
 * text pass one by chance. A bucket passes every mixture of the halves of its windows, so windows of
 * like letters belong together, and literals that share a piece ("_key") are best looked for by
 * that. Greedy, the literals with the likeliest windows first.
 */
export function dealLiterals(literals: readonly Literal[]): Dealing {
  const deals = dealGreedily(choicesOf(literals));
  return dealingOf(deals);
}

/** Steps of the annealing, which take less than a second, and its first and last temperature: chances of a place to pass. */
const STEPS = 200_000;
const HOT = 2e-3;
const COLD = 1e-6;

/** As `dealLiterals`, improved by simulated annealing: half as many places pass. Work for a build. */
export function dealCarefully(literals: readonly Literal[]): Dealing {
  const choices = choicesOf(literals);
  const deals = dealGreedily(choices);
  const movable = deals.flatMap((deal, index) => (deal === undefined ? [] : [index]));
  // The same deal in every build: a generator of its own (Numerical Recipes' constants).
  let state = 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const members = Array.from({ length: BUCKETS }, () => new Set<number>());
  for (const index of movable) members[deals[index]!.bucket]!.add(index);
  const passing = (bucket: number): number => {
    const sets = [...NOTHING];
    for (const index of members[bucket]!) {
      const { nibbles } = deals[index]!;
      for (let i = 0; i < 2 * WINDOW; i += 1) sets[i]! |= nibbles[i]!;
    }
    return likelihood(sets);
  };
  const shares = members.map((_, bucket) => passing(bucket));
  for (let step = 0; step < STEPS && movable.length > 0; step += 1) {
    const index = movable[random(movable.length)]!;
    const old = deals[index]!;
    const bucket = random(BUCKETS);
    deals[index] = { bucket, ...choices[index]![random(choices[index]!.length)]! };
    members[old.bucket]!.delete(index);
    members[bucket]!.add(index);
    const [from, to] = [passing(old.bucket), passing(bucket)];
    const worse = to - shares[bucket]! + (bucket === old.bucket ? 0 : from - shares[old.bucket]!);
    const temperature = HOT * (COLD / HOT) ** (step / STEPS);
    if (worse <= 0 || random(1e9) / 1e9 < Math.exp(-worse / temperature)) {
      shares[old.bucket] = from;
      shares[bucket] = to;
    } else {
      deals[index] = old;
      members[bucket]!.delete(index);
      members[old.bucket]!.add(index);
    }
  }
  return dealingOf(deals);
}

function choicesOf(literals: readonly Literal[]): Omit<Deal, "bucket">[][] {
  return literals.map((literal) => (literal.place === "anywhere" ? windowsOf(literal) : []));
}

/** A deal for each literal that has windows to choose from. */
function dealGreedily(choices: readonly Omit<Deal, "bucket">[][]): (Deal | undefined)[] {
  const likeliest = choices.map((windows) => Math.min(...windows.map(({ nibbles }) => likelihood(nibbles))));
  const order = [...choices.keys()]
    .filter((index) => choices[index]!.length > 0)
    .sort((a, b) => likeliest[b]! - likeliest[a]!);
  const deals: (Deal | undefined)[] = choices.map(() => undefined);
  const buckets = new Array<Nibbles>(BUCKETS).fill(NOTHING);
  const passing = new Array<number>(BUCKETS).fill(0);
  for (const index of order) {
    let least = Number.POSITIVE_INFINITY;
    for (const window of choices[index]!) {
      for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
        const more = likelihood(union(buckets[bucket]!, window.nibbles)) - passing[bucket]!;
        if (more >= least) continue;
        least = more;
        deals[index] = { bucket, ...window };
      }
    }
    const { bucket, nibbles } = deals[index]!;
    buckets[bucket] = union(buckets[bucket]!, nibbles);
    passing[bucket]! += least;
  }
  return deals;
}

function dealingOf(deals: readonly (Deal | undefined)[]): Dealing {
  const buckets = new Array<Nibbles>(BUCKETS).fill(NOTHING);
  for (const deal of deals) {
    if (deal !== undefined) buckets[deal.bucket] = union(buckets[deal.bucket]!, deal.nibbles);
  }
  return { buckets, starts: deals.map((deal) => deal?.start ?? 0) };
}

function windowsOf(literal: Literal): Omit<Deal, "bucket">[] {
  const length = Math.min(WINDOW, literal.text.length);
  return Array.from({ length: literal.text.length - length + 1 }, (_, start) => ({
    start,
    nibbles: nibblesOf(literal, start, length),
  }));
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

/** For each byte of a window, the low halves that it allows and the high ones, as 16-bit sets. */
function nibblesOf({ text, anyCase }: Literal, start: number, length: number): Nibbles {
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
