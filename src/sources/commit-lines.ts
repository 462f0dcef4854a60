import type { CommitHead } from "../git/packs/commit-reader.ts";
import { readHexId } from "./diff-tree.ts";

/**
 * Has `rev-list` say of each commit, in a line, the date by which it walks, the id and the parents. (`%ct` is another date where a commit
 * was not written by git, and the walk would have another order.)
 */
export const LIST_COMMITS = ["rev-list", "--parents", "--timestamp"] as const;

const SPACE = 0x20;
const NEWLINE = 0x0a;
const ZERO = 0x30;

/** What a line says; valid until the next is read. */
type ListedCommit = Omit<CommitHead, "tree">;

/** Reads what `LIST_COMMITS` prints. */
export class CommitLines {
  private readonly idBytes: number;
  private readonly commit: ListedCommit;
  private parents: Uint8Array;
  private rest: Buffer = Buffer.alloc(0);

  constructor(idBytes: number) {
    this.idBytes = idBytes;
    this.parents = new Uint8Array(16 * idBytes);
    this.commit = {
      id: new Uint8Array(idBytes),
      date: 0,
      parents: this.parents.subarray(0, 0),
    };
  }

  push(chunk: Buffer, take: (commit: ListedCommit) => void): void {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    for (let end = bytes.indexOf(NEWLINE, at); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
      take(this.read(bytes, at, end));
      at = end + 1;
    }
    this.rest = Buffer.from(bytes.subarray(at));
  }

  private read(bytes: Buffer, from: number, end: number): ListedCommit {
    const { idBytes, commit } = this;
    const step = 2 * idBytes + 1;
    let at = from;
    commit.date = 0;
    for (; at < end && bytes[at] !== SPACE; at += 1) commit.date = 10 * commit.date + bytes[at]! - ZERO;
    readHexId(commit.id, bytes, at + 1);
    at += step;
    const count = Math.floor((end - at) / step);
    if (count * idBytes > this.parents.length) this.parents = new Uint8Array(2 * count * idBytes);
    for (let i = 0; i < count; i += 1) {
      readHexId(this.parents.subarray(i * idBytes, (i + 1) * idBytes), bytes, at + 1 + i * step);
    }
    commit.parents = this.parents.subarray(0, count * idBytes);
    return commit;
  }
}
