// `../simd.ts` lays out the tables that are read here; `../scalar.ts` is what both must agree with.
//
// Two searches in one pass:
//
// **Words** may stand anywhere. Of each word two windows of 3 bytes are known, one at an even and one at an
// odd place in it, so that every second place of the text is enough to meet one of them, wherever the word
// begins. Whether a window is known is one look into a table of 64 KiB, by a hash of its bytes with letters
// folded: it takes the same time for ten words and for a thousand. (A word of 3 letters is met at its second
// letter with any byte behind it.) Only then is the word compared in full.
//
// **Runs** (`../runs.ts`): while the halves are at hand, two more tables tell which bytes are letters,
// digits, `_` or `-`. The bits of a low half say in which kinds of rows it is such a character, and the
// high half says which kind its row is. Only where a run of 16 and more begins, and behind each `-` in it,
// are the literals looked for that begin a token: their number does not matter.
//
//     0x2_ : only -    0x3_ : 0 to 9    0x4_, 0x6_ : all but 0    0x5_ : 0 to A, F    0x7_ : 0 to A

/** What kind of character each byte is: `Class` of `../simd.ts`. */
const CLASSES: usize = 0x300;
/** Blocks of the text with known windows, in 16 bytes: u64 the windows, a byte each, u32 the block. */
const FOUND: usize = 0x400;
/** Where runs begin: u32. */
const STARTS: usize = 0x100;
/** Bytes of the text between two looks at what was found: 128 blocks, for which both lists have room. */
const BATCH: usize = 0x800;
/** For each 16-bit hash that a word's window has, a bit for each value of the low bits of the byte behind it: 64 KiB. */
const WORD_TABLE: usize = 0x1000;
/** A bit for each 16-bit hash that a run literal's window has: 8 KiB. */
const RUN_BITMAP: usize = 0x11000;
/** First window of each hash, 1 + its number, u16: 128 KiB each. */
const WORD_HEADS: usize = 0x13000;
const RUN_HEADS: usize = 0x33000;
/**
 * Records of 16 bytes: u32 address of the literal, u32 its first four letters, folded in a word, u8 how many it has, u8 where in it the
 * window begins, u16 next, u16 literal, u8 any case, u8 ends at a run.
 */
const RECORDS: usize = 0x53000;
/** A bit for each 16-bit hash of four bytes, folded, of a word: those that begin with a window, or one in front of it. 8 KiB. */
const FOURS: usize = 0x91000;
/** Hits as pairs of u32: offset, literal. */
const HITS: usize = 0xa3000;
const HITS_END: usize = 0xbb000;
/** Runs as pairs of u32. */
const RUNS: usize = 0xbb000;
const RUNS_END: usize = 0xc3000;
/** The most that one place of the text, or one block of 16, adds to the hits. */
const MOST_OF_A_PLACE: usize = 0x1000;
const MOST_OF_A_BLOCK: usize = 0x8000;

const DIGIT: u32 = 2;
const DASH: u32 = 0x2d;
/** `LONGEST_ESCAPE` of `../runs.ts`. */
const LONGEST_ESCAPE: usize = 5;

/** How many runs the last call wrote. */
export let runs: u32 = 0;
/** Whether the lists were full before the text was at its end: then call again. */
export let more: bool = false;

// Where the next call goes on.
let at: usize = 0;
/** What of STARTS is still to be looked at. */
let startsAt: usize = 0;
let startsEnd: usize = 0;
/** The last run that was seen, and what of it is still to be searched. */
let runStart: usize = 0;
let runEnd: usize = 0;
let runAt: usize = 0;
let runHasDash = false;

@inline
function hash(window: u32): u32 {
  return (window * 0x9e3779b1) >>> 16;
}

@inline
function fold(v: v128): v128 {
  return v128.or(v, i8x16.splat(0x20));
}

/**
 * `hash` of the eight windows of 3 bytes that begin at even places, as u16. Of a window's number `low + (high << 16)`
 * times the factor, bits 16 to 31 are asked, which three products of halves give.
 *
 * @param v 16 bytes of text, folded
 * @param ahead the 16 bytes two places further, whose even bytes are the windows' last
 */
