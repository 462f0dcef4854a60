import type { Repository } from "./repository.ts";
import { readGitNow } from "./stream.ts";

/**
 * Takes changes of files out of the index, as `git restore --staged` does; before the first commit the files leave it.
 * @throws {GitError}
 */
export function unstage(repository: Repository, paths: readonly string[]): void {
  const command =
    repository.head === null
      ? ["rm", "--quiet", "--cached", "--force"]
      : ["restore", "--quiet", "--staged", "--source=HEAD"];
  readGitNow(repository.dir, [...command, "--", ...paths]);
}
