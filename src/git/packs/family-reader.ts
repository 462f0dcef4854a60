import { Inflater } from "../inflater.ts";
import { BlockFile } from "./block-file.ts";
import { readDeltaHead } from "./delta-head.ts";
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

/** What comes out of a family. */
export interface FamilyReceiver<Note> {
  /**
   * `content` stays where it is until all that is made of it was given out.
   *
   * @param base what was noted of the nearest of the objects that this one is made of, so that it was given out
   * @returns what is to be noted of this one
   */
  blob(number: number, content: Uint8Array, base: Note | null): Note | null;
  /** An object that could not be put together here: too large together with its bases, or corrupt. */
  unread(number: number): void;
}

/** A family whose members need more at once is left to git: a bound for the workbench. */
const MOST_MEMORY = 80 << 20;

/** A member on the way to the one being made: its content stays while its children need it. */
interface Frame<Note> extends Stretch {
  readonly number: number;
  readonly note: Note | null;
  /** The child that comes next; -1: none is left. */
  child: number;
}

/**
 * Expands the delta families of one pack, each object once, depth first: the workbench holds the
 * chain of bases that leads to the current object, end to end, and nothing else.
 */
export class FamilyReader {
  readonly plan: PackPlan;
  private readonly bench: Workbench;
  private readonly file: BlockFile;
  private delta = Buffer.allocUnsafe(1 << 16);
  private readonly inflater = new Inflater();

  constructor(plan: PackPlan, bench: Workbench) {
    this.plan = plan;
    this.bench = bench;
    this.file = new BlockFile(plan.path);
  }

  close(): void {
    this.file.close();
  }

  /** Pauses behind each object: a family may be thousands of versions of one file. */
  *expand<Note>(root: number, receiver: FamilyReceiver<Note>): Generator<void, void, undefined> {
    const { firstChild, nextSibling } = this.plan;
    const first = this.frame(root, null, receiver);
    yield;
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
      yield;
    }
  }

  /** Puts one object behind its base and gives it out; null when that failed, with all made of it. */
  private frame<Note>(
    number: number,
    base: Frame<Note> | null,
    receiver: FamilyReceiver<Note>,
  ): Frame<Note> | null {
    const { firstChild, flags } = this.plan;
    const start = base === null ? 0 : align(base.start + base.length);
    const length = base === null ? this.whole(number) : this.fromDelta(number, base, start);
    if (length < 0) {
      this.giveUp(number, receiver);
      return null;
    }
    let note = base === null ? null : base.note;
    if ((flags[number]! & WANTED) !== 0) {
      note = receiver.blob(number, this.bench.reserve(start + length).subarray(start, start + length), note);
    }
    return { number, start, length, note, child: firstChild[number]! };
  }

  private whole(number: number): number {
    const size = this.plan.inflatedSizes[number]!;
    if (size > MOST_MEMORY) return -1;
    return this.inflate(number, this.bench.reserve(size + 1)) ? size : -1;
  }

  private fromDelta(number: number, base: Stretch, start: number): number {
    const deltaSize = this.plan.inflatedSizes[number]!;
    if (deltaSize > MOST_MEMORY) return -1;
    if (this.delta.length <= deltaSize) this.delta = Buffer.allocUnsafe(2 * deltaSize + 1);
    if (!this.inflate(number, this.delta)) return -1;
    const delta = this.delta.subarray(0, deltaSize);
    const head = readDeltaHead(delta);
    if (head === null) return -1;
    const { baseSize, size, at } = head;
    if (baseSize !== base.length || size > MOST_MEMORY) return -1;
    const rest = delta.length - at;
    const deltaStart = align(start + size);
    if (deltaStart + rest > MOST_MEMORY) return -1;
    this.bench.reserve(deltaStart + rest).set(delta.subarray(at), deltaStart);
    const stretch = { start: deltaStart, length: rest };
    return this.bench.applyDelta(base, stretch, { start, length: size }) ? size : -1;
  }

  /** Puts the record's data at the beginning of `output`; false when it is corrupt. */
  private inflate(number: number, output: Uint8Array): boolean {
    const { offsets, headerLengths, inflatedSizes } = this.plan;
    const from = offsets[number]! + headerLengths[number]!;
    const length = offsets[number + 1]! - from;
    if (length > MOST_MEMORY) return false;
    const packed = this.file.read(from, length);
    return packed !== null && this.inflater.inflate(packed, output, inflatedSizes[number]!);
  }

  private giveUp(number: number, receiver: FamilyReceiver<unknown>): void {
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

function align(place: number): number {
  return (place + 15) & ~15;
}