@inline
function hashes(v: v128, ahead: v128): v128 {
  const factorLow = i16x8.splat(0x79b1);
  const factorHigh = i16x8.splat(<i16>0x9e37);
  const carried = v128.shuffle<i16>(
    i32x4.extmul_low_i16x8_u(v, factorLow),
    i32x4.extmul_high_i16x8_u(v, factorLow),
    1, 3, 5, 7, 9, 11, 13, 15,
  );
  const high = i16x8.mul(v128.and(ahead, i16x8.splat(0xff)), factorLow);
  return i16x8.add(carried, i16x8.add(i16x8.mul(v, factorHigh), high));
}

/** What the table of words holds for a window's hash: a bit for each value of the low bits of the byte behind it. */
@inline
function known(key: u64): u64 {
  return <u64>load<u8>(WORD_TABLE + <usize>key);
}

/** Whether four bytes, folded, may be a word's. */
@inline
function isFour(four: u32): bool {
  const key = hash(four);
  return (load<u8>(FOURS + (key >>> 3)) & (1 << (key & 7))) != 0;
}

/** The bit that each even byte's low bits choose, as eight bytes. */
@inline
function bitsBehind(v: v128): u64 {
  const low = v128.and(v, i16x8.splat(7));
  const bits = i8x16.swizzle(i8x16(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0), i8x16.narrow_i16x8_u(low, low));
  return <u64>i64x2.extract_lane(bits, 0);
}

@inline
function runBits(low: v128, high: v128): u32 {
  return i8x16.bitmask(
    i8x16.ne(
      v128.and(
        i8x16.swizzle(i8x16(26, 30, 30, 30, 30, 30, 30, 30, 30, 30, 28, 4, 4, 5, 4, 12), low),
        i8x16.swizzle(i8x16(0, 0, 1, 2, 4, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0), high),
      ),
      i8x16.splat(0),
    ),
  );
}

@inline
function equal(place: usize, literal: usize, length: u32, anyCase: bool): bool {
  for (let i: u32 = 0; i < length; i++) {
    let byte: u32 = load<u8>(place + i);
    if (anyCase && byte - 0x41 < 26) byte |= 0x20;
    if (byte != <u32>load<u8>(literal + i)) return false;
  }
  return true;
}

/**
 * Finds literals and runs in [from, to). Reads up to 32 bytes behind `to`. Writes to RUNS, ascending, those
 * that look generated, and those that touch `from` or `to`, whatever they look like.
 *
 * @param fresh false to go on where the last call, for the same text, found its lists full
 * @returns the number of hits written to HITS
 */
export function scan(from: usize, to: usize, fresh: bool): u32 {
  let out: usize = HITS;
  let run: usize = RUNS;
  if (fresh) {
    at = from;
    runAt = 0;
    runEnd = 0;
    startsAt = 0;
    startsEnd = 0;
  }
  more = true;
  if (runAt < runEnd) out = searchRun(from, to, out);
  while (runAt >= runEnd) {
    for (; startsAt < startsEnd && run < RUNS_END; startsAt += 4) {
      const start = <usize>load<u32>(startsAt);
      // It may be too short where the text ends in it.
      if (start + 16 > to) continue;
      const generated = measureRun(start, to);
      if (generated || start == from || runEnd == to) {
        store<u32>(run, <u32>start);
        store<u32>(run, <u32>runEnd, 4);
        run += 8;
      }
      out = searchRun(from, to, out);
      if (runAt < runEnd) {
        startsAt += 4;
        break;
      }
    }
    if (runAt < runEnd || startsAt < startsEnd || out > HITS_END - MOST_OF_A_BLOCK) break;
    if (at >= to) {
      more = false;
      break;
    }
    const found = list(from, to);
    out = verifyWords(found, from, to, out);
  }
  runs = <u32>((run - RUNS) >>> 3);
  return <u32>((out - HITS) >>> 3);
}

/**
 * Lists the blocks with known windows of the next of the text at FOUND, and at STARTS where runs begin. The loop has no branch: what
 * is listed is looked at afterwards, one kind after the other, so that the processor can foresee what comes.
 *
 * @returns where FOUND ends
 */
