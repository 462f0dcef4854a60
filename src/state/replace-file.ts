import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { FileError, systemReason } from "../errors.ts";

/**
 * Puts a file of mode 0600 in place at once: whoever reads it finds the old text or the new one, also after a crash of the
 * machine.
 * @throws {FileError}
 */
export function replaceFile(path: string, text: string): void {
  const own = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const fd = openSync(own, "w", 0o600);
    try {
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(own, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(own, { force: true });
    throw new FileError(`'${path}' cannot be written: ${systemReason(error)}`, { cause: error });
  }
}

/** A rename is only on the disk when its folder is. */
function syncFolder(path: string): void {
  // Windows has no way to open a folder.
  if (process.platform === "win32") return;
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
