/**
 * Object ids numbered in the order in which they come, 20 or 32 bytes each and no string for any.
 * `slots` is an open hash table of 1 + number, at most half full; ids are hashes already, so their
 * first four bytes are one too.
 */
export class IdTable {
  readonly idBytes: number;
  size = 0;
  private ids: Uint8Array;
  private slots = new Int32Array(1 << 12);

  constructor(idBytes: number) {
    this.idBytes = idBytes;
    this.ids = new Uint8Array(idBytes << 10);
  }

  /** The number of the id at `bytes[at]`, which is given one when it is new. */
  add(bytes: Uint8Array, at: number): number {
    const slot = this.slotOf(bytes, at);
    const known = this.slots[slot]!;
    if (known !== 0) return known - 1;
    const number = this.append(bytes, at);
    this.slots[slot] = number + 1;
    if (2 * this.size > this.slots.length) this.rehash();
    return number;
  }

  /** The number of an id, or -1. */
  find(bytes: Uint8Array, at: number): number {
    return this.slots[this.slotOf(bytes, at)]! - 1;
  }

  hex(number: number): string {
    const from = number * this.idBytes;
    return Buffer.from(this.ids.buffer, from, this.idBytes).toString("hex");
  }

  /** In hexadecimal, the ids that `other` has not. */
  *absentFrom(other: { has(bytes: Uint8Array, at: number): boolean }): Generator<string> {
    for (let number = 0; number < this.size; number += 1) {
      if (!other.has(this.ids, number * this.idBytes)) yield this.hex(number);
    }
  }

  private append(bytes: Uint8Array, at: number): number {
    const end = (this.size + 1) * this.idBytes;
    if (end > this.ids.length) {
      const grown = new Uint8Array(2 * this.ids.length);
      grown.set(this.ids);
      this.ids = grown;
    }
    for (let i = 0; i < this.idBytes; i += 1) this.ids[end - this.idBytes + i] = bytes[at + i]!;
    this.size += 1;
    return this.size - 1;
  }

  private slotOf(bytes: Uint8Array, at: number): number {
    const mask = this.slots.length - 1;
    let slot = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) & mask;
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

  private rehash(): void {
    this.slots = new Int32Array(2 * this.slots.length);
    for (let number = 0; number < this.size; number += 1) {
      this.slots[this.slotOf(this.ids, number * this.idBytes)] = number + 1;
    }
  }
}
