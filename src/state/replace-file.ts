import {
  closeSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { errorCode, FileError, systemReason } from "../errors.ts";

/**
 * Puts a file of mode 0600 in place at once: whoever reads it finds the old text or the new one, also after a crash of the
 * machine. It stays its owner's. What a run that was killed has left half written is removed.
 * @throws {FileError}
 */
export function replaceFile(path: string, text: string): void {
  const folder = dirname(path);
  const own = `${path}.tmp-${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    sweep(folder, `${basename(path)}.tmp-`);
    const before = statSync(path, { throwIfNoEntry: false });
    const fd = openSync(own, "w", 0o600);
    try {
      // Root may write what is somebody else's, who must be able to read it afterwards.
      if (before !== undefined && process.getuid?.() === 0) fchownSync(fd, before.uid, before.gid);
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(own, path);
    syncFolder(folder);
  } catch (error) {
    removeIfThere(own);
    throw new FileError(`'${path}' cannot be written: ${systemReason(error)}`, { cause: error });
  }
}

function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Its folder is none: then it was never made.
  }
}

function sweep(folder: string, prefix: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(prefix) && !isRunning(Number(name.slice(prefix.length))))
      rmSync(join(folder, name), { force: true });
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

export function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}