@inline
function list(from: usize, to: usize): usize {
  const nibble = i8x16.splat(0x0f);
  let before: u32 = 0;
  if (at > from) {
    const v = v128.load(at - 16);
    before = runBits(v128.and(v, nibble), i8x16.shr_u(v, 4));
  }
  let entry: usize = FOUND;
  let starts: usize = STARTS;
  const end = min(to, at + BATCH);
  for (let block = at; block < end; block += 16) {
    const v = v128.load(block);
    const keys = hashes(fold(v), fold(v128.load(block, 2)));
    const first = <u64>i64x2.extract_lane(keys, 0);
    const last = <u64>i64x2.extract_lane(keys, 1);
    // A byte for each window: what the table holds for it, of which one bit is asked.
    const windows =
      (known(first & 0xffff) |
        (known((first >>> 16) & 0xffff) << 8) |
        (known((first >>> 32) & 0xffff) << 16) |
        (known(first >>> 48) << 24) |
        (known(last & 0xffff) << 32) |
        (known((last >>> 16) & 0xffff) << 40) |
        (known((last >>> 32) & 0xffff) << 48) |
        (known(last >>> 48) << 56)) &
      bitsBehind(v128.load(block, 3));
    store<u64>(entry, windows);
    store<u32>(entry, <u32>block, 8);
    entry += windows != 0 ? 16 : 0;
    const now = runBits(v128.and(v, nibble), i8x16.shr_u(v, 4));
    let both = before | (now << 16);
    before = now;
    // A bit stays set where it and the 15 behind it are: of a run that begins in front the lowest of the block before, which
    // was told of with that one.
    both &= both >> 1;
    both &= both >> 2;
    both &= both >> 4;
    both &= both >> 8;
    const begun = both & ~(both << 1) & 0x1fffe;
    store<u32>(starts, <u32>block - 16 + ctz(begun));
    starts += begun != 0 ? 4 : 0;
  }
  at = end;
  startsAt = STARTS;
  startsEnd = starts;
  return entry;
}

/** Looks at the blocks up to `found`. When the list of hits is full, the text is done with up to the block that comes next only. */
@inline
function verifyWords(found: usize, from: usize, to: usize, hits: usize): usize {
  let out = hits;
  for (let entry: usize = FOUND; entry < found; entry += 16) {
    const block = <usize>load<u32>(entry, 8);
    if (out > HITS_END - MOST_OF_A_BLOCK) {
      at = block;
      while (startsEnd > startsAt && <usize>load<u32>(startsEnd - 4) + 16 > at) startsEnd -= 4;
      break;
    }
    let windows = load<u64>(entry);
    do {
      const lane = <u32>ctz(windows) & 0x38;
      windows &= ~(0xff << <u64>lane);
      const place = block + <usize>(lane >>> 2);
      const four = load<u32>(place) | 0x20202020;
      if (isFour(four) | isFour(load<u32>(place - 1) | 0x20202020)) {
        out = verifyWord(hash(four & 0x00ffffff), place, from, to, out);
      }
    } while (windows != 0);
  }
  return out;
}

@inline
function hasDigit(block: v128): bool {
  return v128.any_true(i8x16.lt_u(i8x16.sub(block, i8x16.splat(0x30)), i8x16.splat(10)));
}

@inline
function hasDash(block: v128): bool {
  return v128.any_true(i8x16.eq(block, i8x16.splat(0x2d)));
}

/** Which of the 16 bytes at `place` are in no run, or behind the text; when all are in one, 0. */
@inline
function gapBits(block: v128, place: usize, to: usize): u32 {
  const gaps = ~runBits(v128.and(block, i8x16.splat(0x0f)), i8x16.shr_u(block, 4)) & 0xffff;
  return place + 16 > to ? gaps | ((0xffff << <u32>(to - place)) & 0xffff) : gaps;
}

