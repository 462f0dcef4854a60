import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Repository } from "./repository.ts";
import { askGitNow } from "./stream.ts";

/** Commits that a shallow clone gets in addition, step by step; at the end it gets all. */
const STEPS = ["--deepen=50", "--deepen=200", "--deepen=1000", "--unshallow"];

/**
 * Runs `git fetch`, the one thing that asks a server, with the user's own configuration: what is needed to
 * reach it is told there. It asks nobody anything, and runs no hook.
 */
function fetchNow(repository: Repository, args: readonly string[]): boolean {
  const options = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"];
  const { status } = spawnSync("git", ["-c", "gc.auto=0", ...options, ...args], {
    cwd: repository.dir,
    env: { ...process.env, GIT_TERMINAL_PROMPT: "0", GCM_INTERACTIVE: "never" },
    stdio: "ignore",
    windowsHide: true,
  });
  return status === 0;
}

/** Commits whose parents a shallow clone does not have. */
function boundary(repository: Repository): Set<string> {
  try {
    return new Set(readFileSync(join(repository.commonDir, "shallow"), "utf8").trim().split("\n"));
  } catch {
    return new Set();
  }
}

/** Gets one commit, or the tip of a branch under the remote's own name for it. */
export function fetchCommit(
  repository: Repository,
  remote: string,
  what: { commit: string } | { branch: string },
): boolean {
  // A whole clone stays whole: a depth would cut it.
  const depth = boundary(repository).size > 0 ? ["--depth=1"] : [];
  if ("commit" in what) return fetchNow(repository, [...depth, remote, what.commit]);
  const { branch } = what;
  const source = branch === "HEAD" ? "HEAD" : `refs/heads/${branch}`;
  return fetchNow(repository, [...depth, remote, `+${source}:refs/remotes/${remote}/${branch}`]);
}

/** Whether all commits of `head` that `base` does not have are here, with their parents. */
function isWhole(repository: Repository, base: string | null, head: string): boolean {
  const ends = boundary(repository);
  if (ends.size === 0) return true;
  // Where the base's own past is cut, commits that it has would count as new.
  if (base !== null && askGitNow(repository.dir, ["merge-base", base, head]).status !== 0) return false;
  const asked = askGitNow(repository.dir, ["rev-list", head, ...(base === null ? [] : ["--not", base])]);
  if (asked.status !== 0) return false;
  const commits = asked.stdout.toString("latin1").trimEnd().split("\n");
  return commits.every((id) => !ends.has(id));
}

/**
 * Fetches until the range is whole.
 *
 * @param remote null: nothing is fetched
 * @returns whether it is whole
 */
export function makeWhole(
  repository: Repository,
  remote: string | null,
  base: string | null,
  head: string,
): boolean {
  for (const step of remote === null ? [] : STEPS) {
    if (isWhole(repository, base, head)) return true;
    if (!fetchNow(repository, [step, remote!])) break;
  }
  return isWhole(repository, base, head);
}
