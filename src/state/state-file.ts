import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as v from "valibot";
import { errorCode, FileError, systemReason, UsageError } from "../errors.ts";
import { isRunning, replaceFile } from "./replace-file.ts";

/**
 * What a later run goes on with: one JSON document in a file of its own, written as a whole, and held by one process at a
 * time. No secret belongs into it.
 */
export class StateFile<T> {
  readonly path: string;
  private readonly schema: v.GenericSchema<T>;
  private readonly what: string;

  /** @param what it is, to the user */
  constructor(path: string, schema: v.GenericSchema<T>, what: string) {
    this.path = path;
    this.what = what;
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
      `'${this.path}' is no ${this.what} of this version: ${v.getDotPath(issue) ?? "it"}: ${issue.message}`,
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

  /** The lock names its process from the moment that it is there. */
  private take(lock: string): void {
    const own = `${lock}.${process.pid}`;
    try {
      mkdirSync(dirname(lock), { recursive: true, mode: 0o700 });
      writeFileSync(own, String(process.pid), { mode: 0o600 });
      while (!linked(own, lock)) this.clearStale(lock, own);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new FileError(`'${lock}' cannot be written: ${systemReason(error)}`, { cause: error });
    } finally {
      rmSync(own, { force: true });
    }
  }

  /** Removes the lock of a process that was killed; one at a time, who looks again: what is there by then may be held. */
  private clearStale(lock: string, own: string): void {
    const holder = holderOf(lock);
    if (holder === null) return;
    if (isRunning(holder)) throw busy(holder, lock);
    const turn = `${lock}.clearing`;
    if (!linked(own, turn)) {
      const clearer = holderOf(turn);
      if (clearer !== null && !isRunning(clearer)) rmSync(turn, { force: true });
      return;
    }
    if (holderOf(lock) === holder) rmSync(lock, { force: true });
    rmSync(turn, { force: true });
  }
}

/** @returns false when there is something of the name already */
function linked(own: string, name: string): boolean {
  try {
    linkSync(own, name);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** @returns null when it is not there any more */
function holderOf(lock: string): number | null {
  try {
    return Number(readFileSync(lock, "utf8"));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

function busy(holder: number, lock: string): UsageError {
  return new UsageError(
    `process ${holder} is at it already`,
    `wait for it to end; when it is something else, remove '${lock}'`,
  );
}
