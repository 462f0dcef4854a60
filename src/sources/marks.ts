/** Numbers from 0 that are marked, a byte for each. */
export class Marks {
  /** How many are marked. */
  size = 0;
  private marks: Uint8Array;

  /** @param bytes as another's `bytes` */
  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.marks = bytes;
    for (const mark of bytes) this.size += mark;
  }

  has(number: number): boolean {
    return this.marks[number] === 1;
  }

  add(number: number): void {
    if (number >= this.marks.length) {
      const larger = new Uint8Array(Math.max(2 * this.marks.length, number + 1));
      larger.set(this.marks);
      this.marks = larger;
    }
    this.size += 1 - this.marks[number]!;
    this.marks[number] = 1;
  }

  get bytes(): Uint8Array {
    return this.marks;
  }
}
