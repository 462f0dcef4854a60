// `../simd.ts` lays out the tables that are read here; `../scalar.ts` is what both must agree with.
//
// Teddy, after Hyperscan: of each literal a window of 4 bytes (3 for the shortest) is looked for.
// The windows are dealt into 16 buckets. For each of the 4 bytes, two tables of 16 entries, one for
// its low and one for its high half, say which buckets allow it; the AND of all eight answers,
// taken for 16 places of the text at once, leaves the places where a window may begin. Each of
// those is hashed, with letters folded, and only a hash that some window has is compared in full.
//
// Both cases of a letter share their low half, and their high halves are both put into the tables,
// so the vector loop folds case without doing anything.
//
// In the same loop, while the halves are at hand, runs are looked for (`../runs.ts`): two more tables
// tell which bytes are letters, digits, `_` or `-`. The bits of a low half say in which kinds of
// rows it is such a character, and the high half says which kind its row is.
//
//     0x2_ : only -    0x3_ : 0 to 9    0x4_, 0x6_ : all but 0    0x5_ : 0 to A, F    0x7_ : 0 to A

/** Two bucket sets, four bytes, (low, high) x 16: 256 bytes. */
const MASKS: usize = 1024;
/** A bit for each 16-bit hash that a window has: 8 KiB. */
const BITMAP: usize = 2048;
/** First window of each hash, 1 + its number, u16: 128 KiB. */
const HEADS: usize = 0x4000;
/** Window records of 16 bytes: u32 address of the literal, u16 length, u16 offset of the window, u16 next, u16 literal, u16 any case. */
const WINDOWS: usize = 0x24000;
/** Hits as pairs of u32: offset, literal. */
const HITS: usize = 0x40000;
const HITS_END: usize = 0x58000;
/** Places in runs, as u32. */
const PLACES: usize = 0x58000;
const PLACES_END: usize = 0x60000;

/** How many places the last call wrote. */
export let places: u32 = 0;
/** Where the next call goes on when the list of hits was full; `to` when all is scanned. */
export let resume: u32 = 0;

@inline
function hash(folded: u32): u32 {
  return (folded * 0x9e3779b1) >>> 16;
}

@inline
function runClasses(low: v128, high: v128): v128 {
  return v128.and(
    i8x16.swizzle(i8x16(26, 30, 30, 30, 30, 30, 30, 30, 30, 30, 28, 4, 4, 5, 4, 12), low),
    i8x16.swizzle(i8x16(0, 0, 1, 2, 4, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0), high),
  );
}

@inline
function runBits(classes: v128): u32 {
  return i8x16.bitmask(i8x16.ne(classes, i8x16.splat(0)));
}

@inline
function hasDigit(classes: v128): bool {
  return v128.any_true(v128.and(classes, i8x16.splat(2)));
}

@inline
function equal(at: usize, literal: usize, length: u32, anyCase: bool): bool {
  for (let i: u32 = 0; i < length; i++) {
    let byte: u32 = load<u8>(at + i);
    if (anyCase && byte - 0x41 < 26) byte |= 0x20;
    if (byte != <u32>load<u8>(literal + i)) return false;
  }
  return true;
}

/**
 * Finds every literal that lies wholly in [from, to) and whose window begins at or after `start`.
 * Writes to PLACES, in ascending order, a place inside every run of 16 and more that
 * holds a digit (of a long run several; perhaps some in other runs). Reads up to 32 bytes behind `to`. Gives the number of hits
 * written to HITS.
 */
