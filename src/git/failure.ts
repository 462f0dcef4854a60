import { statSync } from "node:fs";
import { GitError } from "../errors.ts";

/** Why git failed, in its own words: the line that says so, of all that it wrote to standard error. */
function reasonIn(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "" && !/^(?:hint|warning):/.test(line));
  const [fatal, error] = ["fatal:", "error:"].map((word) => lines.find((line) => line.startsWith(word)));
  const reason = fatal ?? error ?? lines[0] ?? "";
  return reason.replace(/^(?:fatal|error): /, "").trim();
}

/** The way out where a partial clone has not fetched something. */
export const NOT_FETCHED =
  "in a partial clone: git fetch --refetch --filter=blob:limit=1m, or clone without --filter";

/** What a failed git means to the user. Apart from `questions.ts`, so that scan threads do not load simple-git. */
export function describeFailure(dir: string, args: readonly string[], cause: unknown): GitError {
  const message = cause instanceof Error ? cause.message.trim() : String(cause);
  if (/ENOENT|ENOTDIR|EACCES/.test(message)) return notStarted(dir, cause);
  if (/not a git repository/i.test(message)) {
    return new GitError(`'${dir}' is not in a git repository`, {
      hint: "run it inside a repository, name one with --repo, or scan plain files with 'leakwarden files'",
      cause,
    });
  }
  const unknown = /ambiguous argument '([^']*)': unknown revision|bad revision '([^']*)'/.exec(message);
  if (unknown !== null) {
    return new GitError(`there is no branch, tag or commit '${unknown[1] ?? unknown[2]}' here`, {
      hint: "'git branch --all' and 'git tag' show what there is",
      cause,
    });
  }
  if (/promisor remote/.test(message)) {
    return new GitError("a version that is needed here was never fetched from the promisor remote", {
      hint: NOT_FETCHED,
      cause,
    });
  }
  return new GitError(`git ${args[0]} failed: ${reasonIn(message) || "it gave no reason"}`, { cause });
}

/** A process that cannot be started says the same of a missing folder and of a missing program. */
function notStarted(dir: string, cause: unknown): GitError {
  try {
    if (statSync(dir).isDirectory()) {
      return new GitError("git was not found on the PATH", {
        hint: "install git, or add it to the PATH",
        cause,
      });
    }
    return new GitError(`'${dir}' is not a folder`, { hint: "name the folder of a repository", cause });
  } catch {
    return new GitError(`'${dir}' does not exist, or may not be read`, {
      hint: "name the folder of a repository",
      cause,
    });
  }
}
