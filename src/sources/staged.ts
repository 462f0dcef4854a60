import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GitError } from "../errors.ts";
import type { Repository } from "../git/repository.ts";
import { readGitNow } from "../git/stream.ts";
import { displayPath, parseRawDiff, type TreeChange } from "../git/tree-change.ts";
import type { GapReason } from "../policy/coverage.ts";
import type { ChangedFile } from "./changed-file.ts";

export interface StagedFiles {
  readonly files: readonly ChangedFile[];
  readonly gaps: [GapReason, string][];
}

/**
 * Lists what is staged. The commit's parents are HEAD and, while a merge is in progress, what is
 * being merged: content that one of them already has is not this commit's.
 */
export function listStaged(repository: Repository): StagedFiles {
  if (repository.worktree === null && process.env.GIT_INDEX_FILE === undefined) {
    throw new GitError(`'${repository.dir}' is a bare repository: nothing is staged in it`, {
      hint: "run it in a work tree, or scan what is stored with 'leakwarden history'",
    });
  }
  const parents = [repository.head ?? emptyTree(repository), ...mergeHeads(repository)];
  const [first, ...others] = parents.map((parent) => diffIndex(repository, parent));
  const otherMaps = others.map((changes) => new Map(changes.map((change) => [change.path, change])));
  const files: ChangedFile[] = [];
  const gaps: [GapReason, string][] = [];
  for (const change of first!) {
    if (change.status === "U") gaps.push(["unmerged-path", displayPath(change.path)]);
    else if (change.newKind === "submodule") gaps.push(["submodule", displayPath(change.path)]);
    else if (change.newBlob !== null) {
      const elsewhere = otherMaps.map((map) => map.get(change.path));
      // Absent from a parent's differences: that parent has this very content.
      if (elsewhere.some((other) => other === undefined)) continue;
      files.push({
        path: change.path,
        blob: change.newBlob,
        before: [change.oldBlob, ...elsewhere.map((other) => other!.oldBlob)],
        from: change.oldPath === change.path ? null : change.oldPath,
      });
    }
  }
  return { files, gaps };
}

/** Raw differences of the index against a tree, as git stores them: no textconv, no driver, no attribute. */
function diffIndex(repository: Repository, parent: string): TreeChange[] {
  const output = readGitNow(repository.dir, [
    "diff-index",
    "--cached",
    "--raw",
    "-z",
    "--no-abbrev",
    "--find-renames=60%",
    "-l400",
    "--no-ext-diff",
    "--no-textconv",
    "--ignore-submodules=none",
    parent,
  ]);
  return parseRawDiff(output.toString("latin1"));
}

/**
 * The other parents of a merge in progress. While `git merge` runs pre-merge-commit there is no MERGE_HEAD yet, but for
 * each of them a variable GITHEAD_<id> with the name that the user gave.
 */
function mergeHeads(repository: Repository): string[] {
  const file = join(repository.gitDir, "MERGE_HEAD");
  if (existsSync(file)) return readFileSync(file, "utf8").trim().split("\n");
  return Object.keys(process.env).flatMap((name) => /^GITHEAD_([0-9a-f]{40,64})$/.exec(name)?.[1] ?? []);
}

/** The id of the tree without entries; git knows it without having it stored. */
function emptyTree(repository: Repository): string {
  return repository.objectFormat === "sha256"
    ? "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
    : "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
}