export function scan(from: usize, to: usize, start: usize): u32 {
  let out: usize = HITS;
  const nibble = i8x16.splat(0x0f);
  const a0 = v128.load(MASKS), a1 = v128.load(MASKS + 16), a2 = v128.load(MASKS + 32), a3 = v128.load(MASKS + 48);
  const a4 = v128.load(MASKS + 64), a5 = v128.load(MASKS + 80), a6 = v128.load(MASKS + 96), a7 = v128.load(MASKS + 112);
  const b0 = v128.load(MASKS + 128), b1 = v128.load(MASKS + 144), b2 = v128.load(MASKS + 160), b3 = v128.load(MASKS + 176);
  const b4 = v128.load(MASKS + 192), b5 = v128.load(MASKS + 208), b6 = v128.load(MASKS + 224), b7 = v128.load(MASKS + 240);
  let at = start;
  let place: usize = PLACES;
  let before: u32 = 0;
  let digitBefore = false;
  if (start >= from + 16) {
    const v = v128.load(start - 16);
    const classes = runClasses(v128.and(v, nibble), i8x16.shr_u(v, 4));
    before = runBits(classes);
    digitBefore = hasDigit(classes);
  }
  while (at < to) {
    let v = v128.load(at);
    let low = v128.and(v, nibble);
    let high = i8x16.shr_u(v, 4);
    const classes = runClasses(low, high);
    const now = runBits(classes);
    let both = before | (now << 16);
    // A bit stays set where it and the 15 behind it are.
    both &= both >> 1;
    both &= both >> 2;
    both &= both >> 4;
    both &= both >> 8;
    const digit = hasDigit(classes);
    if (both != 0 && (digit || digitBefore)) {
      store<u32>(place, <u32>(at - 16 + ctz(both)));
      place += 4;
    }
    before = now;
    digitBefore = digit;
    let a = v128.and(i8x16.swizzle(a0, low), i8x16.swizzle(a1, high));
    let b = v128.and(i8x16.swizzle(b0, low), i8x16.swizzle(b1, high));
    v = v128.load(at, 1);
    low = v128.and(v, nibble);
    high = i8x16.shr_u(v, 4);
    a = v128.and(a, v128.and(i8x16.swizzle(a2, low), i8x16.swizzle(a3, high)));
    b = v128.and(b, v128.and(i8x16.swizzle(b2, low), i8x16.swizzle(b3, high)));
    v = v128.load(at, 2);
    low = v128.and(v, nibble);
    high = i8x16.shr_u(v, 4);
    a = v128.and(a, v128.and(i8x16.swizzle(a4, low), i8x16.swizzle(a5, high)));
    b = v128.and(b, v128.and(i8x16.swizzle(b4, low), i8x16.swizzle(b5, high)));
    v = v128.load(at, 3);
    low = v128.and(v, nibble);
    high = i8x16.shr_u(v, 4);
    a = v128.and(a, v128.and(i8x16.swizzle(a6, low), i8x16.swizzle(a7, high)));
    b = v128.and(b, v128.and(i8x16.swizzle(b6, low), i8x16.swizzle(b7, high)));
    const either = v128.or(a, b);
    if (v128.any_true(either)) {
      let lanes: u32 = i8x16.bitmask(i8x16.ne(either, i8x16.splat(0)));
      do {
        const spot = at + ctz(lanes);
        lanes &= lanes - 1;
        const folded = load<u32>(spot) | 0x20202020;
        const long = hash(folded);
        if (load<u8>(BITMAP + (long >>> 3)) & (1 << (long & 7))) out = verify(long, spot, from, to, out);
        // Equal hashes lead to one chain, which must not be followed twice.
        const short = hash(folded & 0x00ffffff);
        if (short != long && load<u8>(BITMAP + (short >>> 3)) & (1 << (short & 7))) out = verify(short, spot, from, to, out);
      } while (lanes != 0);
    }
    at += 16;
    if (out > HITS_END - 0x8000 || place == PLACES_END) break;
  }
  resume = <u32>min(at, to);
  places = <u32>((place - PLACES) >>> 2);
  return <u32>((out - HITS) >>> 3);
}

function verify(key: u32, place: usize, from: usize, to: usize, out: usize): usize {
  let window: u32 = load<u16>(HEADS + (key << 1));
  while (window != 0) {
    const record: usize = WINDOWS + ((window - 1) << 4);
    const at = place - <usize>load<u16>(record, 6);
    const length: u32 = load<u16>(record, 4);
    // `at` may lie before the text: unsigned, it is then huge or below `from`.
    if (
      at >= from && at < to && at + length <= to &&
      equal(at, load<u32>(record), length, load<u16>(record, 12) != 0)
    ) {
      store<u32>(out, <u32>at);
      store<u32>(out, <u32>load<u16>(record, 10), 4);
      out += 8;
    }
    window = load<u16>(record, 8);
  }
  return out;
}
