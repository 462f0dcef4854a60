import { GitError } from "../errors.ts";
import { NOT_FETCHED } from "./failure.ts";
import type { Repository } from "./repository.ts";
import { askGitNow, readGitNow } from "./stream.ts";

/** The commit that a name stands for; null when it stands for none that is here. */
export function commitNamed(repository: Repository, name: string): string | null {
  return name.includes("\n") ? null : commitsNamed(repository, [name])[0]!;
}

/** The same for many names. Tags are looked through. */
export function commitsNamed(repository: Repository, names: readonly string[]): (string | null)[] {
  if (names.length === 0) return [];
  const asked = names.map((name) => `${name}^{commit}\n`).join("");
  const question = ["cat-file", "--batch-check=%(objectname) %(objecttype)"];
  const lines = askGitNow(repository.dir, question, asked).stdout.toString("latin1").trimEnd().split("\n");
  return names.map((_, i) => /^([0-9a-f]{40,64}) commit$/.exec(lines[i] ?? "")?.[1] ?? null);
}

/** Whether `ancestor` is in the history of `commit`. */
export function isAncestor(repository: Repository, ancestor: string, commit: string): boolean {
  return askGitNow(repository.dir, ["merge-base", "--is-ancestor", ancestor, commit]).status === 0;
}

/** The ids of those files that a commit has, by their paths. */
export function filesAt(
  repository: Repository,
  commit: string,
  paths: readonly string[],
): Map<string, string> {
  const output = readGitNow(repository.dir, ["ls-tree", "-z", commit, "--", ...paths]).toString("latin1");
  // <mode> SP blob SP <id> TAB <path> NUL
  return new Map(
    [...output.matchAll(/\d+ blob ([0-9a-f]+)\t([^\0]*)\0/g)].map(([, id, path]) => [path!, id!]),
  );
}

/**
 * A file as a commit has it; null where it has none.
 * @throws {GitError} when it has one that cannot be read: a partial clone may not have fetched it
 */
export function fileAt(repository: Repository, commit: string, path: string): Buffer | null {
  const id = filesAt(repository, commit, [path]).get(path);
  if (id === undefined) return null;
  const { status, stdout } = askGitNow(repository.dir, ["cat-file", "blob", id]);
  if (status === 0) return stdout;
  throw new GitError(`'${path}' of ${commit.slice(0, 12)} cannot be read`, {
    hint: NOT_FETCHED,
  });
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
