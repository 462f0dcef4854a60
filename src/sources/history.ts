import { existsSync } from "node:fs";
import { join } from "node:path";
import { IdTable } from "../git/id-table.ts";
import type { Repository } from "../git/repository.ts";
import { askGitNow, readGit, readGitNow, startGit } from "../git/stream.ts";

/** Which part of history is meant; all of it when nothing is given. */
export interface HistoryRange {
  readonly since?: string | undefined;
  /** Branches, tags or commits; all refs when there is none. */
  readonly branches?: readonly string[] | undefined;
  readonly maxCommits?: number | undefined;
}

/** A place where history holds a blob: the commit that put it there, and the path (bytes as Latin-1). */
export interface Introduction {
  /** Null for what a tag names without a commit. */
  readonly commit: string | null;
  /** Commits are numbered as they are walked, newest first: the higher, the older; -1 without a commit. */
  readonly age: number;
  readonly path: string;
}

export function isWhole(range: HistoryRange): boolean {
  return range.since === undefined && range.branches === undefined && range.maxCommits === undefined;
}

/**
 * Where each blob came in: what a walk over the commits learned. A history has many more blobs than
 * findings, so nothing here is an object or a string for each blob: an entry is four numbers in
 * `entries`, and those of one blob are chained.
 */
export class HistoryIndex {
  readonly submodules = new Set<string>();
  /** Commits that a walk should have begun at, and that are not there. */
  readonly missing = new Set<string>();
  readonly blobs: IdTable;
  private readonly commitIds: IdTable;
  private readonly paths = new Map<string, number>();
  /** Blob number -> its first entry; -1 behind the last. */
  private heads = new Int32Array(1 << 12).fill(-1);
  /** blob, path, commit, next entry */
  private entries = new Int32Array(1 << 14);
  private length = 0;

  constructor(idBytes: number) {
    this.blobs = new IdTable(idBytes);
    this.commitIds = new IdTable(idBytes);
  }

  get commits(): number {
    return this.commitIds.size;
  }

  /** Notes the next commit of the walk. */
  addCommit(id: Uint8Array): void {
    this.commitIds.add(id, 0);
  }

  /** Notes that a commit, the current one unless another is named, put the blob at `bytes[at]` at a path. */
  add(bytes: Uint8Array, at: number, path: string, commit = this.commits - 1): void {
    const blob = this.blobs.add(bytes, at);
    let pathNumber = this.paths.get(path);
    if (pathNumber === undefined) {
      pathNumber = this.paths.size;
      this.paths.set(path, pathNumber);
    }
    if (blob >= this.heads.length) this.heads = grown(this.heads);
    const { entries } = this;
    let last = -1;
    for (let entry = this.heads[blob]!; entry >= 0; entry = entries[4 * entry + 3]!) {
      // The walk goes back in time: the same place again is an older introduction, and replaces it.
      if (entries[4 * entry + 1] === pathNumber) {
        entries[4 * entry + 2] = commit;
        return;
      }
      last = entry;
    }
    if (4 * this.length === entries.length) this.entries = grown(entries);
    this.entries.set([blob, pathNumber, commit, -1], 4 * this.length);
    if (last < 0) this.heads[blob] = this.length;
    else this.entries[4 * last + 3] = this.length;
    this.length += 1;
  }

  has(blob: string): boolean {
    return this.blobs.find(Buffer.from(blob, "hex"), 0) >= 0;
  }

  /** The places of a blob; none when no walked commit holds it. */
  introductions(blob: string): Introduction[] {
    const number = this.blobs.find(Buffer.from(blob, "hex"), 0);
    const found: Introduction[] = [];
    if (number < 0) return found;
    for (let entry = this.heads[number]!; entry >= 0; entry = this.entries[4 * entry + 3]!) {
      const age = this.entries[4 * entry + 2]!;
      found.push({
        commit: age < 0 ? null : this.commitIds.hex(age),
        age,
        path: this.pathOf(this.entries[4 * entry + 1]!),
      });
    }
    return found;
  }

