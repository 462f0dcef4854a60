import { GitError } from "../errors.ts";

/** Apart from `questions.ts`, so that scan threads do not load simple-git. */
export function gitMissing(cause: unknown): GitError {
  return new GitError("git was not found on the PATH", { hint: "install git, or add it to the PATH", cause });
}

/** The first line of what git wrote to standard error, without its "fatal:". */
export function firstLine(text: string): string {
  return text.split("\n", 1)[0]!.replace(/^(?:fatal|error): /, "");
}
