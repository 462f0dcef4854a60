import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import * as v from "valibot";
import { errorCode, FileError, systemReason, UsageError } from "../errors.ts";
import { replaceFile } from "./replace-file.ts";

/**
 * What a later run goes on with: one JSON document in a file of its own, written as a whole, and held by one process at a
 * time. No secret belongs into it.
 */
export class StateFile<T> {
  readonly path: string;
  private readonly schema: v.GenericSchema<T>;

  constructor(path: string, schema: v.GenericSchema<T>) {
    this.path = path;
    this.schema = schema;
  }

  /**
   * @returns null when there is none
   * @throws {FileError} when it cannot be read, or is none of ours
   */
  read(): T | null {
    if (!existsSync(this.path)) return null;
    let data: unknown;
    try {
      data = JSON.parse(readFileSync(this.path, "utf8"));
    } catch (error) {
      throw new FileError(`'${this.path}' cannot be read: ${systemReason(error)}`, { cause: error });
    }
    const result = v.safeParse(this.schema, data);
    if (result.success) return result.output;
    const [issue] = result.issues;
    throw new FileError(
      `'${this.path}' is no plan of this version: ${v.getDotPath(issue) ?? "it"}: ${issue.message}`,
      {
        hint: "use the version that wrote it, or see what it holds and move it away",
      },
    );
  }

  /** @throws {FileError} */
  write(state: T): void {
    replaceFile(this.path, `${JSON.stringify(state, null, 2)}\n`);
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }

  /**
   * Does something while no other process does.
   * @throws {UsageError} when another one does
   */
  async hold<R>(work: () => Promise<R>): Promise<R> {
    const lock = `${this.path}.lock`;
    this.take(lock);
    try {
      return await work();
    } finally {
      rmSync(lock, { force: true });
    }
  }

  private take(lock: string): void {
    try {
      mkdirSync(dirname(lock), { recursive: true, mode: 0o700 });
      const fd = openSync(lock, "wx", 0o600);
      writeSync(fd, String(process.pid));
      closeSync(fd);
    } catch (error) {
      if (errorCode(error) !== "EEXIST")
        throw new FileError(`'${lock}' cannot be written: ${systemReason(error)}`, { cause: error });
      const holder = Number(readFileSync(lock, "utf8"));
      if (isRunning(holder))
        throw new UsageError(
          `process ${holder} is at it already`,
          `wait for it to end; when it is something else, remove '${lock}'`,
        );
      // Of a process that was killed.
      rmSync(lock, { force: true });
      this.take(lock);
    }
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}
