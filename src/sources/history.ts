import type { Repository } from "../git/repository.ts";
import { readGit, startGit } from "../git/stream.ts";
import { idOrNull, kindOf } from "../git/tree-change.ts";

/** Which part of history is meant; all of it when nothing is given. */
export interface HistoryRange {
  readonly since?: string | undefined;
  readonly branch?: string | undefined;
  readonly maxCommits?: number | undefined;
}

/** A place where history holds a blob: the commit that put it there, and the path (bytes as Latin-1). */
export interface Introduction {
  readonly commit: string;
  /** Commits are numbered as they are walked, newest first: the higher, the older. */
  readonly age: number;
  readonly path: string;
}

/** What a walk over the commits learned. */
export interface HistoryIndex {
  readonly introductions: ReadonlyMap<string, Introduction[]>;
  readonly commits: number;
  readonly submodules: ReadonlySet<string>;
}

export function isWhole(range: HistoryRange): boolean {
  return range.since === undefined && range.branch === undefined && range.maxCommits === undefined;
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
  // --all holds every ref, the stash, and the HEADs of all work trees.
  revisions.push(...(range.branch === undefined ? ["--all"] : ["--end-of-options", range.branch]));
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
      "-z",
      "--no-renames",
      "--no-abbrev",
      "--no-ext-diff",
      "--no-textconv",
    ],
    signal,
  );
  let commits = 0;
  walk.child.stdout.on("data", (chunk: Buffer) => {
    for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) commits += 1;
  });
  walk.child.stdout.pipe(diff.child.stdin);
  const parser = new DiffTreeParser();
  for await (const chunk of diff.child.stdout) parser.push(chunk as Buffer);
  await Promise.all([walk.done, diff.done]);
  return { introductions: parser.introductions, commits, submodules: parser.submodules };
}

/**
 * Reads `git diff-tree --stdin --raw -r -c -z`. NUL shown as @; a merge has one colon, mode and id
 * for each parent more, and its status one letter for each:
 *
 *     <commit id>@:100644 100644 <old id> <new id> M@path@::100644 100644 100644 <id> <id> <new id> MM@path@
 */
class DiffTreeParser {
  readonly introductions = new Map<string, Introduction[]>();
  readonly submodules = new Set<string>();
  private rest = "";
  private commit = "";
  private age = 0;
  private record: string | null = null;

  push(chunk: Buffer): void {
    const fields = (this.rest + chunk.toString("latin1")).split("\0");
    this.rest = fields.pop()!;
    for (const field of fields) {
      if (this.record !== null) {
        this.take(this.record, field);
        this.record = null;
      } else if (field.startsWith(":")) {
        this.record = field;
      } else {
        this.commit = field;
        this.age += 1;
      }
    }
  }

  private take(record: string, path: string): void {
    const parents = record.lastIndexOf(":", 15) + 1;
    const parts = record.slice(parents).split(" ");
    const kind = kindOf(parts[parents]!);
    if (kind === "submodule") this.submodules.add(path);
    const id = idOrNull(parts[2 * parents + 1]!);
    if (id === null || (kind !== "file" && kind !== "symlink")) return;
    const introduction = { commit: this.commit, age: this.age, path };
    const known = this.introductions.get(id);
    if (known === undefined) {
      this.introductions.set(id, [introduction]);
      return;
    }
    // The walk goes back in time: the same place again is an older introduction, and replaces it.
    const same = known.findIndex((other) => other.path === path);
    if (same >= 0) known[same] = introduction;
    else known.push(introduction);
  }
}

/** A blob of the object store. */
export interface StoredBlob {
  readonly id: string;
  readonly size: number;
}

/** Every blob of the object store, in the order in which packs hold them: the cheapest to read. */
export async function listBlobs(repository: Repository): Promise<StoredBlob[]> {
  const output = await readGit(repository.dir, [
    "cat-file",
    "--batch-all-objects",
    "--unordered",
    "--batch-check=%(objecttype) %(objectsize) %(objectname)",
  ]);
  const blobs: StoredBlob[] = [];
  for (const line of output.toString("latin1").split("\n")) {
    if (!line.startsWith("blob ")) continue;
    const [, size, id] = line.split(" ");
    blobs.push({ id: id!, size: Number(size) });
  }
  return blobs;
}
