const LEAST_ROOM = 1 << 10;

/**
 * Object ids numbered in the order in which they come, 20 or 32 bytes each and no string for any.
 * `slots` is an open hash table of 1 + number, at most half full; ids are hashes already, so their
 * first four bytes are one too.
 */
export class IdTable {
  readonly idBytes: number;
  size = 0;
  private readonly isShared: boolean;
  private ids: Uint8Array;
  private slots: Int32Array;

  /**
   * @param room for so many ids nothing need be moved
   * @param isShared whether the ids are in shared memory
   */
  constructor(idBytes: number, room = LEAST_ROOM, isShared = false) {
    this.idBytes = idBytes;
    this.isShared = isShared;
    this.ids = this.rowOf(room);
    this.slots = new Int32Array(slotsFor(room));
  }

  private rowOf(count: number): Uint8Array {
    const bytes = count * this.idBytes;
    return this.isShared ? new Uint8Array(new SharedArrayBuffer(bytes)) : new Uint8Array(bytes);
  }

  /** The number of the id at `bytes[at]`, which is given one when it is new. */
  add(bytes: Uint8Array, at: number): number {
    const slot = this.slotOf(bytes, at);
    const known = this.slots[slot]!;
    if (known !== 0) return known - 1;
    const number = this.append(bytes, at);
    this.slots[slot] = number + 1;
    if (2 * this.size > this.slots.length) this.rehash(2 * this.slots.length);
    return number;
  }

  /** The number of an id, or -1. */
  find(bytes: Uint8Array, at: number): number {
    return this.slots[this.slotOf(bytes, at)]! - 1;
  }

  has(bytes: Uint8Array, at: number): boolean {
    return this.find(bytes, at) >= 0;
  }

  /**
   * Takes ids that stand behind one another, each once, as they are: nobody may change them. The table must be empty.
   *
   * @param slots as `parts` gave them with these ids
   */
  fill(bytes: Uint8Array, slots?: Uint8Array): void {
    this.size = Math.floor(bytes.length / this.idBytes);
    this.ids = bytes;
    const count = slotsFor(this.size);
    if (slots?.length !== 4 * count) this.rehash(count);
    else {
      this.slots = new Int32Array(count);
      new Uint8Array(this.slots.buffer).set(slots);
    }
  }

  /** For `fill`. */
  parts(): [ids: Uint8Array, slots: Uint8Array] {
    if (this.slots.length !== slotsFor(this.size)) this.rehash(slotsFor(this.size));
    return [this.packed, new Uint8Array(this.slots.buffer)];
  }

  clear(): void {
    this.size = 0;
    this.slots.fill(0);
  }

  /** All ids, behind one another; void when one is added. */
  get packed(): Uint8Array {
    return this.ids.subarray(0, this.size * this.idBytes);
  }

  hex(number: number): string {
    const from = number * this.idBytes;
    return Buffer.from(this.ids.buffer, this.ids.byteOffset + from, this.idBytes).toString("hex");
  }

  static of(idBytes: number, hex: readonly string[]): IdTable {
    const table = new IdTable(idBytes);
    for (const id of hex) table.add(Buffer.from(id, "hex"), 0);
    return table;
  }

  hexIds(): string[] {
    return Array.from({ length: this.size }, (_, number) => this.hex(number));
  }

  /** Makes room for so many ids in all. */
  reserve(count: number): void {
    if (count * this.idBytes <= this.ids.length) return;
    const larger = this.rowOf(count);
    larger.set(this.packed);
    this.ids = larger;
  }

  private append(bytes: Uint8Array, at: number): number {
    const end = (this.size + 1) * this.idBytes;
    // By half: of the largest histories every further megabyte counts.
    if (end > this.ids.length) this.reserve(Math.ceil(1.5 * this.size) + LEAST_ROOM);
    for (let i = 0; i < this.idBytes; i += 1) this.ids[end - this.idBytes + i] = bytes[at + i]!;
    this.size += 1;
    return this.size - 1;
  }

  private slotOf(bytes: Uint8Array, at: number): number {
    const mask = this.slots.length - 1;
    let slot = slotAt(bytes, at) & mask;
    for (;;) {
      const known = this.slots[slot]!;
      if (known === 0 || this.equal((known - 1) * this.idBytes, bytes, at)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private equal(from: number, bytes: Uint8Array, at: number): boolean {
    for (let i = 0; i < this.idBytes; i += 1) if (this.ids[from + i] !== bytes[at + i]) return false;
    return true;
  }

  private rehash(slots: number): void {
    this.slots = new Int32Array(slots);
    const { ids, idBytes } = this;
    for (let number = 0; number < this.size; number += 1) {
      // None is there twice, so a free slot is all that is looked for.
      let slot = slotAt(ids, number * idBytes) & (slots - 1);
      while (this.slots[slot] !== 0) slot = (slot + 1) & (slots - 1);
      this.slots[slot] = number + 1;
    }
  }
}

/** The power of two that keeps the table at most half full. */
function slotsFor(ids: number): number {
  let slots = 1 << 12;
  while (slots < 2 * ids) slots *= 2;
  return slots;
}

function slotAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
