import { GitError } from "../errors.ts";
import type { Repository } from "./repository.ts";
import { askGitNow, readGitNow } from "./stream.ts";

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

/**
 * A file as a commit has it; null where it has none.
 * @throws {GitError} when it has one that cannot be read: a partial clone may not have fetched it
 */
export function fileAt(repository: Repository, commit: string, path: string): Buffer | null {
  const entry = readGitNow(repository.dir, ["ls-tree", "-z", commit, "--", path]).toString("latin1");
  // <mode> SP <type> SP <id> TAB <path>
  const id = /^\d+ blob ([0-9a-f]+)\t/.exec(entry)?.[1];
  if (id === undefined) return null;
  const { status, stdout } = askGitNow(repository.dir, ["cat-file", "blob", id]);
  if (status === 0) return stdout;
  throw new GitError(`'${path}' of ${commit.slice(0, 12)} cannot be read`, {
    hint: "in a partial clone: git fetch --refetch --filter=blob:limit=1m, or clone without --filter",
  });
}

/** The commits that ids stand for, tags looked through; null where one stands for none that is here. */
export function commitsNamed(repository: Repository, ids: readonly string[]): (string | null)[] {
  if (ids.length === 0) return [];
  const asked = ids.map((id) => `${id}^{commit}\n`).join("");
  const question = ["cat-file", "--batch-check=%(objectname) %(objecttype)"];
  const lines = askGitNow(repository.dir, question, asked).stdout.toString("latin1").trimEnd().split("\n");
  return ids.map((_, i) => /^([0-9a-f]{40,64}) commit$/.exec(lines[i] ?? "")?.[1] ?? null);
}

/** The commits at which the branches of a remote stood when they were last looked at. */
export function tipsOfRemote(repository: Repository, remote: string): string[] {
  const names = askGitNow(repository.dir, ["remote"]).stdout.toString("utf8").split("\n");
  const others = names.filter((name) => name.startsWith(`${remote}/`));
  const listed = ["for-each-ref", "--format=%(objectname) %(refname)", `refs/remotes/${remote}/`];
  const lines = askGitNow(repository.dir, listed).stdout.toString("utf8").split("\n");
  return lines.flatMap((line) => {
    const [id, ref] = line.split(" ");
    if (ref === undefined || others.some((name) => ref.startsWith(`refs/remotes/${name}/`))) return [];
    return [id!];
  });
}
