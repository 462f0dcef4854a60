import { GitError } from "../errors.ts";
import { gitEnvironment } from "./environment.ts";
import { describeFailure } from "./failure.ts";

/**
 * Asks git a short question in `dir` and gives its answer as text. simple-git buffers what it
 * reads, so bulk goes through `stream.ts`.
 *
 * Two traps of simple-git 4, both measured: it takes every GIT_ variable from the child unless it
 * is allowed by name, so a hook would look at the wrong index; and it takes a failure that wrote
 * nothing to standard error for success, so a git that was killed would look like an empty answer.
 *
 * @throws {GitError}
 */
export async function askGit(dir: string, args: readonly string[]): Promise<string> {
  // Loaded when first needed: the hook of a clean commit never does, and saves 12 ms.
  const { simpleGit } = await import("simple-git");
  const env = gitEnvironment();
  const git = simpleGit({
    baseDir: dir,
    allowEnvironment: Object.keys(env).filter((name) => name.startsWith("GIT_")),
    unsafe: {
      allowUnsafeConfigEnvCount: true,
      allowUnsafeConfigPaths: true,
      allowUnsafeProtocolOverride: true,
      allowUnsafeDiffExternal: true,
      allowUnsafeFsMonitor: true,
      allowUnsafePager: true,
    },
    errors(error, result) {
      if (error !== undefined || result.exitCode === 0) return error;
      return new Error(
        Buffer.concat(result.stdErr).toString().trim() || `git ended with exit code ${result.exitCode}`,
      );
    },
  }).env(env);
  try {
    return await git.raw([...args]);
  } catch (cause) {
    throw describeFailure(dir, args, cause);
  }
}

/** As `askGit`, but a git that says no gives null: for questions where no is an answer. */
export async function askGitOrNull(dir: string, args: readonly string[]): Promise<string | null> {
  try {
    return await askGit(dir, args);
  } catch (error) {
    if (error instanceof GitError && error.hint === undefined) return null;
    throw error;
  }
}
