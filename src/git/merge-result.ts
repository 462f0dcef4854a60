import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRepository, type Repository } from "./repository.ts";
import { askGitNow } from "./stream.ts";

/**
 * Merges two commits, as a server would, in a repository of its own that borrows the objects of this one: a scan
 * writes nothing into the repository that it reads. Where both sides changed the same lines the tree holds both.
 *
 * @param use gets the other repository and the merged tree
 * @returns null when git cannot do it: it is older than 2.38, the commits have no history in common, or its variables name
 *   another repository
 */
export async function withMergeResult<Result>(
  repository: Repository,
  base: string,
  head: string,
  use: (repository: Repository, tree: string) => Promise<Result>,
): Promise<Result | null> {
  // Git's variables would lead every command back to the repository that they name.
  if (process.env.GIT_DIR !== undefined || process.env.GIT_OBJECT_DIRECTORY !== undefined) return null;
  const dir = mkdtempSync(join(tmpdir(), "leakwarden-merge-"));
  try {
    const init = [
      "init",
      "--quiet",
      "--bare",
      `--object-format=${repository.objectFormat}`,
      "--template=",
      ".",
    ];
    if (askGitNow(dir, init).status !== 0) return null;
    mkdirSync(join(dir, "objects", "info"), { recursive: true });
    writeFileSync(join(dir, "objects", "info", "alternates"), `${join(repository.commonDir, "objects")}\n`);
    const shallow = join(repository.commonDir, "shallow");
    if (existsSync(shallow)) copyFileSync(shallow, join(dir, "shallow"));
    const { status, stdout } = askGitNow(dir, ["merge-tree", "--write-tree", base, head]);
    const tree = /^[0-9a-f]{40,64}/.exec(stdout.toString("latin1"))?.[0];
    // 1: with conflicts, whose places hold what both sides have.
    if ((status !== 0 && status !== 1) || tree === undefined) return null;
    return await use(await openRepository(dir), tree);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
