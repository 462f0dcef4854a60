import { spawnSync } from "node:child_process";
import { GitError } from "../errors.ts";
import { gitEnvironment } from "./environment.ts";
import { readLooseBlobs } from "./loose.ts";
import type { Repository } from "./repository.ts";
import { type GitStream, startGit } from "./stream.ts";

/** Receives the objects of a `cat-file --batch`, in the order in which they were asked for. */
export interface ObjectReceiver {
  begin(id: string, type: string, size: number): void;
  /** A piece of the content; valid until `end` of this object. */
  piece(bytes: Buffer): void;
  end(): void;
  missing(id: string): void;
  /** The object exists and cannot be read; what was given of it since `begin` is void. */
  broken(id: string, reason: string): void;
}

/**
 * Reads the output of `git cat-file --batch`, which comes cut anywhere:
 *
 *     <id> SP <type> SP <size> LF <size bytes> LF
 *     <name as asked> SP missing LF
 *
 * State: `left` is how many content bytes of the current object are still to come; -1 while the
 * header line is read, and 0 while only the LF after the content is missing.
 */
export class BatchParser {
  private header = "";
  private left = -1;
  private readonly receiver: ObjectReceiver;

  constructor(receiver: ObjectReceiver) {
    this.receiver = receiver;
  }

  /** @throws {GitError} on a line that is no header */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.left < 0) {
        const newline = chunk.indexOf(0x0a, at);
        const line = chunk.toString("latin1", at, newline < 0 ? chunk.length : newline);
        this.header += line;
        if (newline < 0) return;
        at = newline + 1;
        this.readHeader();
      } else if (this.left > 0) {
        const end = Math.min(chunk.length, at + this.left);
        this.receiver.piece(chunk.subarray(at, end));
        this.left -= end - at;
        at = end;
      } else {
        at += 1;
        this.left = -1;
        this.receiver.end();
      }
    }
  }

  /** Whether the output may end here. */
  get atRest(): boolean {
    return this.left < 0 && this.header === "";
  }

  private readHeader(): void {
    const line = this.header;
    this.header = "";
    const [id, type, size] = line.split(" ");
    if (type === "missing") {
      this.receiver.missing(id!);
      return;
    }
    const length = Number(size);
    if (id === undefined || type === undefined || !Number.isSafeInteger(length)) {
      throw new GitError("git cat-file gave an answer that could not be read");
    }
    this.left = length;
    this.receiver.begin(id, type, length);
  }
}

/** Content beyond this is streamed. */
const FEW_BYTES = 16 << 20;

/**
 * Reads blobs as `streamObjects` does, in one go and without waiting for events, which saves a
 * hook 10 ms. False, and nothing said to `receiver`, when that cannot be done: there is too much of
 * them, or git failed.
 */
export function readFewBlobs(
  repository: Repository,
  ids: readonly string[],
  receiver: ObjectReceiver,
): boolean {
  const loose = readLooseBlobs(repository, ids, FEW_BYTES);
  if (loose !== null) {
    loose.forEach((content, i) => {
      receiver.begin(ids[i]!, "blob", content.length);
      receiver.piece(content);
      receiver.end();
    });
    return true;
  }
  const { error, status, stdout } = spawnSync("git", ["cat-file", "--batch", "--buffer"], {
    cwd: repository.dir,
    env: gitEnvironment(),
    input: `${ids.join("\n")}\n`,
    maxBuffer: FEW_BYTES,
    windowsHide: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  if (error !== undefined || status !== 0) return false;
  const parser = new BatchParser(receiver);
  parser.push(stdout);
  if (!parser.atRest) throw new GitError("git cat-file ended before it had given every object");
  return true;
}

/**
 * Streams the contents of `ids`, in their order, to `receiver`.
 *
 * Git ends when it meets an object that it cannot unpack. That object is then given to
 * `receiver.broken` and reading goes on behind it with a new process; each start passes at least
 * one object, so it ends.
 *
 * @throws {GitError} when git is missing, was killed, or fails without having met an object
 */
export async function streamObjects(
  dir: string,
  ids: readonly string[],
  receiver: ObjectReceiver,
  signal?: AbortSignal,
): Promise<void> {
  let done = 0;
  let failures = 0;
  const aborted = () => signal?.aborted === true;
  while (done < ids.length && !aborted()) {
    const before = done;
    const git = startGit(dir, ["cat-file", "--batch", "--buffer"], signal);
    void feed(git, ids, done);
    const parser = new BatchParser({
      begin: (id, type, size) => receiver.begin(id, type, size),
      piece: (bytes) => receiver.piece(bytes),
      end() {
        done += 1;
        receiver.end();
      },
      missing(id) {
        done += 1;
        receiver.missing(id);
      },
      broken() {},
    });
    try {
      for await (const chunk of git.child.stdout) parser.push(chunk as Buffer);
      await git.done;
      if (aborted()) return;
      if (done < ids.length) throw new GitError("git cat-file ended before it had given every object");
    } catch (error) {
      git.kill();
      // A partial clone has not fetched it, and a scan fetches nothing.
      if (error instanceof GitError && /promisor remote/.test(error.message)) {
        receiver.missing(ids[done]!);
        done += 1;
        continue;
      }
      failures = done === before ? failures + 1 : 1;
      if (
        !(error instanceof GitError) ||
        !/corrupt|inflate|unable to|could not|cannot|bad object|mismatch/i.test(error.message) ||
        failures > 8
      ) {
        throw error;
      }
      receiver.broken(ids[done]!, error.message);
      done += 1;
    }
  }
}

/** Writes the ids as fast as git takes them, so that a long list is never held as one text. */
async function feed(git: GitStream, ids: readonly string[], from: number): Promise<void> {
  const { stdin } = git.child;
  const BLOCK = 1000;
  for (let at = from; at < ids.length; at += BLOCK) {
    if (!stdin.write(`${ids.slice(at, at + BLOCK).join("\n")}\n`)) {
      await new Promise<void>((resolve) => {
        stdin.once("drain", resolve);
        stdin.once("close", resolve);
      });
    }
    if (stdin.destroyed) return;
  }
  stdin.end();
}
