import { resolve } from "node:path";
import { askGit, askGitOrNull } from "./questions.ts";

/** Where a repository is and what kind it is. All paths are absolute. */
export interface Repository {
  /** Where git is run: the top of the work tree, or the git directory of a bare repository. */
  readonly dir: string;
  /** Top of the work tree; null in a bare repository. */
  readonly worktree: string | null;
  readonly gitDir: string;
  /** The directory that linked worktrees share; the same as `gitDir` in the main one. */
  readonly commonDir: string;
  readonly shallow: boolean;
  readonly objectFormat: "sha1" | "sha256";
  /** Commit that HEAD names; null while the branch has none. */
  readonly head: string | null;
}

/** @throws {GitError} when `dir` is in no repository or git is missing */
export async function openRepository(dir: string): Promise<Repository> {
  const [answer, head] = await Promise.all([
    askGit(dir, [
      "rev-parse",
      "--is-bare-repository",
      "--is-inside-work-tree",
      "--is-shallow-repository",
      "--show-object-format",
      "--absolute-git-dir",
      "--git-common-dir",
      "--show-cdup",
    ]),
    askGitOrNull(dir, ["rev-parse", "--quiet", "--verify", "HEAD^{commit}"]),
  ]);
  const [bare, inside, shallow, format, gitDir, commonDir, cdup] = answer.split("\n");
  const worktree = bare === "false" && inside === "true" ? resolve(dir, cdup ?? "") : null;
  return {
    dir: worktree ?? gitDir!,
    worktree,
    gitDir: gitDir!,
    commonDir: resolve(dir, commonDir!),
    shallow: shallow === "true",
    objectFormat: format === "sha256" ? "sha256" : "sha1",
    head: head?.trim() ?? null,
  };
}

/**
 * The oldest commits' ids, the same in every full clone: the key under which this repository's
 * fingerprints are made. Null where they cannot be known (no commit yet, or a shallow clone).
 */
export async function rootCommits(repository: Repository): Promise<string | null> {
  if (repository.shallow || repository.head === null) return null;
  const roots = await askGit(repository.dir, ["rev-list", "--max-parents=0", "HEAD"]);
  return roots.trim().split("\n").sort()[0] ?? null;
}
