import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { shared } from "../shared-array.ts";
import { findId, readPackIndex, type SortedIds, UnreadablePack } from "./pack-index.ts";

/**
 * The delta families of a pack: each object that is stored whole, with all that are made of it.
 * Objects are numbered by their place in the pack. Every array is in shared memory, so that threads
 * can be handed the whole plan.
 */
export interface PackPlan extends SortedIds {
  readonly path: string;
  /** Object number -> place in `ids`. */
  readonly idPlaces: Uint32Array;
  /** Place in `ids` -> object number. */
  readonly numbers: Uint32Array;
  /** Where each object's record begins; one more entry for where the last one ends. In a pack of 4 GiB and more: as floats. */
  readonly offsets: Offsets;
  /** Bytes of each record ahead of its compressed data. */
  readonly headerLengths: Uint8Array;
  /** Bytes of the data when it is inflated: the object, or the delta that makes it. 4 GiB and more are `TOO_LARGE`. */
  readonly inflatedSizes: Uint32Array;
  /** Number of the object that a delta is made of; -1 for objects stored whole. */
  readonly bases: Int32Array;
  readonly firstChild: Int32Array;
  readonly nextSibling: Int32Array;
  /** WANTED and LEADS of each object. */
  readonly flags: Uint8Array;
  /** Stored-whole objects that lead to something wanted, ascending. */
  readonly roots: Uint32Array;
  /** Numbers of the commits, ascending; none of a cruft pack, which holds what nothing reached. */
  readonly commits: Uint32Array;
}

type Offsets = Uint32Array | Float64Array;

/** More than is ever put together here. */
const TOO_LARGE = 0xffffffff;

/** The object is a blob that is to be given. */
export const WANTED = 1;
/** The object or one that is made of it is wanted. */
export const LEADS = 2;

const COMMIT = 1;
const BLOB = 3;
const OFS_DELTA = 6;
const REF_DELTA = 7;
/** A record's header: at most 10 bytes of size, then 10 of offset or an id of 32. */
const LONGEST_HEADER = 42;
const BLOCK = 1 << 16;

/** What the records of a pack say before their data. */
interface Records {
  readonly types: Uint8Array;
  readonly bases: Int32Array;
}

/**
 * Plans the expansion of all wanted blobs of a pack.
 *
 * @param wanted asked for the blobs only; `place` is the id's place in `ids`
 * @throws {UnreadablePack} when the pack is not of a kind that is read here
 */
export function planPack(
  path: string,
  idBytes: number,
  wanted: (ids: Uint8Array, place: number) => boolean,
): PackPlan {
  const index = readPackIndex(path.replace(/\.pack$/, ".idx"), idBytes);
  const { count, ids, below } = index;
  const fd = openSync(path, "r");
  try {
    const { size } = fstatSync(fd);
    if (index.offsets.some((offset) => offset >= size - idBytes))
      throw new UnreadablePack("the index names a place behind the pack's end");
    const offsets: Offsets = shared<Offsets>(size < 2 ** 32 ? Uint32Array : Float64Array, count + 1);
    offsets.set(index.offsets);
    offsets[count] = size - idBytes;
    offsets.sort();
    const table = new OffsetTable(offsets, count);
    const idPlaces = shared(Uint32Array, count);
    const numbers = shared(Uint32Array, count);
    for (let place = 0; place < count; place += 1) {
      const number = table.at(index.offsets[place]!);
      idPlaces[number] = place;
      numbers[place] = number;
    }
    const headerLengths = shared(Uint8Array, count);
    const inflatedSizes = shared(Uint32Array, count);
    const numberOfId = (id: Uint8Array, at: number): number => {
      const place = findId(index, id, at);
      return place < 0 ? -1 : numbers[place]!;
    };
    const records = readRecords(fd, idBytes, offsets, headerLengths, inflatedSizes, table, numberOfId);
    const flags = shared(Uint8Array, count);
    const kinds = kindsOf(records);
    markWanted(records, kinds, flags, (number) => wanted(ids, idPlaces[number]!));
    const { firstChild, nextSibling, roots } = familiesOf(records, flags);
    return {
      ...{ path, idBytes, ids, below, idPlaces, numbers, offsets, headerLengths, inflatedSizes },
      ...{ bases: records.bases, firstChild, nextSibling, flags, roots },
      commits: existsSync(path.replace(/\.pack$/, ".mtimes"))
        ? shared(Uint32Array, 0)
        : numbersOf(kinds, COMMIT),
    };
  } finally {
    closeSync(fd);
  }
}

export function idOf(plan: PackPlan, number: number): string {
  const from = plan.idPlaces[number]! * plan.idBytes;
  return Buffer.from(plan.ids.slice(from, from + plan.idBytes)).toString("hex");
}

/**
 * Reads the header of every record, in pack order:
 *
 *     1 bit more, 3 bits type, 4 bits size; then while more: 1 bit more, 7 bits of size, low ones first
 *     OFS_DELTA: how far back the base begins: 1 bit more, 7 bits, high ones first, each further byte plus one
 *     REF_DELTA: the base's id
 */
