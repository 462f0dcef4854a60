import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import type { Detection } from "../engine/types.ts";
import { systemReason } from "../errors.ts";
import { openRepository, rootCommits } from "../git/repository.ts";
import type { ScanResult } from "../policy/result.ts";
import { archiveKind, peek, ZipBehind } from "../sources/archive-kind.ts";
import { type FoundFile, findFiles } from "../sources/files.ts";
import { archiveEvents, scanArchive } from "./archives.ts";
import type { ScanEvents } from "./blob-scan.ts";
import { Inspector } from "./inspector.ts";
import { isWorkForAll, ScanPool, threadsForFiles } from "./pool.ts";
import { type ScanOptions, ScanRun } from "./run.ts";

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
  const named = paths.filter((path) => path !== "-");
  let pool: ScanPool | undefined;
  const startPool = (files: number) => {
    const limits = { maxBytes: settings.maxFileBytes, archives: settings.archives };
    pool ??= new ScanPool(threadsForFiles(files), settings.pack, limits);
    return pool;
  };
  const key = repositoryKey(base);
  const found = await findFiles(base, named, {
    ignored: options.ignored ?? false,
    exclude: options.exclude ?? [],
    // They make themselves ready while this thread lists the rest.
    onSeen: (count) => void (isWorkForAll(count) && startPool(count)),
  });
  const run = new ScanRun(options, await key, started);
  const { gaps } = found;
  const place = { blob: null, commit: null, state: "worktree" } as const;
  // Made by the scans that need one here: standard input, and archives.
  let ownInspector: Inspector | undefined;
  const inspector = () => {
    ownInspector ??= new Inspector(settings.pack);
    return ownInspector;
  };
  const openArchive = async (path: string, bytes: AsyncIterable<Buffer> | Iterable<Buffer>) => {
    await scanArchive(path, bytes, inspector(), settings.maxFileBytes, archiveEvents(run, place), signal);
  };
  const openFile = async (path: string, absolute: string) => {
    try {
      await openArchive(path, createReadStream(absolute));
    } catch (error) {
      run.ledger.add("unreadable-file", `${path}: ${systemReason(error)}`);
    }
  };
  if (paths.includes("-") && options.stdin !== undefined) {
    const name = "(standard input)";
    const input = options.stdin;
    const stop = () => input.destroy();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const { head, rest } = await peek(input[Symbol.asyncIterator]() as AsyncIterator<Buffer>);
      const isArchive = archiveKind(head) !== null;
      run.counts.files += 1;
      if (isArchive && !settings.archives) run.ledger.add("archive", name);
      if (isArchive && settings.archives) await openArchive(name, rest);
      else {
        const inspection = inspector().open(name);
        const behind = new ZipBehind(settings.archives);
        for await (const chunk of rest) {
          inspection.push(chunk);
          behind.push(chunk);
        }
        const detections = inspection.finish();
        run.counts.bytes += inspection.length;
        if (inspection.isLfsPointer) run.ledger.add("lfs-pointer", name);
        run.collector.add(detections, { ...place, path: name });
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
  const hits = new Map<FoundFile, Detection[]>();
  const archives: FoundFile[] = [];
  const events: ScanEvents = {
    hit(number, detections) {
      const file = found.files[Number(number)]!;
      hits.set(file, detections);
      run.collector.prepare(detections, { path: file.path, commit: null });
    },
    archive: (number) => archives.push(found.files[Number(number)]!),
    gap: (reason, where) => gaps.push([reason, where]),
    progress(count, bytes) {
      run.counts.files += count;
      run.counts.bytes += bytes;
      options.onProgress?.(run.counts.files, found.files.length, "files");
    },
  };
  try {
    if (found.files.length > 0) await startPool(found.files.length).scanFiles(found.files, events, signal);
  } finally {
    pool?.close();
  }
  await run.collector.ready();
  // Files are found, and threads tell, in any order; a report has one.
  for (const gap of gaps.sort(([, a], [, b]) => (a < b ? -1 : 1))) run.ledger.add(...gap);
  const byPath = (a: FoundFile, b: FoundFile) => (a.path < b.path ? -1 : 1);
  for (const file of [...hits.keys()].sort(byPath))
    run.collector.add(hits.get(file)!, { ...place, path: file.path });
  for (const { path, absolute } of archives.sort(byPath)) {
    if (!settings.archives) run.ledger.add("archive", path);
    else if (signal?.aborted !== true) await openFile(path, absolute);
  }
  if (signal?.aborted === true) run.ledger.add("interrupted", `after ${run.counts.files} files`);
  if (run.counts.files === 0) run.ledger.add("nothing-scanned", paths.join(" "));
  return run.result("files", paths.join(" "), new Map());
}

async function repositoryKey(base: string): Promise<string | null> {
  try {
    return await rootCommits(await openRepository(base));
  } catch {
    return null;
  }
}
