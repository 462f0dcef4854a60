import { GitError } from "../errors.ts";

/** Apart from `questions.ts`, so that scan threads do not load simple-git. */
export function gitMissing(cause: unknown): GitError {
  return new GitError("git was not found on the PATH", { hint: "install git, or add it to the PATH", cause });
}

/** The first line of what git wrote to standard error, without its "fatal:". */
export function firstLine(text: string): string {
  return text.split("\n", 1)[0]!.replace(/^(?:fatal|error): /, "");
}

/** What a failed git means to the user. */
export function describeFailure(dir: string, args: readonly string[], cause: unknown): GitError {
  const message = cause instanceof Error ? cause.message.trim() : String(cause);
  if (/ENOENT/.test(message)) return gitMissing(cause);
  if (/not a git repository/i.test(message)) {
    return new GitError(`'${dir}' is not in a git repository`, {
      hint: "run it inside a repository, name one with --repo, or scan plain files with 'leakwarden files'",
      cause,
    });
  }
  return new GitError(`git ${args[0]} failed: ${firstLine(message)}`, { cause });
}
