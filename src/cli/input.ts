import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { FileError, systemReason } from "../errors.ts";
import type { Io } from "./io.ts";

/**
 * The bytes of a file that the command line names.
 * @throws {FileError} when it cannot be read
 */
export function readInput(io: Io, path: string): Buffer {
  try {
    return readFileSync(resolve(io.cwd, path));
  } catch (error) {
    throw new FileError(`'${path}' cannot be read: ${systemReason(error)}`, { cause: error });
  }
}

/** All of standard input. */
export async function readStandardInput(io: Io): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of io.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
