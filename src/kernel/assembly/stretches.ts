// Text cut in stretches behind some of its lines, which are chosen by what stands at their ends: so versions of a file
// have most of their stretches in common, wherever they differ.
import { hashOf, LEAST } from "./hash";
import { isKnown, learn } from "./memo";

/** Records of 16 bytes: u32 from, u32 to, u64 hash; 0 for a stretch that cannot be known. */
const STRETCHES: usize = 0x204000;

/** `BEFORE` and `BEHIND` of `../stretches.ts`. */
const BEFORE: usize = 128;
const BEHIND: usize = 480;
/** A run that begins this far behind a stretch may have its name in it, and must be seen as a whole. */
const NEAR: usize = 136;

/** Kind of the stretches, beside those that `recall` is asked for. */
const STRETCH: u64 = 1 << 63;

/** `LEAST_STRETCH` of `../simd.ts`: where stretches are short, most of the time goes into the bytes around them. */
const LEAST_STRETCH: usize = 512;
const LONGEST: usize = 4096;
/** One line in eight ends a stretch. */
const CHOSEN: i8 = 7;

/**
 * Lists the stretches of [from, to) that `know` was not called for.
 *
 * @param first where the text begins, as far as it is at hand
 * @param last where it ends
 * @returns how many they are
 */
export function unknown(first: usize, from: usize, to: usize, last: usize, kind: u32): u32 {
  let out: usize = STRETCHES;
  let start = from;
  while (start < to) {
    const end = endOf(start, to);
    const begin = start - first > BEFORE ? start - BEFORE : first;
    const reach = min(last, end + BEHIND);
    let hash: u64 = 0;
    if (reach - begin >= LEAST && !runsOut(end + NEAR, reach, last)) {
      hash = hashOf(begin, reach, STRETCH | (<u64>kind << 48) | (<u64>(end - begin) << 24) | <u64>(start - begin));
    }
    store<u32>(out, <u32>start);
    store<u32>(out, <u32>end, 4);
    store<u64>(out, hash, 8);
    out += 16;
    start = end;
  }
  // In a loop of their own, without a branch, the looks into the table wait for memory together.
  let kept: usize = STRETCHES;
  for (let entry: usize = STRETCHES; entry < out; entry += 16) {
    const record = v128.load(entry);
    v128.store(kept, record);
    kept += isKnown(i64x2.extract_lane(record, 1)) ? 0 : 16;
  }
  return <u32>((kept - STRETCHES) >>> 4);
}

/** Notes that nothing comes of the stretch of this number. */
export function know(number: u32): void {
  const hash = load<u64>(STRETCHES + ((<usize>number) << 4), 8);
  if (hash != 0) learn(hash);
}

/** Where the stretch that begins at `from` ends. Reads up to 16 bytes behind `to`. */
function endOf(from: usize, to: usize): usize {
  const limit = min(to, from + LONGEST);
  for (let block = from + LEAST_STRETCH; block < limit; block += 16) {
    const before = i8x16.add(
      i8x16.add(v128.load(block - 2), v128.load(block - 5)),
      i8x16.add(v128.load(block - 9), v128.load(block - 14)),
    );
    const chosen = i8x16.eq(v128.and(before, i8x16.splat(CHOSEN)), i8x16.splat(0));
    const ends = v128.and(i8x16.eq(v128.load(block), i8x16.splat(0x0a)), chosen);
    if (v128.any_true(ends)) return min(limit, block + ctz(i8x16.bitmask(ends)) + 1);
  }
  return limit;
}

/** Whether a run (`../runs.ts`) reaches from `from` to `to` and may go on there. */
function runsOut(from: usize, to: usize, last: usize): bool {
  if (to == last) return false;
  let at = to - 1;
  while (at > from && isRun(load<u8>(at))) at--;
  return at <= from;
}

@inline
function isRun(byte: u32): bool {
  return ((byte | 0x20) - 0x61 < 26) || (byte - 0x30 < 10) || byte == 0x2d || byte == 0x5f;
}
