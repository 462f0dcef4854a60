import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Repository } from "./repository.ts";

/** A file that is staged on top of HEAD. */
export interface ScratchFile {
  readonly path: string;
  readonly content: string;
}

/**
 * Gives `use` the environment of a program for which one file is staged, and a folder that is gone afterwards. Neither the
 * repository's index nor its objects are written to.
 *
 * @param file null: nothing is staged
 */
export function withScratchIndex<Result>(
  repository: Repository,
  file: ScratchFile | null,
  use: (env: NodeJS.ProcessEnv, dir: string) => Result,
): Result {
  const dir = mkdtempSync(join(tmpdir(), "leakwarden-index-"));
  try {
    const { GIT_ALTERNATE_OBJECT_DIRECTORIES: others } = process.env;
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      GIT_INDEX_FILE: join(dir, "index"),
      GIT_OBJECT_DIRECTORY: dir,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: [
        join(repository.commonDir, "objects"),
        ...(others === undefined ? [] : [others]),
      ].join(delimiter),
    };
    const git = (args: readonly string[], input = "") =>
      spawnSync("git", args, { cwd: repository.dir, env, encoding: "utf8", input }).stdout.trim();
    git(repository.head === null ? ["read-tree", "--empty"] : ["read-tree", "HEAD"]);
    if (file !== null) {
      const blob = git(["hash-object", "-w", "--stdin"], file.content);
      git(["update-index", "--add", "--cacheinfo", `100644,${blob},${file.path}`]);
    }
    return use(env, dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
