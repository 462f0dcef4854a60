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
 * Nothing here is an object or a string for each commit or file: `records` holds, for each commit, how many changes it has, and
 * they, pairs of a blob's and a path's number (a submodule has no blob).
 */
export class ChangeLog {
  /** Commits have the numbers of this table, which others may fill as well. */
  readonly commits: IdTable;
  readonly blobs: IdTable;
  /** Where in `records` each commit's stands; 0: it was not noted. */
  private readonly places = new Ints();
  /** At 0 the number of commits. */
  private readonly records = new Ints();
  /** Where the record of the commit stands that changes are added to. */
  private last = 0;
  private names: string[] = [];
  /** Paths' numbers; null while none was asked for. */
  private numbers: Map<string, number> | null = null;

  constructor(commits: IdTable) {
    this.commits = commits;
    this.blobs = new IdTable(commits.idBytes);
    this.begin();
  }

  private begin(): void {
    this.records.length = 0;
    this.records.push(0);
  }

  /** Forgets all, the commits too, but keeps its memory. */
  clear(): void {
    this.commits.clear();
    this.blobs.clear();
    this.places.length = 0;
    this.begin();
    this.names = [];
    this.numbers = null;
  }

  /** How many commits were noted. */
  get commitCount(): number {
    return this.records.data[0]!;
  }

  /** Changes of all commits together. */
  get changeCount(): number {
    return (this.records.length - 1 - this.commitCount) / 2;
  }

  /** Whether the changes of a commit were noted. */
  knows(commit: number): boolean {
    return commit < this.places.length && this.places.data[commit] !== 0;
  }

  /** Notes the commit with the id at `bytes[at]`, which was not known. The changes that follow are its. */
  addCommit(bytes: Uint8Array, at: number): void {
    const number = this.commits.add(bytes, at);
    while (this.places.length <= number) this.places.push(0);
    this.places.data[number] = this.records.length;
    this.last = this.records.length;
    this.records.push(0);
    this.records.data[0]! += 1;
  }

  /** @param bytes hold the blob's id at `at`; null: a submodule */
  addChange(bytes: Uint8Array | null, at: number, path: string): void {
    this.addNumbers(bytes === null ? SUBMODULE : this.blobNumber(bytes, at), this.pathNumber(path));
  }

  /** The same, by the numbers that `blobNumber` and `pathNumber` gave. */
  addNumbers(blob: number, path: number): void {
    const { records } = this;
    records.push(blob);
    records.push(path);
    records.data[this.last]! += 1;
  }

  blobNumber(bytes: Uint8Array, at: number): number {
    return this.blobs.add(bytes, at);
  }

  /** Tells the changes of a commit that was noted, by the numbers of blob (or `SUBMODULE`) and path. */
  visitChanges(commit: number, visit: (blob: number, path: number) => void): void {
    const { data } = this.records;
    const place = this.places.data[commit]!;
    const end = place + 1 + 2 * data[place]!;
    for (let i = place + 1; i < end; i += 2) visit(data[i]!, data[i + 1]!);
  }

  get pathCount(): number {
    return this.names.length;
  }

  pathNumber(path: string): number {
    this.numbers ??= new Map(this.names.map((name, number) => [name, number]));
    let number = this.numbers.get(path);
    if (number === undefined) {
      number = this.names.push(path) - 1;
      this.numbers.set(path, number);
    }
    return number;
  }

  pathOf(number: number): string {
    return this.names[number]!;
  }

  /** As parts for a file, but for the commits; `fromParts` reads them. */
  parts(): Uint8Array[] {
    return [this.places.bytes, this.records.bytes, ...this.blobs.parts(), bytesOf(this.names)];
  }

  /** Null when they are not what `parts` gave for these commits. */
  static fromParts(commits: IdTable, parts: readonly Uint8Array[]): ChangeLog | null {
    const [places, records, blobs, slots, paths] = parts;
    if (parts.length !== LOG_PARTS) return null;
    const log = new ChangeLog(commits);
    log.places.set(places!);
    if (log.places.length > commits.size) return null;
    log.records.set(records!);
    log.blobs.fill(blobs!, slots);
    log.names = namesIn(paths!);
    return log;
  }

  /** Makes room for what so many commits will bring, on the average: rows that grow are copied, and the copies linger. */
  reserve(commits: number): void {
    this.places.reserve(commits);
    this.blobs.reserve(2 * commits);
    this.records.reserve((1 + 2 * 4) * commits);
  }

  /** What a log whose commits are all its own tells another one; void when it is told more. */
  told(): Uint8Array[] {
    return [this.commits.packed, this.records.bytes, this.blobs.packed, bytesOf(this.names)];
  }

  /** Takes what another log has told; no commit may be known to both. */
  absorb([commits, records, blobs, paths]: readonly Uint8Array[]): void {
    const { idBytes } = this.commits;
    const blobNumbers = new Int32Array(blobs!.length / idBytes);
    for (let i = 0; i < blobNumbers.length; i += 1) blobNumbers[i] = this.blobs.add(blobs!, i * idBytes);
    const pathNumbers = namesIn(paths!).map((path) => this.pathNumber(path));
    const numbers = wordsOf(records!);
    for (let at = 0, next = 1; at < commits!.length; at += idBytes) {
      this.addCommit(commits!, at);
      const end = next + 1 + 2 * numbers[next]!;
      for (next += 1; next < end; next += 2) {
        const blob = numbers[next]!;
        this.addNumbers(blob === SUBMODULE ? blob : blobNumbers[blob]!, pathNumbers[numbers[next + 1]!]!);
      }
    }
  }
}

function bytesOf(paths: readonly string[]): Uint8Array {
  return Buffer.from(paths.join("\0"), "latin1");
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
