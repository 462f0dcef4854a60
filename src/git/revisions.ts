import type { Repository } from "./repository.ts";
import { askGitNow } from "./stream.ts";

/** The commit that a name stands for; null when it stands for none that is here. */
export function commitNamed(repository: Repository, name: string): string | null {
  const question = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  const { status, stdout } = askGitNow(repository.dir, question);
  const id = stdout.toString("latin1").trim();
  // A full id is taken for a name without a look; the commit itself may not be here.
  return status === 0 && askGitNow(repository.dir, ["cat-file", "-e", id]).status === 0 ? id : null;
}

/** Whether `ancestor` is in the history of `commit`. */
export function isAncestor(repository: Repository, ancestor: string, commit: string): boolean {
  return askGitNow(repository.dir, ["merge-base", "--is-ancestor", ancestor, commit]).status === 0;
}

/** A file as a commit has it; null where it has none. */
export function fileAt(repository: Repository, commit: string, path: string): Buffer | null {
  const { status, stdout } = askGitNow(repository.dir, ["cat-file", "blob", `${commit}:${path}`]);
  return status === 0 ? stdout : null;
}
