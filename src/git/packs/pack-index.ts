import { readFileSync } from "node:fs";
import { errorCode } from "../../errors.ts";

/** Something in a pack that this reader does not read; git is asked instead. */
export class UnreadablePack extends Error {}

/** Ids in which others are looked up; in shared memory. */
export interface SortedIds {
  readonly idBytes: number;
  /** In ascending order, one behind the other. */
  readonly ids: Uint8Array;
  /** For each value of an id's first two bytes, how many ids are below it; one more for all. */
  readonly below: Uint32Array;
}

/** Which objects a pack holds, and where. */
export interface PackIndex extends SortedIds {
  readonly count: number;
  /** Offset in the pack of each id. */
  readonly offsets: Float64Array;
}

const MAGIC = 0xff744f63;
const FANOUT = 256;

/**
 * Reads an index of version 2 (gitformat-pack), all numbers big-endian:
 *
 *     ff 't' 'O' 'c' | 00 00 00 02
 *     256 x u32   how many ids begin with a byte up to this one
 *     count x id  20 or 32 bytes, ascending
 *     count x u32 CRC of the packed data
 *     count x u32 offset in the pack; with the top bit set the rest is a place in the next table
 *     n x u64     offsets of 2 GiB and more
 *     id of the pack, id of this file
 *
 * @throws {UnreadablePack}
 */
export function readPackIndex(path: string, idBytes: number): PackIndex {
  const file = readWhole(path);
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const header = 8 + 4 * FANOUT;
  if (file.length < header + 2 * idBytes || view.getUint32(0) !== MAGIC || view.getUint32(4) !== 2) {
    throw new UnreadablePack("not an index of version 2");
  }
  const count = view.getUint32(header - 4);
  const small = header + count * (idBytes + 4);
  const large = small + 4 * count;
  if (large + 2 * idBytes > file.length) throw new UnreadablePack("the index is cut off");
  const offsets = new Float64Array(count);
  for (let i = 0; i < count; i += 1) {
    const offset = view.getUint32(small + 4 * i);
    if (offset < 0x80000000) {
      offsets[i] = offset;
      continue;
    }
    const at = large + 8 * (offset - 0x80000000);
    if (at + 8 > file.length - 2 * idBytes)
      throw new UnreadablePack("the index names a place behind its end");
    offsets[i] = view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
  }
  // The rest of the file is not needed for long.
  const ids = new Uint8Array(new SharedArrayBuffer(count * idBytes));
  ids.set(file.subarray(header, header + ids.length));
  return { count, idBytes, ids, below: countBelow(ids, idBytes), offsets };
}

function readWhole(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    // Of 2 GiB and more, which tens of millions of objects have.
    if (errorCode(error) === "ERR_FS_FILE_TOO_LARGE") throw new UnreadablePack("the index is too large");
    throw error;
  }
}

function countBelow(ids: Uint8Array, idBytes: number): Uint32Array {
  const below = new Uint32Array(new SharedArrayBuffer(4 * 0x10001));
  for (let at = 0; at < ids.length; at += idBytes) below[((ids[at]! << 8) | ids[at + 1]!) + 1]! += 1;
  for (let prefix = 1; prefix < below.length; prefix += 1) below[prefix]! += below[prefix - 1]!;
  return below;
}

/** The place of the id at `bytes[at]`, or -1. */
export function findId({ ids, idBytes, below }: SortedIds, bytes: Uint8Array, at: number): number {
  const prefix = (bytes[at]! << 8) | bytes[at + 1]!;
  let low = below[prefix]!;
  let high = below[prefix + 1]! - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    let order = 0;
    for (let i = 2; i < idBytes && order === 0; i += 1) order = ids[middle * idBytes + i]! - bytes[at + i]!;
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
