// A hash of 64 bits of a text, for `memo.ts` and `stretches.ts`: of every 32 bytes the halves are multiplied with each other,
// four bytes by four, with a number of KEYS in between, as XXH3 does it. Who does not know KEYS, which are drawn anew for each
// process, cannot write one text that is taken for another.

/** 1 KiB of random numbers. */
const KEYS: usize = 0xc00;
const KEYS_BYTES: usize = 0x400;
/** Shorter texts are not hashed. */
export const LEAST: usize = 32;

const ODD_ONE: u64 = 0x9e3779b97f4a7c15;
const ODD_TWO: u64 = 0xc2b2ae3d27d4eb4f;

@inline
function mix(state: u64, word: u64, factor: u64): u64 {
  const product = (state ^ word) * factor;
  return product ^ (product >>> 29);
}

/**
 * @param about what else makes a difference
 * @returns never 0
 */
export function hashOf(from: usize, to: usize, about: u64): u64 {
  let one = v128.load(KEYS);
  let two = v128.load(KEYS, 16);
  let three = v128.load(KEYS, 32);
  let four = v128.load(KEYS, 48);
  let key: usize = KEYS;
  let at = from;
  for (; at + 64 <= to; at += 64) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    const p = v128.xor(a, v128.load(key));
    const q = v128.xor(b, v128.load(key, 16));
    const r = v128.xor(c, v128.load(key, 32));
    const s = v128.xor(d, v128.load(key, 48));
    one = i64x2.add(one, i64x2.add(i64x2.extmul_low_i32x4_u(p, q), b));
    two = i64x2.add(two, i64x2.add(i64x2.extmul_high_i32x4_u(p, q), a));
    three = i64x2.add(three, i64x2.add(i64x2.extmul_low_i32x4_u(r, s), d));
    four = i64x2.add(four, i64x2.add(i64x2.extmul_high_i32x4_u(r, s), c));
    key += 64;
    if (key == KEYS + KEYS_BYTES) {
      key = KEYS;
      one = scramble(one, 0);
      two = scramble(two, 16);
      three = scramble(three, 32);
      four = scramble(four, 48);
    }
  }
  if (at + 32 <= to) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const p = v128.xor(a, v128.load(KEYS, 512));
    const q = v128.xor(b, v128.load(KEYS, 528));
    one = i64x2.add(one, i64x2.add(i64x2.extmul_low_i32x4_u(p, q), b));
    two = i64x2.add(two, i64x2.add(i64x2.extmul_high_i32x4_u(p, q), a));
  }
  // The last 32 bytes overlap those in front.
  const c = v128.load(to - 32);
  const d = v128.load(to - 16);
  const r = v128.xor(c, v128.load(KEYS, 544));
  const s = v128.xor(d, v128.load(KEYS, 560));
  three = i64x2.add(three, i64x2.add(i64x2.extmul_low_i32x4_u(r, s), d));
  four = i64x2.add(four, i64x2.add(i64x2.extmul_high_i32x4_u(r, s), c));
  one = v128.xor(scramble(one, 64), three);
  two = v128.xor(scramble(two, 80), four);
  let hash = mix(about, to - from, ODD_ONE);
  hash = mix(hash, i64x2.extract_lane(one, 0), ODD_TWO);
  hash = mix(hash, i64x2.extract_lane(one, 1), ODD_ONE);
  hash = mix(hash, i64x2.extract_lane(two, 0), ODD_TWO);
  hash = mix(hash, i64x2.extract_lane(two, 1), ODD_ONE);
  hash = mix(hash, load<u64>(KEYS, 128), ODD_TWO);
  return hash == 0 ? 1 : hash;
}

/** What was added up so far counts in another way from here on: the same keys come again. */
@inline
function scramble(sum: v128, key: usize): v128 {
  const mixed = v128.xor(v128.xor(sum, i64x2.shr_u(sum, 47)), v128.load(KEYS + key));
  return i64x2.mul(mixed, i64x2.splat(0x9e3779b1));
}
