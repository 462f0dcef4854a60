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

/** Set in the start of a stretch that is known. */
const KNOWN: u32 = 1 << 31;
/** So many stretches of the other text are looked at for the one that is here, and one more for each that was not there. */
const NEXT: usize = 8;
const MOST_NEXT: usize = 256;

/** Behind the last record that `unknown` listed. */
export let listed: usize = 0;

/**
 * Lists the stretches of [from, to) at `list`, and those of them that `know` was not called for at STRETCHES.
 *
 * @param first where the text begins, as far as it is at hand
 * @param last where it ends
 * @param like [like, likeLast) is a whole text that was cut before, with the same kind, and [likeList, likeListed) its list: where
 *   a whole text has the same bytes, it is cut as that one is
 * @returns how many are not known
 */
export function unknown(
  first: usize, from: usize, to: usize, last: usize, kind: u32,
  list: usize,
  like: usize, likeLast: usize, likeList: usize, likeListed: usize,
): u32 {
  listed = list;
  let start = from;
  // The stretch of the other text that may come next, and the one behind the last that is looked at.
  let entry = likeList;
  let next: usize = NEXT << 4;
  if (entry < likeListed) {
    entry = copySame(start, last, like, likeLast, entry, likeListed);
    if (listed > list) start = load<u32>(listed - 16, 4);
  }
  while (start < to) {
    const end = endOf(start, to);
    const begin = start - first > BEFORE ? start - BEFORE : first;
    const reach = min(last, end + BEHIND);
    let hash: u64 = 0;
    if (reach - begin >= LEAST && !runsOut(end + NEAR, reach, last)) {
      hash = hashOf(begin, reach, STRETCH | (<u64>kind << 48) | (<u64>(end - begin) << 24) | <u64>(start - begin));
    }
    store<u32>(listed, <u32>start);
    store<u32>(listed, <u32>end, 4);
    store<u64>(listed, hash, 8);
    listed += 16;
    start = end;
    if (entry < likeListed && hash != 0) {
      const stop = min(likeListed, entry + next);
      let same = entry;
      while (same < stop && load<u64>(same, 8) != hash) same += 16;
      if (same < stop) {
        const place: usize = load<u32>(same, 4);
        entry = copySame(start, last, place, likeLast, same + 16, likeListed);
        start = load<u32>(listed - 16, 4);
        next = NEXT << 4;
      } else next = min(next + 16, MOST_NEXT << 4);
    }
  }
  // In a loop of their own the looks into the table wait for memory together.
  let kept: usize = STRETCHES;
  for (entry = list; entry < listed; entry += 16) {
    const place = load<u32>(entry);
    if (place & KNOWN) continue;
    const record = v128.load(entry);
    const is = isKnown(i64x2.extract_lane(record, 1));
    store<u32>(entry, place | (<u32>is << 31));
    v128.store(kept, record);
    kept += is ? 0 : 16;
  }
  return <u32>((kept - STRETCHES) >>> 4);
}

/**
 * Lists the stretches behind `place` of another text, whose records begin at `entry`, for the text behind `start`, as far as both
 * have the same bytes; gives the first record that it does not take. Up to both places the texts are the same, as far as what
 * follows depends on it.
 */
function copySame(start: usize, last: usize, place: usize, placeLast: usize, entry: usize, listedTo: usize): usize {
  const same = sameBytes(start, place, min(last - start, placeLast - place));
  // What is cut and hashed of a stretch ends BEHIND it at the latest, unless the text ends there.
  const most = start + same == last && place + same == placeLast ? same + BEHIND + 1 : same;
  const by = <u32>(start - place);
  while (entry < listedTo && <usize>load<u32>(entry, 4) + BEHIND < place + most) {
    store<u32>(listed, load<u32>(entry) + by);
    store<u32>(listed, load<u32>(entry, 4) + by, 4);
    store<u64>(listed, load<u64>(entry, 8), 8);
    listed += 16;
    entry += 16;
  }
  return entry;
}

/** How many of the first `most` bytes at both places are the same. */
function sameBytes(one: usize, other: usize, most: usize): usize {
  let at: usize = 0;
  for (; at + 64 <= most; at += 64) {
    const a = v128.xor(v128.load(one + at), v128.load(other + at));
    const b = v128.xor(v128.load(one + at, 16), v128.load(other + at, 16));
    const c = v128.xor(v128.load(one + at, 32), v128.load(other + at, 32));
    const d = v128.xor(v128.load(one + at, 48), v128.load(other + at, 48));
    if (v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) break;
  }
  while (at < most && load<u8>(one + at) == load<u8>(other + at)) at++;
  return at;
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
