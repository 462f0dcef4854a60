// `../runs.ts` says what a run is, and finds the exact ends of those whose places are found here.

/** Places as u32; the hits of `scan` were taken before and their room is used again. */
const PLACES: usize = 0x40000;
const PLACES_END: usize = 0x60000;

/** Where the next call goes on when the list was full; `to` when all is done. */
export let runsResume: u32 = 0;

/**
 * Writes a place inside every run of 16 and more letters, digits, `_` and `-` in [from, to), in
 * ascending order; of a long run one or several. Reads up to 16 bytes behind `to`, so the last
 * place may be of a shorter run. Gives the number of places.
 *
 * Each character's class comes from two tables, as in `search.ts`: the bits of its low half say in
 * which of the five kinds of rows it is allowed, its high half which kind its row is.
 *
 *     0x2_ : only -    0x3_ : 0 to 9    0x4_ and 0x6_ : all but 0    0x5_ : 0 to A, F    0x7_ : 0 to A
 */
export function runs(from: usize, to: usize): u32 {
  const lows = i8x16(26, 30, 30, 30, 30, 30, 30, 30, 30, 30, 28, 4, 4, 5, 4, 12);
  const highs = i8x16(0, 0, 1, 2, 4, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0);
  const nibble = i8x16.splat(0x0f);
  let out: usize = PLACES;
  let before: u32 = 0;
  let running = false;
  let at = from;
  while (at < to) {
    const v = v128.load(at);
    const classes = v128.and(
      i8x16.swizzle(lows, v128.and(v, nibble)),
      i8x16.swizzle(highs, i8x16.shr_u(v, 4)),
    );
    const now: u32 = i8x16.bitmask(i8x16.ne(classes, i8x16.splat(0)));
    let both = before | (now << 16);
    // A bit stays set where it and the 15 behind it are.
    both &= both >> 1;
    both &= both >> 2;
    both &= both >> 4;
    both &= both >> 8;
    if (both != 0) {
      if (!(running && before == 0xffff && now == 0xffff)) {
        store<u32>(out, <u32>(at - 16 + ctz(both)));
        out += 4;
        if (out == PLACES_END) {
          // The block before is looked at again, for runs that go on behind it.
          runsResume = <u32>at;
          return <u32>((out - PLACES) >>> 2);
        }
      }
      running = true;
    } else running = false;
    before = now;
    at += 16;
  }
  runsResume = <u32>to;
  return <u32>((out - PLACES) >>> 2);
}
