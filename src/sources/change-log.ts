import { IdTable } from "../git/id-table.ts";
import { Ints } from "../git/ints.ts";

/** The number of what is no blob. */
export const SUBMODULE = -1;
/** How many parts a log is kept in. */
export const LOG_PARTS = 5;

/**
 * Which files commits changed, as far as that was asked. A commit never changes, so this stays true whatever becomes of
 * branches; it is what a second look at a history need not ask for again.
 *
 * Nothing here is an object or a string for each commit or file: `changes` holds pairs of a blob's and a path's number
 * (a submodule has no blob), those of one commit side by side.
 */
export class ChangeLog {
  readonly commits: IdTable;
  readonly blobs: IdTable;
  private readonly paths = new Map<string, number>();
  private names: string[] = [];
  /** Where each commit's changes begin; they end where the next one's begin. */
  private readonly starts = new Ints();
  private readonly changes = new Ints();

  constructor(idBytes: number) {
    this.commits = new IdTable(idBytes);
    this.blobs = new IdTable(idBytes);
  }

  /** Forgets all, but keeps its memory. */
  clear(): void {
    this.commits.clear();
    this.blobs.clear();
    this.paths.clear();
    this.names = [];
    this.starts.length = 0;
    this.changes.length = 0;
  }

  /** Changes of all commits together. */
  get changeCount(): number {
    return this.changes.length / 2;
  }

  /** Notes the commit with the id at `bytes[at]`, which was not known. The changes that follow are its. */
  addCommit(bytes: Uint8Array, at: number): void {
    this.commits.add(bytes, at);
    this.starts.push(this.changes.length);
  }

  /** @param bytes hold the blob's id at `at`; null: a submodule */
  addChange(bytes: Uint8Array | null, at: number, path: string): void {
    this.addNumbers(bytes === null ? SUBMODULE : this.blobNumber(bytes, at), this.pathNumber(path));
  }

  /** The same, by the numbers that `blobNumber` and `pathNumber` gave. */
  addNumbers(blob: number, path: number): void {
    this.changes.push(blob);
    this.changes.push(path);
  }

  blobNumber(bytes: Uint8Array, at: number): number {
    return this.blobs.add(bytes, at);
  }

  /** Tells the changes of a commit, by the numbers of blob and path; no blob: a submodule. */
  visitChanges(commit: number, visit: (blob: number | null, path: number) => void): void {
    const { data, length } = this.changes;
    const to = commit + 1 < this.starts.length ? this.starts.data[commit + 1]! : length;
    for (let i = this.starts.data[commit]!; i < to; i += 2)
      visit(data[i] === SUBMODULE ? null : data[i]!, data[i + 1]!);
  }

  get pathCount(): number {
    return this.paths.size;
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
      this.starts.bytes,
      this.changes.bytes,
      this.blobs.packed,
      Buffer.from([...this.paths.keys()].join("\0"), "latin1"),
    ];
  }

  /** Null when they are not what `parts` gave for ids of this length. */
  static fromParts(idBytes: number, parts: readonly Uint8Array[]): ChangeLog | null {
    const [commits, starts, changes, blobs, paths] = parts;
    if (parts.length !== LOG_PARTS) return null;
    const log = new ChangeLog(idBytes);
    log.commits.fill(commits!);
    log.starts.set(starts!);
    log.changes.set(changes!);
    log.blobs.fill(blobs!);
    if (log.starts.length !== log.commits.size) return null;
    for (const path of namesIn(paths!)) log.paths.set(path, log.paths.size);
    return log;
  }

  /** Makes room for what so many commits will bring, on the average: rows that grow are copied, and the copies linger. */
  reserve(commits: number): void {
    this.commits.reserve(commits);
    this.starts.reserve(commits);
    this.blobs.reserve(2 * commits);
    this.changes.reserve(2 * 4 * commits);
  }

  /** Takes what another log knows, by its parts; no commit may be known to both. */
  absorb([commits, starts, changes, blobs, paths]: readonly Uint8Array[]): void {
    const { idBytes } = this.commits;
    const before = this.changes.length;
    for (let at = 0; at < commits!.length; at += idBytes) this.commits.add(commits!, at);
    for (const start of wordsOf(starts!)) this.starts.push(before + start);
    const blobNumbers = new Int32Array(blobs!.length / idBytes);
    for (let i = 0; i < blobNumbers.length; i += 1) blobNumbers[i] = this.blobs.add(blobs!, i * idBytes);
    const pathNumbers = namesIn(paths!).map((path) => this.pathNumber(path));
    const pairs = wordsOf(changes!);
    for (let i = 0; i < pairs.length; i += 2) {
      const blob = pairs[i]!;
      this.addNumbers(blob === SUBMODULE ? blob : blobNumbers[blob]!, pathNumbers[pairs[i + 1]!]!);
    }
  }
}

function namesIn(paths: Uint8Array): string[] {
  const text = Buffer.from(paths.buffer, paths.byteOffset, paths.length).toString("latin1");
  return text === "" ? [] : text.split("\0");
}

function wordsOf(bytes: Uint8Array): Int32Array {
  const words = new Ints();
  words.set(bytes);
  return words.data.subarray(0, words.length);
}
