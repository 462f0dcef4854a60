import { closeSync, openSync, readSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { LEADS, type PackPlan, WANTED } from "./pack-plan.ts";

/** A place in the memory of a workbench. */
interface Stretch {
  readonly start: number;
  readonly length: number;
}

/** Memory in which objects are put together, and the way to do it. Places are offsets in it. */
export interface Workbench {
  /** At least `bytes` of it. Growing keeps what it holds and voids the views given before. */
  reserve(bytes: number): Uint8Array;
  /** @returns false when the delta does not fit */
  applyDelta(base: Stretch, delta: Stretch, target: Stretch): boolean;
}

/** What an object shares with its base. */
export interface Inheritance<Known> {
  /** What was learnt of the base. */
  readonly known: Known;
  /**
   * Pairs of offsets, ascending: what lies between them is new, everything else stands in the base
   * as well. An empty stretch is a seam, where pieces meet that are apart in the base.
   */
  readonly changes: readonly number[];
}

/** What comes out of a family. `Known` is what the receiver learns of an object for those made of it. */
export interface FamilyReceiver<Known> {
  /** `content` is valid until `blob` returns; `base` is null for a whole object, or when nothing is known. */
  blob(number: number, content: Uint8Array, base: Inheritance<Known> | null): Known;
  /** An object that could not be put together here: too large together with its bases, or corrupt. */
  unread(number: number): void;
}

/** A family whose members need more at once is left to git: a bound for the workbench. */
const MOST_MEMORY = 80 << 20;

/** A member on the way to the one being made: its content stays while its children need it. */
interface Frame<Known> extends Stretch {
  readonly number: number;
  /** Null when the object was not given out. */
  readonly known: Known | null;
  /** The child that comes next; -1: none is left. */
  child: number;
}

/**
 * Expands the delta families of one pack, each object once, depth first: the workbench holds the
 * chain of bases that leads to the current object, end to end, and nothing else.
 */
export class FamilyReader<Known> {
  private readonly plan: PackPlan;
  private readonly bench: Workbench;
  private readonly fd: number;
  private packed = Buffer.allocUnsafe(1 << 16);
  /** Of the delta that was applied last. */
  private changes: number[] = [];

  constructor(plan: PackPlan, bench: Workbench) {
    this.plan = plan;
    this.bench = bench;
    this.fd = openSync(plan.path, "r");
  }

  close(): void {
    closeSync(this.fd);
  }

  expand(root: number, receiver: FamilyReceiver<Known>): void {
    const { firstChild, nextSibling } = this.plan;
    const first = this.frame(root, null, receiver);
    if (first === null) return;
    const frames = [first];
    while (frames.length > 0) {
      const top = frames[frames.length - 1]!;
      if (top.child < 0) {
        frames.pop();
        continue;
      }
      const number = top.child;
      top.child = nextSibling[number]!;
      const frame = this.frame(number, top, receiver);
      if (frame !== null && firstChild[number]! >= 0) frames.push(frame);
    }
  }

  /** Puts one object behind its base and gives it out; null when that failed, with all made of it. */
  private frame(
    number: number,
    base: Frame<Known> | null,
    receiver: FamilyReceiver<Known>,
  ): Frame<Known> | null {
    const { firstChild, flags } = this.plan;
    const start = base === null ? 0 : align(base.start + base.length);
    this.changes = [];
    const length = base === null ? this.whole(number) : this.fromDelta(number, base, start);
    if (length < 0) {
      this.giveUp(number, receiver);
      return null;
    }
    let known: Known | null = null;
    if ((flags[number]! & WANTED) !== 0) {
      const content = this.bench.reserve(start + length).subarray(start, start + length);
      const of = base?.known ?? null;
      known = receiver.blob(number, content, of === null ? null : { known: of, changes: this.changes });
    }
    return { number, start, length, known, child: firstChild[number]! };
  }

  private whole(number: number): number {
    const size = this.plan.inflatedSizes[number]!;
    if (size > MOST_MEMORY) return -1;
    const content = this.inflate(number);
    if (content === null) return -1;
    this.bench.reserve(size).set(content);
    return size;
  }

  /**
   * An inflated delta is the size of its base, the size of its result (7 bits a byte, low ones
   * first, the top bit set while more follow), and instructions.
   */
  private fromDelta(number: number, base: Stretch, start: number): number {
    const delta = this.inflate(number);
    if (delta === null) return -1;
    let at = 0;
    const sizes: number[] = [];
    while (sizes.length < 2) {
      let size = 0;
      for (let unit = 1; ; unit *= 128) {
        const byte = delta[at++];
        if (byte === undefined) return -1;
        size += (byte & 0x7f) * unit;
        if (byte < 0x80) break;
      }
      sizes.push(size);
    }
    const [baseSize, size] = sizes as [number, number];
    const rest = delta.length - at;
    const deltaStart = align(start + size);
    if (baseSize !== base.length || deltaStart + rest > MOST_MEMORY) return -1;
    this.bench.reserve(deltaStart + rest).set(delta.subarray(at), deltaStart);
    const stretch = { start: deltaStart, length: rest };
    if (!this.bench.applyDelta(base, stretch, { start, length: size })) return -1;
    this.changes = changesOf(delta, at, base.length, size);
    return size;
  }

  /** The record's data, or null when it is corrupt. */
  private inflate(number: number): Buffer | null {
    const { offsets, headerLengths, inflatedSizes } = this.plan;
    const from = offsets[number]! + headerLengths[number]!;
    const length = offsets[number + 1]! - from;
    const size = inflatedSizes[number]!;
    if (length > MOST_MEMORY || size > MOST_MEMORY) return null;
    if (length > this.packed.length) this.packed = Buffer.allocUnsafe(2 * length);
    let filled = 0;
    while (filled < length) {
      const read = readSync(this.fd, this.packed, filled, length - filled, from + filled);
      if (read === 0) return null;
      filled += read;
    }
    try {
      // One byte more than is expected: zlib then ends in one step, and too long a result shows.
      const data = inflateSync(this.packed.subarray(0, length), { chunkSize: Math.max(64, size + 1) });
      return data.length === size ? data : null;
    } catch {
      return null;
    }
  }

  private giveUp(number: number, receiver: FamilyReceiver<Known>): void {
    const { flags, firstChild, nextSibling } = this.plan;
    const left = [number];
    while (left.length > 0) {
      const next = left.pop()!;
      if ((flags[next]! & LEADS) === 0) continue;
      if ((flags[next]! & WANTED) !== 0) receiver.unread(next);
      for (let child = firstChild[next]!; child >= 0; child = nextSibling[child]!) left.push(child);
    }
  }
}

/**
 * What a delta that was applied makes new (`kernel/assembly/delta.ts` describes its instructions), as
 * in `Inheritance`. Copies are cut at 64 KB: those that go on in the base leave no seam.
 */
function changesOf(delta: Uint8Array, from: number, baseLength: number, length: number): number[] {
  const changes: number[] = [];
  /** End of the last copy, in the target and in the base; before the first as if base and target began together. */
  let out = 0;
  let copied = 0;
  let baseAt = 0;
  for (let at = from; at < delta.length; ) {
    const op = delta[at++]!;
    if ((op & 0x80) === 0) {
      at += op;
      out += op;
      continue;
    }
    let offset = 0;
    let size = 0;
    for (let i = 0; i < 4; i += 1) if ((op >> i) & 1) offset += delta[at++]! * 2 ** (8 * i);
    for (let i = 0; i < 3; i += 1) if ((op >> (4 + i)) & 1) size += delta[at++]! * 2 ** (8 * i);
    if (size === 0) size = 0x10000;
    if (out > copied || offset !== baseAt) changes.push(copied, out);
    out += size;
    copied = out;
    baseAt = offset + size;
  }
  if (copied < length || baseAt !== baseLength) changes.push(copied, length);
  return changes;
}

function align(place: number): number {
  return (place + 15) & ~15;
}
