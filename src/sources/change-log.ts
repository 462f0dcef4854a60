import { IdTable } from "../git/id-table.ts";

/** What `rev-list` tells of a commit, and which files it changed. */
interface CommitEntry {
  readonly parents: readonly [from: number, to: number];
  readonly changes: readonly [from: number, to: number];
}

const UNKNOWN = -1;
/** Later than any clock that is right; what is beyond it does not fit. */
const LAST_DATE = 0x7fffffff;

/**
 * What commits are made of and what each of them changed, as far as that was asked. A commit never changes, so this
 * stays true whatever becomes of branches; it is what a second look at a history need not ask for again.
 *
 * Nothing here is an object or a string for each commit or file: `changes` holds pairs of a blob's and a path's number
 * (a submodule has no blob), those of one commit side by side.
 */
export class ChangeLog {
  readonly idBytes: number;
  readonly commits: IdTable;
  readonly blobs: IdTable;
  private readonly paths = new Map<string, number>();
  private names: string[] = [];
  private readonly dates = new Ints();
  /** Commit -> where its parents begin and end, and where its changes do; UNKNOWN until they are told. */
  private readonly places = new Ints();
  private readonly parents = new Ints();
  private readonly changes = new Ints();
  /** The commit whose changes are being told. */
  private current = UNKNOWN;

  constructor(idBytes: number) {
    this.idBytes = idBytes;
    this.commits = new IdTable(idBytes);
    this.blobs = new IdTable(idBytes);
  }

  /** Whether all is known of the commit `bytes[at]`. */
  has(bytes: Uint8Array, at: number): boolean {
    const number = this.commits.find(bytes, at);
    return number >= 0 && this.isKnown(number);
  }

  private isKnown(number: number): boolean {
    return this.places.data[4 * number + 1]! !== UNKNOWN && this.places.data[4 * number + 3]! !== UNKNOWN;
  }

  /** @param date in seconds @param ids of the commit and of its parents, behind one another */
  addCommit(date: number, ids: Uint8Array): void {
    const number = this.numberOf(ids, 0);
    const parents: number[] = [];
    for (let at = this.idBytes; at < ids.length; at += this.idBytes) parents.push(this.numberOf(ids, at));
    this.dates.data[number] = Math.min(date, LAST_DATE);
    this.places.data[4 * number] = this.parents.length;
    for (const parent of parents) this.parents.push(parent);
    this.places.data[4 * number + 1] = this.parents.length;
  }

  /** The changes that follow are those of this commit. */
  beginChanges(id: Uint8Array): void {
    this.current = this.numberOf(id, 0);
    this.places.data[4 * this.current + 2] = this.changes.length;
    this.places.data[4 * this.current + 3] = this.changes.length;
  }

  /** @param blob null: a submodule */
  addChange(blob: Uint8Array | null, path: string): void {
    this.changes.push(blob === null ? UNKNOWN : this.blobs.add(blob, 0));
    this.changes.push(this.pathNumber(path));
    this.places.data[4 * this.current + 3] = this.changes.length;
  }

  private numberOf(bytes: Uint8Array, at: number): number {
    const number = this.commits.add(bytes, at);
    while (this.places.length < 4 * this.commits.size) this.places.push(UNKNOWN);
    while (this.dates.length < this.commits.size) this.dates.push(0);
    return number;
  }

  private entry(number: number): CommitEntry {
    const [a, b, c, d] = this.places.data.subarray(4 * number, 4 * number + 4);
    return { parents: [a!, b!], changes: [c!, d!] };
  }

  /** Of the commits that are reached from `tip`, those without a parent, in hexadecimal. */
  rootsOf(tip: string): string[] {
    const roots = this.walk([tip]).filter((number) => {
      const [from, to] = this.entry(number).parents;
      return from === to;
    });
    return roots.map((number) => this.commits.hex(number));
  }

  /** Known commits that no known commit has as a parent, in hexadecimal: all others are reached from them. */
  tips(): string[] {
    const isParent = new Uint8Array(this.commits.size);
    for (let i = 0; i < this.parents.length; i += 1) isParent[this.parents.data[i]!] = 1;
    const tips: string[] = [];
    for (let number = 0; number < this.commits.size; number += 1)
      if (isParent[number] === 0 && this.isKnown(number)) tips.push(this.commits.hex(number));
    return tips;
  }

