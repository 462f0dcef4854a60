import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GitError } from "../errors.ts";
import type { Repository } from "../git/repository.ts";
import { readGit, readGitNow } from "../git/stream.ts";
import { displayPath, parseRawDiff, type TreeChange } from "../git/tree-change.ts";
import type { GapReason } from "../policy/coverage.ts";

/** A file of the index that differs from every parent of the commit to be made. */
export interface StagedFile {
  /** Bytes as Latin-1. */
  readonly path: string;
  readonly blob: string;
  /** The content that each parent has in its place; null where it has none. */
  readonly before: readonly (string | null)[];
}

export interface StagedFiles {
  readonly files: readonly StagedFile[];
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
  const files: StagedFile[] = [];
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
      });
    }
  }
  return { files, gaps };
}

/** Lines of a file that the change adds, in the new content's numbering. */
export interface AddedLines {
  touches(from: number, to: number): boolean;
}

const EVERY_LINE: AddedLines = { touches: () => true };

/**
 * A line is added when no parent has it in its place.
 *
 * @param isUtf16 in such a file git takes half of a character for the end of a line: its numbers tell nothing, and every
 *   line counts as added
 */
export async function addedLines(
  repository: Repository,
  file: StagedFile,
  isUtf16: boolean,
): Promise<AddedLines> {
  const perParent: [number, number][][] = [];
  for (const before of file.before) {
    if (before === null) continue;
    if (before === file.blob) return { touches: () => false };
    if (!isUtf16) perParent.push(await diffHunks(repository, before, file.blob));
  }
  if (perParent.length === 0) return EVERY_LINE;
  return {
    touches: (from, to) =>
      perParent.every((hunks) => hunks.some(([start, end]) => start <= to && from <= end)),
  };
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

/** Hunk headers of the difference of two blobs: `@@ -a,b +c,d @@`, the new side's first and last line. */
async function diffHunks(repository: Repository, before: string, after: string): Promise<[number, number][]> {
  const output = await readGit(repository.dir, [
    "diff",
    "--no-ext-diff",
    "--no-textconv",
    "--text",
    "--no-color",
    "--unified=0",
    "--inter-hunk-context=0",
    before,
    after,
  ]);
  const hunks: [number, number][] = [];
  for (const [, start, count] of output.toString("latin1").matchAll(/^@@ -[\d,]+ \+(\d+)(?:,(\d+))? @@/gm)) {
    const length = count === undefined ? 1 : Number(count);
    if (length > 0) hunks.push([Number(start), Number(start) + length - 1]);
  }
  return hunks;
}

function mergeHeads(repository: Repository): string[] {
  const file = join(repository.gitDir, "MERGE_HEAD");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}

/** The id of the tree without entries; git knows it without having it stored. */
function emptyTree(repository: Repository): string {
  return repository.objectFormat === "sha256"
    ? "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
    : "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
}
