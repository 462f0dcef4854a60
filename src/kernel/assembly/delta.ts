// Instructions of a git delta, behind its two sizes (gitformat-pack):
//
//     1sss oooo  copy: for each o bit a byte of the offset, for each s bit a byte of the size, low
//                ones first; size 0 means 0x10000
//     0nnn nnnn  insert the n bytes that follow; n = 0 is reserved

/**
 * Makes an object from its base. All arguments are addresses and lengths in bytes; the target must
 * not touch the others. Gives false when the delta does not fit its base or its target: it is corrupt.
 */
export function applyDelta(
  base: usize, baseLength: u32,
  delta: usize, deltaLength: u32,
  target: usize, targetLength: u32,
): bool {
  let at = delta;
  const end = delta + deltaLength;
  let out = target;
  let left = targetLength;
  while (at < end) {
    const op: u32 = load<u8>(at++);
    if (op & 0x80) {
      if (end - at < <usize>popcnt(op & 0x7f)) return false;
      let offset: u32 = 0;
      let size: u32 = 0;
      if (op & 0x01) offset = load<u8>(at++);
      if (op & 0x02) offset |= <u32>load<u8>(at++) << 8;
      if (op & 0x04) offset |= <u32>load<u8>(at++) << 16;
      if (op & 0x08) offset |= <u32>load<u8>(at++) << 24;
      if (op & 0x10) size = load<u8>(at++);
      if (op & 0x20) size |= <u32>load<u8>(at++) << 8;
      if (op & 0x40) size |= <u32>load<u8>(at++) << 16;
      if (size == 0) size = 0x10000;
      if (offset > baseLength || size > baseLength - offset || size > left) return false;
      memory.copy(out, base + offset, size);
      out += size;
      left -= size;
    } else {
      if (op == 0 || op > left || end - at < <usize>op) return false;
      memory.copy(out, at, op);
      at += op;
      out += op;
      left -= op;
    }
  }
  return left == 0;
}