function readRecords(
  fd: number,
  idBytes: number,
  offsets: Offsets,
  headerLengths: Uint8Array,
  inflatedSizes: Uint32Array,
  numbers: OffsetTable,
  numberOfId: (id: Uint8Array, at: number) => number,
): Records {
  const count = offsets.length - 1;
  const types = new Uint8Array(count);
  const bases = shared(Int32Array, count).fill(-1);
  const block = Buffer.allocUnsafe(BLOCK);
  let blockStart = 0;
  let blockEnd = 0;
  for (let number = 0; number < count; number += 1) {
    const offset = offsets[number]!;
    if (offset + LONGEST_HEADER > blockEnd) {
      blockStart = offset;
      blockEnd = offset + readSync(fd, block, 0, BLOCK, offset);
    }
    const from = offset - blockStart;
    let at = from;
    let byte = block[at++]!;
    const type = (byte >> 4) & 7;
    let size = byte & 15;
    for (let unit = 16; byte >= 0x80; unit *= 128) {
      byte = block[at++]!;
      size += (byte & 0x7f) * unit;
    }
    if (type === OFS_DELTA) {
      byte = block[at++]!;
      let back = byte & 0x7f;
      while (byte >= 0x80) {
        byte = block[at++]!;
        back = (back + 1) * 128 + (byte & 0x7f);
      }
      bases[number] = numbers.at(offset - back);
    } else if (type === REF_DELTA) {
      bases[number] = numberOfId(block, at);
      at += idBytes;
    }
    if (at - from > LONGEST_HEADER || blockStart + at > blockEnd || type === 0 || type === 5) {
      throw new UnreadablePack(`the record at ${offset} cannot be read`);
    }
    if ((type === OFS_DELTA || type === REF_DELTA) && bases[number]! < 0) {
      throw new UnreadablePack(`the record at ${offset} is made of an object that is not in the pack`);
    }
    types[number] = type;
    headerLengths[number] = at - from;
    inflatedSizes[number] = Math.min(size, TOO_LARGE);
  }
  return { types, bases };
}

/** Tells what each object is: a delta is what its family's first member is. */
function kindsOf({ types, bases }: Records): Uint8Array {
  const kinds = new Uint8Array(types.length);
  const chain: number[] = [];
  for (let number = 0; number < types.length; number += 1) {
    let at = number;
    // A base may stand behind its delta (REF_DELTA), and a broken pack may go round in circles.
    while (kinds[at] === 0 && bases[at]! >= 0 && chain.length <= types.length) {
      chain.push(at);
      at = bases[at]!;
    }
    if (chain.length > types.length) throw new UnreadablePack("its deltas go round in a circle");
    const kind = kinds[at] || types[at]!;
    kinds[at] = kind;
    while (chain.length > 0) kinds[chain.pop()!] = kind;
  }
  return kinds;
}

function numbersOf(kinds: Uint8Array, wanted: number): Uint32Array {
  let count = 0;
  for (const kind of kinds) if (kind === wanted) count += 1;
  const numbers = shared(Uint32Array, count);
  for (let number = 0, at = 0; at < count; number += 1) if (kinds[number] === wanted) numbers[at++] = number;
  return numbers;
}

/** Sets the flags: of what is wanted, and of all that leads to it. */
function markWanted(
  { types, bases }: Records,
  kinds: Uint8Array,
  flags: Uint8Array,
  wanted: (number: number) => boolean,
): void {
  for (let number = 0; number < types.length; number += 1) {
    if (kinds[number] !== BLOB || !wanted(number)) continue;
    flags[number]! |= WANTED;
    for (let at = number; at >= 0 && (flags[at]! & LEADS) === 0; at = bases[at]!) flags[at]! |= LEADS;
  }
}

function familiesOf(
  { bases }: Records,
  flags: Uint8Array,
): Pick<PackPlan, "firstChild" | "nextSibling" | "roots"> {
  const count = bases.length;
  const firstChild = shared(Int32Array, count).fill(-1);
  const nextSibling = shared(Int32Array, count).fill(-1);
  const roots: number[] = [];
  for (let number = count - 1; number >= 0; number -= 1) {
    if ((flags[number]! & LEADS) === 0) continue;
    const base = bases[number]!;
    if (base < 0) {
      roots.push(number);
    } else {
      nextSibling[number] = firstChild[base]!;
      firstChild[base] = number;
    }
  }
  const ascending = shared(Uint32Array, roots.length);
  ascending.set(roots.reverse());
  return { firstChild, nextSibling, roots: ascending };
}

/** Finds the number of the object that begins at an offset, by hashing with open addressing. */
class OffsetTable {
  private readonly offsets: Offsets;
  private readonly slots: Int32Array;
  private readonly mask: number;
  private readonly shift: number;

  constructor(offsets: Offsets, count: number) {
    this.offsets = offsets;
    const bits = Math.ceil(Math.log2(2 * count + 2));
    this.mask = 2 ** bits - 1;
    this.shift = 32 - bits;
    this.slots = new Int32Array(this.mask + 1).fill(-1);
    for (let number = 0; number < count; number += 1) this.slots[this.slotOf(offsets[number]!)] = number;
  }

  /** @returns -1 when none begins there */
  at(offset: number): number {
    return this.slots[this.slotOf(offset)]!;
  }

  /** The slot of the offset, or the empty one where it would be. */
  private slotOf(offset: number): number {
    const { offsets, slots, mask } = this;
    // Fibonacci hashing of the low 32 bits: its high bits are the mixed ones.
    let slot = Math.imul(offset, 0x9e3779b1) >>> this.shift;
    while (slots[slot]! >= 0 && offsets[slots[slot]!] !== offset) slot = (slot + 1) & mask;
    return slot;
  }
}
