import { closeSync, createReadStream, openSync, readSync, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { Engine } from "../engine/engine.ts";
import { systemReason } from "../errors.ts";
import { openRepository, rootCommits } from "../git/repository.ts";
import { SimdPrefilter } from "../kernel/simd.ts";
import type { ScanResult } from "../policy/result.ts";
import { archiveKind, peek, ZipBehind } from "../sources/archive-kind.ts";
import { findFiles } from "../sources/files.ts";
import { archiveEvents, scanArchive } from "./archives.ts";
import { type Inspection, Inspector } from "./inspector.ts";
import { type ScanOptions, ScanRun } from "./run.ts";

/** Bytes read from a file at a time. */
const READ_BYTES = 1 << 20;

export interface FilesOptions extends ScanOptions {
  /** Scan also what .gitignore hides. */
  readonly ignored?: boolean;
  /** Globs, relative to each scanned folder. */
  readonly exclude?: readonly string[];
  /** What `-` stands for. */
  readonly stdin?: Readable;
}

/** Scans files and folders as they are on disk, and standard input for the path `-`. */
export async function scanFiles(
  base: string,
  paths: readonly string[],
  options: FilesOptions,
): Promise<ScanResult> {
  const started = new Date();
  const { settings, signal } = options;
  const found = await findFiles(
    base,
    paths.filter((path) => path !== "-"),
    { ignored: options.ignored ?? false, exclude: options.exclude ?? [] },
  );
  const run = new ScanRun(settings, await repositoryKey(base), options.each ?? false, started);
  const inspector = new Inspector(
    settings.pack,
    new Engine(settings.pack, (literals, windows) => new SimdPrefilter(literals, windows)),
  );
  for (const gap of found.gaps) run.ledger.add(...gap);
  const take = (inspection: Inspection, path: string) => {
    const detections = inspection.finish();
    run.counts.files += 1;
    run.counts.bytes += inspection.length;
    if (inspection.isLfsPointer) run.ledger.add("lfs-pointer", path);
    run.collector.add(detections, { path, blob: null, commit: null, state: "worktree" });
  };
  /** Whether it is to be opened; an archive that is not is said so, and scanned as the bytes that it is. */
  const isArchive = (head: Uint8Array, path: string): boolean => {
    if (archiveKind(head) === null) return false;
    if (!settings.archives) run.ledger.add("archive", path);
    return settings.archives;
  };
  const openArchive = async (path: string, bytes: AsyncIterable<Buffer> | Iterable<Buffer>) => {
    const events = archiveEvents(run, { blob: null, commit: null, state: "worktree" });
    await scanArchive(path, bytes, inspector, settings.maxFileBytes, events, signal);
  };
  if (paths.includes("-") && options.stdin !== undefined) {
    const name = "(standard input)";
    const input = options.stdin;
    const stop = () => input.destroy();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const { head, rest } = await peek(input[Symbol.asyncIterator]() as AsyncIterator<Buffer>);
      if (isArchive(head, name)) {
        run.counts.files += 1;
        await openArchive(name, rest);
      } else {
        const inspection = inspector.open(name);
        const behind = new ZipBehind(settings.archives);
        for await (const chunk of rest) {
          inspection.push(chunk);
          behind.push(chunk);
        }
        take(inspection, name);
        if (behind.found) {
          if (!settings.archives) run.ledger.add("archive", name);
          else if (behind.pieces === null) run.ledger.add("archive-limit", name);
          else await openArchive(name, behind.pieces);
        }
      }
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    }
    signal?.removeEventListener("abort", stop);
    if (signal?.aborted === true) run.ledger.add("interrupted", "in standard input");
  }
  for (const file of found.files) {
    if (signal?.aborted === true) {
      run.ledger.add("interrupted", `before ${file.path}`);
      break;
    }
    try {
      if (!statSync(file.absolute).isFile()) {
        run.ledger.add(
          "unreadable-file",
          `${file.path}: it is no file, but a pipe or a device; give it as '-'`,
        );
        continue;
      }
      const behind = new ZipBehind(false);
      const inspection = readFile(
        file.absolute,
        inspector.open(file.path),
        behind,
        settings.maxFileBytes,
        (head) => isArchive(head, file.path),
      );
      if (inspection === "archive") {
        run.counts.files += 1;
        await openArchive(file.path, createReadStream(file.absolute));
      } else if (inspection === "too long") run.ledger.add("size-limit", file.path);
      else {
        take(inspection, file.path);
        if (behind.found) {
          if (settings.archives) await openArchive(file.path, createReadStream(file.absolute));
          else run.ledger.add("archive", file.path);
        }
      }
    } catch (error) {
      run.ledger.add("unreadable-file", `${file.path}: ${systemReason(error)}`);
    }
    options.onProgress?.(run.counts.files, found.files.length, "files");
  }
  if (run.counts.files === 0) run.ledger.add("nothing-scanned", paths.join(" "));
  return run.result("files", paths.join(" "), new Map());
}

/** Reads synchronously: for small files that costs a seventh of the asynchronous way. */
function readFile(
  path: string,
  inspection: Inspection,
  behind: ZipBehind,
  limit: number,
  isArchive: (head: Uint8Array) => boolean,
): Inspection | "too long" | "archive" {
  const handle = openSync(path, "r");
  try {
    for (;;) {
      const buffer = Buffer.allocUnsafe(READ_BYTES);
      const length = readSync(handle, buffer, 0, READ_BYTES, null);
      if (length === 0) return inspection;
      if (inspection.length === 0 && isArchive(buffer.subarray(0, length))) return "archive";
      if (limit > 0 && inspection.length + length > limit) return "too long";
      const piece =
        length < READ_BYTES / 2 ? Buffer.from(buffer.subarray(0, length)) : buffer.subarray(0, length);
      inspection.push(piece);
      behind.push(piece);
    }
  } finally {
    closeSync(handle);
  }
}

async function repositoryKey(base: string): Promise<string | null> {
  try {
    return await rootCommits(await openRepository(base));
  } catch {
    return null;
  }
}