  /** Every blob that stood at a path of which `telling` says yes, with that path. */
  blobsAt(telling: (path: string) => boolean): { blob: string; path: string }[] {
    const chosen = new Uint8Array(this.paths.size);
    for (const [path, number] of this.paths) chosen[number] = telling(path) ? 1 : 0;
    const found: { blob: string; path: string }[] = [];
    for (let entry = 0; entry < this.length; entry += 1) {
      const path = this.entries[4 * entry + 1]!;
      if (chosen[path] === 1) {
        found.push({ blob: this.blobs.hex(this.entries[4 * entry]!), path: this.pathOf(path) });
      }
    }
    return found;
  }

  private names: string[] | null = null;

  private pathOf(number: number): string {
    if (this.names?.length !== this.paths.size) this.names = [...this.paths.keys()];
    return this.names[number]!;
  }
}

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length).fill(-1);
  larger.set(array);
  return larger;
}

/**
 * Walks the commits and notes for each blob where it came in. Merges are compared with all their
 * parents (`-c`), so content that only a merge brought is seen, and nothing else twice.
 *
 * `rev-list | diff-tree --stdin`: plumbing, which reads no display settings and starts no program.
 */
export async function indexHistory(
  repository: Repository,
  range: HistoryRange,
  signal?: AbortSignal,
): Promise<HistoryIndex> {
  const revisions = ["rev-list"];
  if (range.since !== undefined) revisions.push(`--since=${range.since}`);
  if (range.maxCommits !== undefined) revisions.push(`--max-count=${range.maxCommits}`);
  const stashes = range.branches === undefined ? olderStashes(repository) : [];
  const missing = await missingOf(repository, stashes);
  // --all holds every ref, the newest stash, and the HEADs of all work trees.
  revisions.push(
    ...(range.branches === undefined
      ? ["--all", ...stashes.filter((id) => !missing.has(id))]
      : ["--end-of-options", ...range.branches]),
  );
  const walk = startGit(repository.dir, revisions, signal);
  walk.child.stdin.end();
  const diff = startGit(
    repository.dir,
    [
      "diff-tree",
      "--stdin",
      "--raw",
      "-r",
      "--root",
      "-c",
      "--always", // a commit that changes no file is a commit all the same
      "-z",
      "--no-renames",
      "--no-abbrev",
      "--no-ext-diff",
      "--no-textconv",
    ],
    signal,
  );
  const idBytes = repository.objectFormat === "sha256" ? 32 : 20;
  const index = new HistoryIndex(idBytes);
  for (const id of missing) index.missing.add(id);
  const parser = new DiffTreeParser(index, idBytes);
  walk.child.stdout.pipe(diff.child.stdin);
  // When the reader ends first, what is left must be drained: the writer would never be done.
  diff.child.stdin.once("close", () => walk.child.stdout.resume());
  for await (const chunk of diff.child.stdout) parser.push(chunk as Buffer);
  await Promise.all([walk.done, diff.done]);
  if (range.branches === undefined && signal?.aborted !== true) await addTaggedObjects(repository, index);
  return index;
}

/** Entries of a ref's log that are asked for at once: more than anybody has stashes. */
const LOG_ENTRIES = 1000;

/**
 * Stashes below the newest one are in no ref, only in its log. (`rev-list --walk-reflogs` would give them, but
 * says nothing of those that it cannot read.)
 */
function olderStashes(repository: Repository): string[] {
  // Where refs are files so are their logs; where they are tables only git can tell.
  const log = ["logs/refs/stash", "reftable"].map((name) => join(repository.commonDir, name));
  if (!log.some((path) => existsSync(path))) return [];
  const stashes: string[] = [];
  for (let first = 1; stashes.length + 1 === first; first += LOG_ENTRIES) {
    const entries = Array.from({ length: LOG_ENTRIES }, (_, i) => `refs/stash@{${first + i}}`);
    // Fails at the first entry that the log does not have, when it has printed those before.
    const { stdout } = askGitNow(repository.dir, ["rev-parse", ...entries]);
    stashes.push(
      ...stdout
        .toString("latin1")
        .split("\n")
        .filter((line) => /^[0-9a-f]+$/.test(line)),
    );
  }
  return stashes;
}

/** Tells the objects that the repository does not have. */
async function missingOf(repository: Repository, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const answer = await readGit(
    repository.dir,
    ["cat-file", "--batch-check"],
    ids.map((id) => `${id}\n`).join(""),
  );
  // <id> commit <size>, or <id> missing
  const lines = answer.toString("latin1").trimEnd().split("\n");
  return new Set(ids.filter((_, i) => lines[i]!.endsWith(" missing")));
}

