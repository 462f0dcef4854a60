import { IdTable } from "../git/id-table.ts";
import { type ChangeLog, SUBMODULE } from "./change-log.ts";

/** A place where history holds a blob: the commit that put it there, and the path (bytes as Latin-1). */
export interface Introduction {
  /** Null for what a tag names without a commit. */
  readonly commit: string | null;
  /** Commits are numbered as they are walked, newest first: the higher, the older; -1 without a commit. */
  readonly age: number;
  readonly path: string;
}

const NO_COMMIT = -1;

/**
 * Where each blob came in: what a walk over the commits learned. A history has many more blobs than
 * findings, so nothing here is an object or a string for each blob: an entry is four numbers in
 * `entries`, and those of one blob are chained. Blobs and paths have the numbers of the log.
 */
export class HistoryIndex {
  readonly submodules = new Set<string>();
  /** Commits that a walk should have begun at, and that are not there. */
  readonly missing = new Set<string>();
  /** How many blobs were reached. */
  size = 0;
  private readonly log: ChangeLog;
  /** Numbers of the commits as they were walked. */
  private readonly walked: number[] = [];
  /** Blob -> its first entry; -1 when it was not reached. */
  private heads: Int32Array<ArrayBuffer>;
  /** blob, path, age, next entry; -1 behind the last */
  private entries: Int32Array<ArrayBuffer>;
  private length = 0;

  constructor(log: ChangeLog) {
    this.log = log;
    // As much as there can be, but for what tags hold: it is not touched before it is used.
    this.heads = new Int32Array(log.blobs.size + 1).fill(-1);
    this.entries = new Int32Array(4 * (log.changeCount + 1));
  }

  get commits(): number {
    return this.walked.length;
  }

  /** Notes commits in the order of the walk; not those whose changes it did not tell, because it was interrupted. */
  addCommits(numbers: Iterable<number>): void {
    const { walked, log } = this;
    let age = walked.length;
    const visit = (blob: number, path: number) => {
      if (blob === SUBMODULE) this.submodules.add(log.pathOf(path));
      else this.add(blob, path, age);
    };
    for (const number of numbers) {
      if (!log.knows(number)) continue;
      walked.push(number);
      log.visitChanges(number, visit);
      age += 1;
    }
  }

  /** Notes a blob that a tag holds without a commit. */
  addTagged(id: string, path: string): void {
    this.add(this.log.blobs.add(Buffer.from(id, "hex"), 0), this.log.pathNumber(path), NO_COMMIT);
  }

  private add(blob: number, path: number, age: number): void {
    while (blob >= this.heads.length) this.heads = grown(this.heads);
    const { entries } = this;
    let last = -1;
    for (let entry = this.heads[blob]!; entry >= 0; entry = entries[4 * entry + 3]!) {
      // The walk goes back in time: the same place again is an older introduction, and replaces it.
      if (entries[4 * entry + 1] === path) {
        entries[4 * entry + 2] = age;
        return;
      }
      last = entry;
    }
    const at = 4 * this.length;
    if (at === entries.length) this.entries = grown(entries);
    this.entries[at] = blob;
    this.entries[at + 1] = path;
    this.entries[at + 2] = age;
    this.entries[at + 3] = -1;
    if (last < 0) {
      this.heads[blob] = this.length;
      this.size += 1;
    } else this.entries[4 * last + 3] = this.length;
    this.length += 1;
  }

  has(blob: string): boolean {
    return this.firstEntry(blob) >= 0;
  }

  private firstEntry(blob: string): number {
    const number = this.log.blobs.find(Buffer.from(blob, "hex"), 0);
    return number < 0 || number >= this.heads.length ? -1 : this.heads[number]!;
  }

  /** The places of a blob; none when no walked commit holds it. */
  introductions(blob: string): Introduction[] {
    const found: Introduction[] = [];
    for (let entry = this.firstEntry(blob); entry >= 0; entry = this.entries[4 * entry + 3]!) {
      const age = this.entries[4 * entry + 2]!;
      found.push({
        commit: age === NO_COMMIT ? null : this.log.commits.hex(this.walked[age]!),
        age,
        path: this.log.pathOf(this.entries[4 * entry + 1]!),
      });
    }
    return found;
  }

  /** Every blob that stood at a path of which `telling` says yes, with that path. The path has a number in the log. */
  blobsAt(telling: (path: string, number: number) => boolean): { blob: string; path: string }[] {
    const { log, entries } = this;
    const found: { blob: string; path: string }[] = [];
    const chosen = new Uint8Array(log.pathCount);
    for (let number = 0; number < chosen.length; number += 1)
      chosen[number] = telling(log.pathOf(number), number) ? 1 : 0;
    for (let at = 0; at < 4 * this.length; at += 4) {
      const number = entries[at + 1]!;
      if (chosen[number] === 0) continue;
      found.push({ blob: log.blobs.hex(entries[at]!), path: log.pathOf(number) });
    }
    return found;
  }

  /** Tells the numbers of the blobs that were reached. */
  visitBlobs(visit: (number: number) => void): void {
    const count = Math.min(this.log.blobs.size, this.heads.length);
    for (let number = 0; number < count; number += 1) if (this.heads[number]! >= 0) visit(number);
  }

  /** The blobs that were reached, but for those of which `isLeft` says yes. Their ids are the log's, as are their numbers. */
  blobsWithout(isLeft: (number: number, ids: Uint8Array, at: number) => boolean): IdTable {
    const { idBytes, packed: ids } = this.log.blobs;
    const rest = new IdTable(idBytes);
    this.visitBlobs((number) => {
      const at = number * idBytes;
      if (!isLeft(number, ids, at)) rest.add(ids, at);
    });
    return rest;
  }
}

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length).fill(-1);
  larger.set(array);
  return larger;
}
