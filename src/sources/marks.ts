/** Numbers from 0 that are marked, a byte for each. */
export class Marks {
  /** Whether some were marked since it was made. */
  hasGrown = false;
  private marks: Uint8Array;

  /** @param bytes another's */
  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.marks = bytes;
  }

  get isEmpty(): boolean {
    return this.marks.length === 0;
  }

  has(number: number): boolean {
    return this.marks[number] === 1;
  }

  add(number: number): void {
    if (this.marks[number] === 1) return;
    if (number >= this.marks.length) {
      const larger = new Uint8Array(Math.max(2 * this.marks.length, number + 1));
      larger.set(this.marks);
      this.marks = larger;
    }
    this.marks[number] = 1;
    this.hasGrown = true;
  }

  get bytes(): Uint8Array {
    return this.marks;
  }
}
