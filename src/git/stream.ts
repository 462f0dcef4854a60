import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { GitError } from "../errors.ts";
import { gitEnvironment } from "./environment.ts";
import { describeFailure } from "./failure.ts";

/** Standard error is kept for the error sentence only; the first 8 KiB hold it. */
const STDERR_LIMIT = 8192;

/** A git process whose output is read as it comes. */
export interface GitStream {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves when git ended with 0; rejects with a GitError when it failed, was killed, or is absent. */
  readonly done: Promise<void>;
  kill(): void;
}

/**
 * Starts git in `dir`. The caller reads `child.stdout` to its end and then awaits `done`: output
 * that ends early is a failure that only `done` knows of.
 */
export function startGit(dir: string, args: readonly string[], signal?: AbortSignal): GitStream {
  const child = spawn("git", args, { cwd: dir, env: gitEnvironment(), stdio: "pipe", windowsHide: true });
  let stderr = "";
  let killed = false;
  child.stderr.on("data", (chunk: Buffer) => {
    if (stderr.length < STDERR_LIMIT) stderr += chunk.toString("utf8");
  });
  // A git that dies closes its input; the reason is in `done`, not in this broken pipe.
  child.stdin.on("error", () => {});
  const kill = () => {
    killed = true;
    child.kill();
  };
  signal?.addEventListener("abort", kill, { once: true });
  if (signal?.aborted === true) kill();
  const done = new Promise<void>((resolve, reject) => {
    child.on("error", (error) => {
      reject(describeFailure(dir, args, error));
    });
    child.on("close", (code, signalName) => {
      signal?.removeEventListener("abort", kill);
      if (code === 0 || killed) resolve();
      else if (code === null) {
        reject(new GitError(`git ${args[0]} was killed by ${signalName} before it had finished`));
      } else reject(describeFailure(dir, args, new Error(stderr || `it ended with exit code ${code}`)));
    });
  });
  // The caller awaits `done` after reading; a rejection before that is not unhandled.
  done.catch(() => {});
  return { child, done, kill };
}

/** The whole output of a git process, for answers that are bytes. */
export async function readGit(
  dir: string,
  args: readonly string[],
  input?: string | Buffer,
  signal?: AbortSignal,
): Promise<Buffer> {
  const git = startGit(dir, args, signal);
  const chunks: Buffer[] = [];
  git.child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  git.child.stdin.end(input);
  await git.done;
  return Buffer.concat(chunks);
}

/**
 * The whole output of a git process that is waited for. A short answer comes 5 to 50 ms sooner than
 * through an asynchronous child, and a hook has nothing else to do meanwhile.
 *
 * @throws {GitError}
 */
export function readGitNow(dir: string, args: readonly string[]): Buffer {
  const { error, status, stdout, stderr } = askGitNow(dir, args);
  if (error !== undefined) throw describeFailure(dir, args, error);
  if (status === null) throw new GitError(`git ${args[0]} was killed before it had finished`);
  if (status !== 0)
    throw describeFailure(dir, args, new Error(stderr || `it ended with exit code ${status}`));
  return stdout;
}

/** As `readGitNow`, for a question to which git may say no: how it ended is the caller's to judge. */
export function askGitNow(
  dir: string,
  args: readonly string[],
  input?: string,
): { error: Error | undefined; status: number | null; stdout: Buffer; stderr: string } {
  const { error, status, stdout, stderr } = spawnSync("git", args, {
    cwd: dir,
    env: gitEnvironment(),
    maxBuffer: Number.POSITIVE_INFINITY,
    windowsHide: true,
    ...(input === undefined ? {} : { input }),
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  return { error, status, stdout, stderr: stderr?.toString("utf8").trim() ?? "" };
}
