import { appendFileSync, closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import type { Readable } from "node:stream";
import { isatty } from "node:tty";
import { errorCode, FileError, systemReason } from "../errors.ts";

/** What the command line may touch of the process; tests hand in their own. */
export interface Io {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Readable;
  readonly stdout: { readonly fd: number; readonly isTTY: boolean; readonly columns: number };
  readonly stderr: { readonly fd: number; readonly isTTY: boolean };
}

export function processIo(): Io {
  return {
    cwd: process.cwd(),
    env: process.env,
    // The streams themselves are made when they are asked for: that takes 4 ms, and a hook needs none.
    get stdin() {
      return process.stdin;
    },
    stdout: {
      fd: 1,
      isTTY: isatty(1),
      get columns() {
        return (isatty(1) && process.stdout.columns) || 100;
      },
    },
    stderr: { fd: 2, isTTY: isatty(2) },
  };
}

/**
 * Writes a report to a file (created with mode 0600) or to standard output. Writing is synchronous:
 * a process that ends may lose what it wrote to a pipe asynchronously.
 * @throws {FileError} when not all of it could be written
 */
export function writeReport(io: Io, file: string | null, chunks: Iterable<string>): void {
  const name = file === null ? "standard output" : `'${file}'`;
  let fd = io.stdout.fd;
  try {
    if (file !== null) fd = openSync(file, "w", 0o600);
    for (const chunk of chunks) writeAll(fd, chunk);
    if (file !== null) closeSync(fd);
  } catch (error) {
    throw new FileError(`the report could not be written to ${name}: ${systemReason(error)}`, {
      cause: error,
    });
  }
}

/**
 * Writes a file of the repository.
 * @throws {FileError}
 */
export function writeText(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new FileError(`'${file}' cannot be written: ${systemReason(error)}`, { cause: error });
  }
}

/**
 * Adds to a file that a pipeline shows.
 * @throws {FileError}
 */
export function appendReport(file: string, chunks: Iterable<string>): void {
  try {
    appendFileSync(file, [...chunks].join(""));
  } catch (error) {
    throw new FileError(`the summary could not be added to '${file}': ${systemReason(error)}`, {
      cause: error,
    });
  }
}

/** A line to standard error; if that is closed too there is nobody left to tell. */
export function notify(io: Io, text: string): void {
  try {
    writeAll(io.stderr.fd, text);
  } catch {
    // Nobody reads standard error; the exit code still says what happened.
  }
}

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text, "utf8");
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      // A pipe that is full for the moment: its reader is slow, not gone.
      if (errorCode(error) !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
