import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { cacheFolder } from "./folder.ts";

/** All files together; the ones that were not used for the longest time go first. */
const MOST_BYTES = 1 << 30;
/** Of a run that was killed while it wrote; a run that still writes is not that old. */
const STALE_MS = 60 * 60 * 1000;

/** `leakwarden <kind>`, then the length of each part and the CRC-32 of all, then the parts. */
const HEADER = /^leakwarden ([\w-]+) ([\d,]+) (\d+)\n/;
const LONGEST_HEADER = 512;

export interface CacheInfo {
  readonly folder: string | null;
  readonly files: number;
  readonly bytes: number;
  readonly limit: number;
}

/**
 * Files in the user's cache. One that is not there, cut off or of another kind is as if there were none; one that
 * cannot be written is left out. Each is written aside and put in place at once, so that runs beside each other and
 * runs that are killed leave whole files.
 */
export class CacheStore {
  private readonly folder: string | null;
  private readonly limit: number;

  /** @param limit bytes of all files together */
  constructor(env: NodeJS.ProcessEnv, limit: number = MOST_BYTES) {
    this.limit = limit;
    const cache = cacheFolder(env);
    this.folder = cache === null ? null : join(cache, "history");
  }

  read(name: string, kind: string): Uint8Array[] | null {
    if (this.folder === null) return null;
    try {
      const path = join(this.folder, name);
      const parts = unpack(readFileSync(path), kind);
      const now = new Date();
      if (parts !== null) utimesSync(path, now, now);
      return parts;
    } catch {
      return null;
    }
  }

  write(name: string, kind: string, parts: readonly Uint8Array[]): void {
    if (this.folder === null) return;
    const own = join(this.folder, `${name}.${process.pid}`);
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      writeFileSync(own, pack(kind, parts), { mode: 0o600 });
      renameSync(own, join(this.folder, name));
      this.prune();
    } catch {
      removeIfThere(own);
    }
  }

  info(): CacheInfo {
    const files = this.list();
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    return { folder: this.folder, files: files.length, bytes, limit: this.limit };
  }

  /** @throws when a file cannot be removed */
  clear(): void {
    if (this.folder !== null) rmSync(this.folder, { recursive: true, force: true });
  }

  private prune(): void {
    const files = this.list().sort((a, b) => b.used - a.used);
    let bytes = 0;
    for (const { path, size, used, aside } of files) {
      bytes += size;
      if (bytes > this.limit || (aside && Date.now() - used > STALE_MS)) removeIfThere(path);
    }
  }

  private list(): { path: string; size: number; used: number; aside: boolean }[] {
    const { folder } = this;
    if (folder === null) return [];
    let names: string[] = [];
    try {
      names = readdirSync(folder);
    } catch {
      return [];
    }
    return names.flatMap((name) => {
      const path = join(folder, name);
      const found = statSync(path, { throwIfNoEntry: false });
      if (found === undefined) return [];
      return [{ path, size: found.size, used: found.mtimeMs, aside: /\.\d+$/.test(name) }];
    });
  }
}

function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Its folder is no folder, or may not be changed.
  }
}

function pack(kind: string, parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const lengths = parts.map(({ length }) => length).join(",");
  return Buffer.concat([Buffer.from(`leakwarden ${kind} ${lengths} ${crc32(body)}\n`), body]);
}

function unpack(bytes: Buffer, kind: string): Uint8Array[] | null {
  const header = HEADER.exec(bytes.toString("latin1", 0, LONGEST_HEADER));
  if (header === null || header[1] !== kind) return null;
  const body = bytes.subarray(header[0].length);
  const lengths = header[2]!.split(",").map(Number);
  if (lengths.reduce((sum, length) => sum + length, 0) !== body.length) return null;
  if (crc32(body) !== Number(header[3])) return null;
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return body.subarray(at - length, at);
  });
}
