/** Whole numbers of 32 bits that become more. */
export class Ints {
  data = new Int32Array(1 << 10);
  length = 0;

  /** Makes room for so many more. */
  reserve(count: number): void {
    if (this.length + count <= this.data.length) return;
    const larger = new Int32Array(this.length + count);
    larger.set(this.data.subarray(0, this.length));
    this.data = larger;
  }

  push(value: number): void {
    // By half: of the largest histories every further megabyte counts.
    if (this.length === this.data.length) this.reserve(this.data.length >> 1);
    this.data[this.length] = value;
    this.length += 1;
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.data.buffer, 0, 4 * this.length);
  }

  set(bytes: Uint8Array): void {
    this.length = bytes.length >> 2;
    this.data = new Int32Array(Math.max(1 << 10, this.length));
    new Uint8Array(this.data.buffer).set(bytes.subarray(0, 4 * this.length));
  }
}
