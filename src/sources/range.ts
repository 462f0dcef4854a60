import type { Repository } from "../git/repository.ts";
import { readGit } from "../git/stream.ts";
import { displayPath, idOrNull, kindOf } from "../git/tree-change.ts";
import type { ChangedFile } from "./changed-file.ts";

/** Commits that are new somewhere. */
export interface CommitRange {
  /** What the commits come on top of; null: there is nothing yet. */
  readonly base: string | null;
  readonly heads: readonly string[];
  /** Commits that are known there, or all that refs reach: neither they nor what they come from is looked at. */
  readonly known: readonly string[] | "all";
}

/** A file as a commit of the range has it. */
export interface CommittedFile extends ChangedFile {
  /** Null: the result of the merge, which is no commit yet. */
  readonly commit: string | null;
}

export interface RangeFiles {
  /** Of all commits, the oldest first. */
  readonly files: readonly CommittedFile[];
  readonly commits: number;
  /** Paths of submodules that were added or moved. */
  readonly submodules: readonly string[];
}

const DIFF = [
  "diff-tree",
  "--raw",
  "-r",
  "-z",
  "-M60%",
  "-l400",
  "--no-abbrev",
  "--no-ext-diff",
  "--no-textconv",
];

/**
 * Lists what each commit of the range changes, so that what a later one takes out again is seen as well. Of a
 * merge it is what no parent has: content that only the merge brought.
 */
export async function listRange(
  repository: Repository,
  { heads, known }: CommitRange,
  signal?: AbortSignal,
): Promise<RangeFiles> {
  if (heads.length === 0) return { files: [], commits: 0, submodules: [] };
  const walk = [
    "rev-list",
    "--topo-order",
    "--reverse",
    "--stdin",
    ...(known === "all" ? ["--not", "--all"] : []),
  ];
  const ends = [...heads, ...(known === "all" ? [] : known.map((id) => `^${id}`))];
  const commits = await readGit(repository.dir, walk, `${ends.join("\n")}\n`, signal);
  if (commits.length === 0) return { files: [], commits: 0, submodules: [] };
  const output = await readGit(
    repository.dir,
    [...DIFF, "--stdin", "--root", "-c", "--always"],
    commits,
    signal,
  );
  const count = commits.toString("latin1").trimEnd().split("\n").length;
  return { ...parseCommits(output.toString("latin1")), commits: count };
}

/** Lists what a tree has that `base` has not. */
export async function listTree(
  repository: Repository,
  base: string,
  tree: string,
): Promise<readonly CommittedFile[]> {
  const output = await readGit(repository.dir, [...DIFF, base, tree]);
  return parseCommits(output.toString("latin1")).files;
}

/**
 * Reads `git diff-tree --stdin --raw -r -c -z -M`. NUL shown as @; a merge has one colon, mode and id for each parent
 * more, and a single path:
 *
 *     <commit id>@:100644 100644 <old id> <new id> R086@old path@new path@::100644 100644 100644 <id> <id> <new id> MM@path@
 *
 * @param output bytes as Latin-1
 */
export function parseCommits(output: string): Pick<RangeFiles, "files" | "submodules"> {
  const fields = output.split("\0");
  const files: CommittedFile[] = [];
  const submodules = new Set<string>();
  let commit: string | null = null;
  for (let i = 0; i + 1 < fields.length; ) {
    const field = fields[i]!;
    if (!field.startsWith(":")) {
      commit = field;
      i += 1;
      continue;
    }
    const parents = /^:+/.exec(field)![0].length;
    const parts = field.slice(parents).split(" ");
    const modes = parts.slice(0, parents + 1);
    const ids = parts.slice(parents + 1, 2 * parents + 2);
    const status = parts[2 * parents + 2]!;
    const twoPaths = parents === 1 && /^[RC]/.test(status);
    const path = fields[i + (twoPaths ? 2 : 1)]!;
    const from = twoPaths ? fields[i + 1]! : null;
    i += twoPaths ? 3 : 2;
    const kind = kindOf(modes[parents]!);
    const blob = idOrNull(ids[parents]!);
    if (kind === "submodule") submodules.add(displayPath(path));
    if (kind === "submodule" || kind === "none" || blob === null) continue;
    const before = ids.slice(0, parents).map((id, p) => (kindOf(modes[p]!) === kind ? idOrNull(id) : null));
    files.push({ path, blob, before, from, commit });
  }
  return { files, submodules: [...submodules] };
}
