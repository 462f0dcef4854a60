/** What a delta says ahead of its instructions. */
export interface DeltaHead {
  readonly baseSize: number;
  readonly size: number;
  /** Where the instructions begin. */
  readonly at: number;
}

/**
 * Reads the size of a delta's base and the size of its result: 7 bits a byte, low ones first, the top bit set while more
 * follow. Null when the delta ends in them.
 */
export function readDeltaHead(delta: Uint8Array): DeltaHead | null {
  let at = 0;
  const sizes: number[] = [];
  while (sizes.length < 2) {
    let size = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = delta[at++];
      if (byte === undefined) return null;
      size += (byte & 0x7f) * unit;
      if (byte < 0x80) break;
    }
    sizes.push(size);
  }
  return { baseSize: sizes[0]!, size: sizes[1]!, at };
}