const NO_COMMIT = -1;

/** A tag may name a blob or a tree, which no commit holds; its path is then the tag's name. */
async function addTaggedObjects(repository: Repository, index: HistoryIndex): Promise<void> {
  const format = "%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname)";
  const refs = (await readGit(repository.dir, ["for-each-ref", `--format=${format}`])).toString("latin1");
  for (const line of refs.split("\n")) {
    const [type, id, peeledType, peeledId, name] = line.split(" ");
    let [kind, object] = type === "tag" ? [peeledType, peeledId] : [type, id];
    // A tag of a tag: the format above goes one step.
    if (kind === "tag") [kind, object] = endOfTags(repository, object!);
    if (kind === "blob") index.add(Buffer.from(object!, "hex"), 0, name!, NO_COMMIT);
    if (kind !== "tree") continue;
    const listed = (await readGit(repository.dir, ["ls-tree", "-r", "-z", "--full-tree", object!])).toString(
      "latin1",
    );
    for (const entry of listed.split("\0")) {
      const [, blob, path] = /^1[02]0\d{3} blob ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? [];
      if (blob !== undefined) index.add(Buffer.from(blob, "hex"), 0, `${name}/${path}`, NO_COMMIT);
    }
  }
}

function endOfTags(repository: Repository, tag: string): [kind: string, object: string] {
  const ask = (...args: string[]) => readGitNow(repository.dir, args).toString("latin1").trim();
  const object = ask("rev-parse", "--verify", `${tag}^{}`);
  return [ask("cat-file", "-t", object), object];
}

const COLON = 0x3a;

/**
 * Reads `git diff-tree --stdin --raw -r -c -z`. NUL shown as @; a merge has one colon, mode and id
 * for each parent more, and its status one letter for each:
 *
 *     <commit id>@:100644 100644 <old id> <new id> M@path@::100644 100644 100644 <id> <id> <new id> MM@path@
 *
 * Works on bytes: the output is long, and hardly any of it is ever looked at again.
 */
class DiffTreeParser {
  private readonly index: HistoryIndex;
  private readonly hexLength: number;
  private readonly id: Uint8Array;
  private rest: Buffer = Buffer.alloc(0);

  constructor(index: HistoryIndex, idBytes: number) {
    this.index = index;
    this.hexLength = 2 * idBytes;
    this.id = new Uint8Array(idBytes);
  }

  push(chunk: Buffer): void {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    for (;;) {
      const end = bytes.indexOf(0, at);
      if (end < 0) break;
      if (bytes[at] === COLON) {
        const pathEnd = bytes.indexOf(0, end + 1);
        if (pathEnd < 0) break;
        this.change(bytes, at, end + 1, pathEnd);
        at = pathEnd + 1;
      } else {
        this.readId(bytes, at);
        this.index.addCommit(this.id);
        at = end + 1;
      }
    }
    this.rest = Buffer.from(bytes.subarray(at));
  }

  private change(bytes: Buffer, at: number, pathStart: number, pathEnd: number): void {
    let parents = 1;
    while (bytes[at + parents] === COLON) parents += 1;
    const mode = at + parents + 7 * parents;
    // Modes: 100644, 100755 files, 120000 symbolic links, 160000 submodules, 000000 gone.
    const [first, second] = [bytes[mode], bytes[mode + 1]];
    if (first !== 0x31) return;
    const path = bytes.toString("latin1", pathStart, pathEnd);
    if (second === 0x36) {
      this.index.submodules.add(path);
      return;
    }
    this.readId(bytes, mode + 7 + parents * (this.hexLength + 1));
    this.index.add(this.id, 0, path);
  }

  private readId(bytes: Buffer, at: number): void {
    for (let i = 0; i < this.id.length; i += 1) {
      this.id[i] = (hexDigit(bytes[at + 2 * i]!) << 4) | hexDigit(bytes[at + 2 * i + 1]!);
    }
  }
}

function hexDigit(byte: number): number {
  return byte < 0x3a ? byte - 0x30 : byte - 0x57;
}
