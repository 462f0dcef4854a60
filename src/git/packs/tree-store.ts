import { Inflater } from "../inflater.ts";
import { BlockFile } from "./block-file.ts";
import { readDeltaHead } from "./delta-head.ts";
import { findId } from "./pack-index.ts";
import type { PackPlan } from "./pack-plan.ts";

/** A place in a memory. */
export interface Stretch {
  readonly start: number;
  readonly length: number;
}

/** Memory in which trees are put together and compared. */
export interface TreeMemory {
  /** All of it: stretches are places in it. */
  readonly bytes: Uint8Array;
  /** Where trees may be put. */
  readonly room: Stretch;
  /** Where a delta is put before it is applied. */
  readonly scratch: Stretch;
  /** Makes an object from its base and a delta without its two sizes. Gives false when the delta is corrupt. */
  applyDelta(base: Stretch, delta: Stretch, target: Stretch): boolean;
  /**
   * The entries of a tree that none of the others has with the same mode and id, in their order: for each the place of the
   * entry, the place of its id, and for each of the others the place of the id of its folder of that name, or 0.
   *
   * @returns void with the next call; null when a tree is corrupt or there is no room
   */
  newEntries(tree: Stretch, others: readonly Stretch[], idBytes: number): Uint32Array | null;
}

/** Trees without entries, which no pack needs to hold. */
const EMPTY = [
  "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
  "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
].map((id) => Buffer.from(id, "hex"));
/** The number of a tree without entries. */
const NOTHING = -2;

/** A pack that is read. */
interface OpenPack {
  readonly plan: PackPlan;
  readonly file: BlockFile;
  /** Objects of all packs have one row of numbers; the first of this pack's. */
  readonly first: number;
}

/**
 * Trees of packs, as they are asked for. A history that is walked back in time asks for one version of a folder after the other,
 * and a pack stores the older one as a delta of the newer: what was made stays a while, because the next is made of it.
 *
 * The memory has two halves. Trees are put into one; when that is full the other is emptied and takes its place. A tree that is asked for
 * while it lies in the older half is copied to the newer.
 */
export class TreeStore {
  private readonly memory: TreeMemory;
  /** Bytes of each half of the memory. */
  private readonly half: number;
  /** A tree that is longer is left to git: some of them must fit in a half. */
  private readonly longest: number;
  private readonly packs: readonly OpenPack[];
  private readonly idBytes: number;
  private readonly inflater = new Inflater();
  private newer = new Places();
  private older = new Places();
  private start: number;
  private free: number;

  constructor(plans: readonly PackPlan[], idBytes: number, memory: TreeMemory) {
    this.memory = memory;
    this.half = memory.room.length >> 1;
    this.longest = this.half >> 3;
    let first = 0;
    this.packs = plans.map((plan) => {
      const open = { plan, file: new BlockFile(plan.path), first };
      first += plan.idPlaces.length;
      return open;
    });
    this.idBytes = idBytes;
    this.start = this.memory.room.start;
    this.free = this.start;
  }

  /** The number of the object with the id at `bytes[at]`; -1 when no pack has it. */
  numberOf(bytes: Uint8Array, at: number): number {
    for (const pack of this.packs) {
      const place = findId(pack.plan, bytes, at);
      if (place >= 0) return pack.first + pack.plan.numbers[place]!;
    }
    const id = bytes.subarray(at, at + this.idBytes);
    return EMPTY.some((empty) => empty.equals(id)) ? NOTHING : -1;
  }

