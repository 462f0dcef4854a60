// Texts of which it is known that nothing comes of them, by 64 bits of hash each, in a table where a newer one takes the place
// of an older one.
import { hashOf, LEAST } from "./hash";

/** `MEMO` and `MEMO_BYTES` of `../simd.ts`. */
const MEMO: usize = 0x210000;
const SLOTS_MASK: u64 = 0x7ffff;

let asked: u64 = 0;

/**
 * Whether `remember` was called for the same bytes, kind and place before.
 *
 * @param place of what the text is about, in it: near the ends of a content a text has less on one side
 */
export function recall(from: usize, to: usize, kind: u32, place: u32): bool {
  asked = to < from + LEAST ? 0 : hashOf(from, to, ((<u64>kind) << 32) | <u64>place);
  return isKnown(asked);
}

/** Notes that nothing comes of what `recall` was asked last. */
export function remember(): void {
  if (asked != 0) learn(asked);
}

@inline
export function isKnown(hash: u64): bool {
  return ((load<u64>(slotOf(hash)) ^ hash) | <u64>(hash == 0)) == 0;
}

export function learn(hash: u64): void {
  store<u64>(slotOf(hash), hash);
}

@inline
function slotOf(hash: u64): usize {
  return MEMO + (<usize>(hash & SLOTS_MASK) << 3);
}