  /**
   * Numbers of the commits that are reached from `tips`, the newest first, as `git rev-list` has them: a commit is
   * never before one that it is a parent of, unless clocks were wrong.
   */
  walk(tips: readonly string[]): number[] {
    const seen = new Uint8Array(this.commits.size);
    const waiting = new NewestFirst(this.dates.data);
    const see = (number: number) => {
      if (number < 0 || seen[number] === 1 || !this.isKnown(number)) return;
      seen[number] = 1;
      waiting.push(number);
    };
    for (const tip of tips) see(this.commits.find(Buffer.from(tip, "hex"), 0));
    const order: number[] = [];
    for (let next = waiting.pop(); next !== null; next = waiting.pop()) {
      order.push(next);
      const [from, to] = this.entry(next).parents;
      for (let i = from; i < to; i += 1) see(this.parents.data[i]!);
    }
    return order;
  }

  /** Tells the changes of a commit, by the numbers of blob and path; no blob: a submodule. */
  visitChanges(number: number, visit: (blob: number | null, path: number) => void): void {
    const { data } = this.changes;
    const [from, to] = this.entry(number).changes;
    for (let i = from; i < to; i += 2) visit(data[i] === UNKNOWN ? null : data[i]!, data[i + 1]!);
  }

  pathNumber(path: string): number {
    let number = this.paths.get(path);
    if (number === undefined) {
      number = this.paths.size;
      this.paths.set(path, number);
    }
    return number;
  }

  pathOf(number: number): string {
    if (this.names.length !== this.paths.size) this.names = [...this.paths.keys()];
    return this.names[number]!;
  }

  /** As parts for a file; `fromParts` reads them. */
  parts(): Uint8Array[] {
    return [
      this.commits.packed,
      this.dates.bytes,
      this.places.bytes,
      this.parents.bytes,
      this.changes.bytes,
      this.blobs.packed,
      Buffer.from([...this.paths.keys()].join("\0"), "latin1"),
    ];
  }

  /** Null when they are not what `parts` gave for ids of this length. */
  static fromParts(idBytes: number, parts: readonly Uint8Array[]): ChangeLog | null {
    if (parts.length !== 7) return null;
    const log = new ChangeLog(idBytes);
    const [commits, dates, places, parents, changes, blobs, paths] = parts;
    log.commits.fill(commits!);
    log.blobs.fill(blobs!);
    log.dates.set(dates!);
    log.places.set(places!);
    log.parents.set(parents!);
    log.changes.set(changes!);
    if (log.places.length !== 4 * log.commits.size || log.dates.length !== log.commits.size) return null;
    const text = Buffer.from(paths!).toString("latin1");
    if (text !== "") for (const path of text.split("\0")) log.paths.set(path, log.paths.size);
    return log;
  }
}

/** Whole numbers that become more. */
class Ints {
  data = new Int32Array(1 << 10);
  length = 0;

  push(value: number): void {
    if (this.length === this.data.length) {
      const larger = new Int32Array(2 * this.data.length);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.length] = value;
    this.length += 1;
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.data.buffer, 0, 4 * this.length);
  }

  set(bytes: Uint8Array): void {
    // A copy of its own: what a file's bytes are a part of need not begin at a whole number.
    this.data = new Int32Array(new Uint8Array(bytes.subarray(0, bytes.length & ~3)).buffer);
    this.length = this.data.length;
    if (this.length === 0) this.data = new Int32Array(1 << 10);
  }
}

/** Gives the commit with the latest date, of several the one that came first. */
class NewestFirst {
  /** A binary heap: commit and the order in which it came, by turns. */
  private readonly heap: number[] = [];
  private readonly order: number[] = [];
  private came = 0;
  private readonly dates: Int32Array;

  constructor(dates: Int32Array) {
    this.dates = dates;
  }

  push(commit: number): void {
    const { heap, order } = this;
    let at = heap.length;
    heap.push(commit);
    order.push(this.came);
    this.came += 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.isBefore(at, above)) return;
      this.swap(at, above);
      at = above;
    }
  }

  pop(): number | null {
    const { heap, order } = this;
    if (heap.length === 0) return null;
    this.swap(0, heap.length - 1);
    const newest = heap.pop()!;
    order.pop();
    for (let at = 0; ; ) {
      let first = at;
      for (const below of [2 * at + 1, 2 * at + 2])
        if (below < heap.length && this.isBefore(below, first)) first = below;
      if (first === at) return newest;
      this.swap(at, first);
      at = first;
    }
  }

  private isBefore(a: number, b: number): boolean {
    const difference = this.dates[this.heap[a]!]! - this.dates[this.heap[b]!]!;
    return difference > 0 || (difference === 0 && this.order[a]! < this.order[b]!);
  }

  private swap(a: number, b: number): void {
    const { heap, order } = this;
    [heap[a], heap[b]] = [heap[b]!, heap[a]!];
    [order[a], order[b]] = [order[b]!, order[a]!];
  }
}
