// Stretches of text of which it is known that nothing comes of them, by 64 bits of hash each, in a table where a
// newer one takes the place of an older one.

/** `MEMO` and `MEMO_BYTES` of `../simd.ts`. */
const MEMO: usize = 0x210000;
const SLOTS_MASK: u64 = 0x7ffff;

const ODD_ONE: u64 = 0x9e3779b97f4a7c15;
const ODD_TWO: u64 = 0xc2b2ae3d27d4eb4f;

/** Drawn anew for each process: nobody can write one text that is taken for another. */
export let seed: u64 = 0;

let asked: u64 = 0;

@inline
function mix(state: u64, word: u64, factor: u64): u64 {
  const product = (state ^ word) * factor;
  return product ^ (product >>> 32);
}

/**
 * Whether `remember` was called for the same bytes, kind and place before.
 *
 * @param place of what the stretch is about, in it: near the ends of a content a stretch has less on one side
 */
export function recall(from: usize, to: usize, kind: u32, place: u32): bool {
  asked = 0;
  if (to < from + 16) return false;
  let one = mix(seed, ((<u64>kind) << 32) | <u64>place, ODD_ONE);
  let two = mix(seed, <u64>(to - from), ODD_TWO);
  const last = to - 16;
  for (let at = from; at < last; at += 16) {
    one = mix(one, load<u64>(at), ODD_ONE);
    two = mix(two, load<u64>(at, 8), ODD_TWO);
  }
  one = mix(one, load<u64>(last), ODD_TWO);
  two = mix(two, load<u64>(last, 8), ODD_ONE);
  asked = mix(one ^ rotl(two, 32), two, ODD_ONE);
  return load<u64>(slotOf(asked)) == asked && asked != 0;
}

/** Notes that nothing comes of what `recall` was asked last. */
export function remember(): void {
  if (asked != 0) store<u64>(slotOf(asked), asked);
}

@inline
function slotOf(hash: u64): usize {
  return MEMO + (<usize>(hash & SLOTS_MASK) << 3);
}
