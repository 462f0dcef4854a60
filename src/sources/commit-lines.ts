import type { CommitHead } from "../git/packs/commit-reader.ts";
import { readHexId } from "./diff-tree.ts";

/** Id, tree, date of commit in seconds and parents of a commit, a line each. */
export const COMMIT_FORMAT = "%H %T %ct %P";

const SPACE = 0x20;
const NEWLINE = 0x0a;
const ZERO = 0x30;

/** Reads what `rev-list` prints with `COMMIT_FORMAT`. Lines that begin with `commit` are its own. */
export class CommitLines {
  private readonly idBytes: number;
  private readonly commit: CommitHead;
  private parents: Uint8Array;
  private rest: Buffer = Buffer.alloc(0);

  constructor(idBytes: number) {
    this.idBytes = idBytes;
    this.parents = new Uint8Array(16 * idBytes);
    this.commit = {
      id: new Uint8Array(idBytes),
      tree: new Uint8Array(idBytes),
      date: 0,
      parents: this.parents.subarray(0, 0),
    };
  }

  push(chunk: Buffer, take: (commit: CommitHead) => void): void {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    for (let end = bytes.indexOf(NEWLINE, at); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
      if (bytes[at + 6] !== SPACE) take(this.read(bytes, at, end));
      at = end + 1;
    }
    this.rest = Buffer.from(bytes.subarray(at));
  }

  private read(bytes: Buffer, from: number, end: number): CommitHead {
    const { idBytes, commit } = this;
    const step = 2 * idBytes + 1;
    readHexId(commit.id, bytes, from);
    readHexId(commit.tree, bytes, from + step);
    let at = from + 2 * step;
    // Stays 0 when the commit has none that can be read.
    commit.date = 0;
    for (; at < end && bytes[at] !== SPACE; at += 1) commit.date = 10 * commit.date + bytes[at]! - ZERO;
    const count = Math.floor((end - at) / step);
    if (count * idBytes > this.parents.length) this.parents = new Uint8Array(2 * count * idBytes);
    for (let i = 0; i < count; i += 1) {
      readHexId(this.parents.subarray(i * idBytes, (i + 1) * idBytes), bytes, at + 1 + i * step);
    }
    commit.parents = this.parents.subarray(0, count * idBytes);
    return commit;
  }
}