  /** The trees of these numbers, in memory until the next call; null when one cannot be made here. */
  get(numbers: readonly number[]): Stretch[] | null {
    // Making one may take the place of another. Then most is made already, and the next time all of it stays.
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const trees: Stretch[] = [];
      for (const number of numbers) {
        const tree = this.tree(number);
        if (tree === null) return null;
        trees.push(tree);
      }
      if (numbers.every((number, i) => this.isStill(number, trees[i]!))) return trees;
    }
    return null;
  }

  close(): void {
    for (const { file } of this.packs) file.close();
  }

  private isStill(number: number, tree: Stretch): boolean {
    return (
      number === NOTHING || [this.newer, this.older].some((half) => half.find(number)?.start === tree.start)
    );
  }

  private tree(number: number): Stretch | null {
    if (number === NOTHING) return { start: this.memory.room.start, length: 0 };
    const known = this.known(number);
    if (known !== null) return known;
    const pack = this.packs.findLast(({ first }) => first <= number)!;
    const { bases } = pack.plan;
    const chain: number[] = [];
    let base: Stretch | null = null;
    for (let at = number - pack.first; at >= 0; at = bases[at]!) {
      // A broken pack may go round in circles.
      if (chain.length > bases.length) return null;
      if (chain.length > 0) base = this.known(pack.first + at);
      if (base !== null) break;
      chain.push(at);
    }
    for (let at = chain.pop(); at !== undefined; at = chain.pop()) {
      base = base === null ? this.whole(pack, at) : this.fromDelta(pack, at, base);
      if (base === null) return null;
      this.newer.add(pack.first + at, base);
    }
    return base;
  }

  /** A tree that is in memory; it is in the newer half then. */
  private known(number: number): Stretch | null {
    const tree = this.newer.find(number);
    if (tree !== null) return tree;
    const old = this.older.find(number);
    if (old === null) return null;
    const half = this.start;
    const copy = { start: this.allocate(old.length), length: old.length };
    // Its half was just emptied.
    if (this.start !== half) return null;
    this.memory.bytes.copyWithin(copy.start, old.start, old.start + old.length);
    this.newer.add(number, copy);
    return copy;
  }

  /** Room in the newer half. */
  private allocate(length: number): number {
    const { room } = this.memory;
    if (this.free + length > this.start + this.half) {
      [this.newer, this.older] = [this.older, this.newer];
      this.newer.clear();
      this.start = this.start === room.start ? room.start + this.half : room.start;
      this.free = this.start;
    }
    const start = this.free;
    this.free = (start + length + 15) & ~15;
    return start;
  }

  private whole(pack: OpenPack, number: number): Stretch | null {
    const length = pack.plan.inflatedSizes[number]!;
    if (length > this.longest) return null;
    const start = this.allocate(length + 1);
    return this.inflate(pack, number, start) ? { start, length } : null;
  }

  private fromDelta(pack: OpenPack, number: number, base: Stretch): Stretch | null {
    const { memory } = this;
    const deltaSize = pack.plan.inflatedSizes[number]!;
    if (deltaSize >= memory.scratch.length || !this.inflate(pack, number, memory.scratch.start)) return null;
    const head = readDeltaHead(memory.bytes.subarray(memory.scratch.start, memory.scratch.start + deltaSize));
    if (head === null || head.baseSize !== base.length || head.size > this.longest) return null;
    // The base stays where it is even when the halves are changed now, because it is in the newer one.
    const target = { start: this.allocate(head.size), length: head.size };
    const delta = { start: memory.scratch.start + head.at, length: deltaSize - head.at };
    return memory.applyDelta(base, delta, target) ? target : null;
  }

  private inflate({ plan, file }: OpenPack, number: number, to: number): boolean {
    const from = plan.offsets[number]! + plan.headerLengths[number]!;
    const packed = file.read(from, plan.offsets[number + 1]! - from);
    const size = plan.inflatedSizes[number]!;
    return (
      packed !== null && this.inflater.inflate(packed, this.memory.bytes.subarray(to, to + size + 1), size)
    );
  }
}

/**
 * Where the trees of one half are: a hash table in which a place is four numbers (1 + the tree's, start, length, nothing) and no
 * object, of which there would be millions, each alive just long enough to be kept by the collector.
 */
class Places {
  private slots = new Int32Array(4 << 12);
  private size = 0;

  find(number: number): Stretch | null {
    const { slots } = this;
    const slot = this.slotOf(number);
    return slots[slot] === 0 ? null : { start: slots[slot + 1]!, length: slots[slot + 2]! };
  }

  add(number: number, { start, length }: Stretch): void {
    const slot = this.slotOf(number);
    if (this.slots[slot] === 0) this.size += 1;
    this.slots[slot] = number + 1;
    this.slots[slot + 1] = start;
    this.slots[slot + 2] = length;
    if (8 * this.size > this.slots.length) this.grow();
  }

  clear(): void {
    this.slots.fill(0);
    this.size = 0;
  }

  /** Where the number is, or would be. */
  private slotOf(number: number): number {
    const { slots } = this;
    const mask = (slots.length >> 2) - 1;
    let slot = Math.imul(number, 0x9e3779b1) >>> 8;
    while (slots[4 * (slot & mask)] !== 0 && slots[4 * (slot & mask)] !== number + 1) slot += 1;
    return 4 * (slot & mask);
  }

  private grow(): void {
    const { slots } = this;
    this.slots = new Int32Array(2 * slots.length);
    this.size = 0;
    for (let at = 0; at < slots.length; at += 4) {
      if (slots[at] !== 0) this.add(slots[at]! - 1, { start: slots[at + 1]!, length: slots[at + 2]! });
    }
  }
}
