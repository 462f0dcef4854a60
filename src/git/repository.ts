import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { askGit } from "./questions.ts";
import { askGitNow, readGitNow } from "./stream.ts";

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
  const questions = [
    "--is-bare-repository",
    "--is-inside-work-tree",
    "--is-shallow-repository",
    "--show-object-format",
    "--absolute-git-dir",
    "--git-common-dir",
    "--show-cdup",
  ];
  const asked = askGitNow(dir, ["rev-parse", ...questions, "HEAD^{commit}"]);
  // Without a commit git gives the other answers, repeats the last question, and fails.
  const answered = asked.error === undefined && (asked.status === 0 || /HEAD\^\{commit\}/.test(asked.stderr));
  const output = answered ? asked.stdout : readGitNow(dir, ["rev-parse", ...questions]);
  const [bare, inside, shallow, format, gitDir, commonDir, cdup, head] = output.toString("utf8").split("\n");
  const worktree = bare === "false" && inside === "true" ? resolve(dir, cdup ?? "") : null;
  return {
    dir: worktree ?? gitDir!,
    worktree,
    gitDir: gitDir!,
    commonDir: resolve(dir, commonDir!),
    shallow: shallow === "true",
    objectFormat: format === "sha256" ? "sha256" : "sha1",
    head: head !== undefined && /^[0-9a-f]{40,64}$/.test(head) ? head : null,
  };
}

/** The commits at which a shallow clone ends, in hexadecimal: git passes over the parents that they name. */
export function cutCommits({ commonDir, shallow }: Repository): string[] {
  // A fetch that has brought the rest has removed the list.
  const list = join(commonDir, "shallow");
  if (!shallow || !existsSync(list)) return [];
  return readFileSync(list, "latin1")
    .split("\n")
    .filter((line) => line !== "");
}

/**
 * The first of the oldest commits' ids, the same in every full clone: the key under which this repository's
 * fingerprints are made. Null where it cannot be known (no commit yet, or a shallow clone).
 *
 * @param walked those that a commit descends from, where a walk has told already: git walks all of its history
 */
export async function rootCommit(
  repository: Repository,
  walked: (commit: string) => readonly string[] | null = () => null,
): Promise<string | null> {
  const { dir, shallow, head } = repository;
  if (shallow || head === null) return null;
  const roots =
    walked(head) ?? (await askGit(dir, ["rev-list", "--max-parents=0", "HEAD"])).trim().split("\n");
  return [...roots].sort()[0] ?? null;
}