/** Takes the run that begins at `start`, of 16 bytes at least. Gives whether it looks generated (`../runs.ts`). */
function measureRun(start: usize, to: usize): bool {
  let block = v128.load(start);
  let digit = hasDigit(block);
  let dash = hasDash(block);
  let end = start;
  let gaps: u32 = 0;
  do {
    end += 16;
    block = v128.load(end);
    digit = digit || hasDigit(block);
    dash = dash || hasDash(block);
    gaps = gapBits(block, end, to);
  } while (gaps == 0);
  end += ctz(gaps);
  runStart = start;
  runAt = start;
  runEnd = end;
  runHasDash = dash;
  if (!digit) return false;
  let changes: u32 = 0;
  let before: u32 = 0;
  digit = false;
  for (let i = start; i < end; i++) {
    const kind: u32 = load<u8>(CLASSES + <usize>load<u8>(i));
    if (kind == 1) continue;
    if (kind == DIGIT) digit = true;
    if (kind != before) changes += 1;
    before = kind;
  }
  // Three places in 25 must be changes, at least 4 and at most 8.
  return digit && (changes >= 8 || (changes >= 4 && changes * 25 >= <u32>(end - start) * 3));
}

/** Whether a literal of runs has a window with this hash. */
@inline
function isRunKey(key: u32): bool {
  return (load<u8>(RUN_BITMAP + (key >>> 3)) & (1 << (key & 7))) != 0;
}

/** Searches the run from `runAt` on, as far as the list of hits allows. */
function searchRun(from: usize, to: usize, hits: usize): usize {
  let out = hits;
  let place = runAt;
  if (place == runStart && place >= from + 3) {
    const key = hash(load<u32>(place - 4) >>> 8);
    if (isRunKey(key)) out = verifyRun(key, place - 3, true, from, to, out);
  }
  const opening = runStart + LONGEST_ESCAPE;
  const last = (runHasDash ? runEnd : min(runEnd, opening + 3)) - 3;
  for (; place <= last; place++) {
    if (place > opening && <u32>load<u8>(place - 1) != DASH) continue;
    if (out > HITS_END - MOST_OF_A_PLACE) {
      runAt = place;
      return out;
    }
    const key = hash(load<u32>(place) & 0x00ffffff);
    if (isRunKey(key)) out = verifyRun(key, place, false, from, to, out);
  }
  runAt = runEnd;
  return out;
}

@inline
function push(out: usize, place: usize, record: usize): usize {
  store<u32>(out, <u32>place);
  store<u32>(out, <u32>load<u16>(record, 12), 4);
  return out + 8;
}

/** Compares the literal of `record` whose window is at `place`. It may begin before the text: unsigned, it is then huge or below `from`. */
@inline
function matches(record: usize, place: usize, from: usize, to: usize): bool {
  const start = place - <usize>load<u8>(record, 9);
  const length: u32 = load<u8>(record, 8);
  const anyCase = load<u8>(record, 14);
  // Most are told apart by four letters. Of a word of three the fourth is none.
  const other = (load<u32>(start) | (anyCase != 0 ? 0x20202020 : 0)) ^ load<u32>(record, 4);
  return (
    (length == 3 ? other & 0x00ffffff : other) == 0 &&
    start >= from && start < to && start + length <= to &&
    equal(start, load<u32>(record), length, anyCase != 0)
  );
}

function verifyWord(key: u32, place: usize, from: usize, to: usize, hits: usize): usize {
  let out = hits;
  let window: u32 = load<u16>(WORD_HEADS + (key << 1));
  while (window != 0) {
    const record: usize = RECORDS + ((window - 1) << 4);
    if (matches(record, place, from, to)) out = push(out, place - <usize>load<u8>(record, 9), record);
    window = load<u16>(record, 10);
  }
  return out;
}

/** @param atRun whether the window is the one in front of the run, where literals of the other kind are not looked for */
function verifyRun(key: u32, place: usize, atRun: bool, from: usize, to: usize, hits: usize): usize {
  let out = hits;
  let window: u32 = load<u16>(RUN_HEADS + (key << 1));
  while (window != 0) {
    const record: usize = RECORDS + ((window - 1) << 4);
    if (<bool>load<u8>(record, 15) == atRun && matches(record, place, from, to)) {
      out = push(out, place - <usize>load<u8>(record, 9), record);
    }
    window = load<u16>(record, 10);
  }
  return out;
}
