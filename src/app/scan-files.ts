import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import type { Settings } from "../config/settings.ts";
import type { Detection } from "../engine/types.ts";
import { systemReason } from "../errors.ts";
import { openRepository, rootCommit } from "../git/repository.ts";
import type { ScanResult } from "../policy/result.ts";
import { archiveKind, peek, ZipBehind } from "../sources/archive-kind.ts";
import { type FoundFile, findFiles } from "../sources/files.ts";
import { archiveEvents, scanArchive } from "./archives.ts";
import type { ScanEvents } from "./blob-scan.ts";
import { Inspector } from "./inspector.ts";
import { isWorkForAll, ScanPool, threadsForFiles } from "./pool.ts";
import { type ScanOptions, ScanRun } from "./run.ts";

const PLACE = { blob: null, commit: null, state: "worktree" } as const;

export interface FilesOptions extends ScanOptions {
  /** Scan also what .gitignore hides. */
  readonly ignored?: boolean;
  /** Globs, relative to each scanned folder. */
  readonly exclude?: readonly string[];
  /** What `-` stands for. */
  readonly stdin?: Readable;
  /** Called when it is known what there is to scan. Until then nothing is scanned, and `signal` is not looked at. */
  readonly onListed?: () => void;
}

/** Scans files and folders as they are on disk, and standard input for the path `-`. */
export async function scanFiles(
  base: string,
  paths: readonly string[],
  options: FilesOptions,
): Promise<ScanResult> {
  const { pack, maxFileBytes, archives } = options.settings;
  let pool: ScanPool | undefined;
  const startPool = (files: number) => {
    pool ??= new ScanPool(threadsForFiles(files), pack, { maxBytes: maxFileBytes, archives });
    return pool;
  };
  try {
    return await scanWith(startPool, base, paths, options);
  } finally {
    pool?.close();
  }
}

/** @param startPool gets the number of files; gives the same pool each time */
async function scanWith(
  startPool: (files: number) => ScanPool,
  base: string,
  paths: readonly string[],
  options: FilesOptions,
): Promise<ScanResult> {
  const started = new Date();
  const { settings, signal } = options;
  const named = paths.filter((path) => path !== "-");
  const key = repositoryKey(base);
  const { files, gaps } = await findFiles(base, named, {
    ignored: options.ignored ?? false,
    exclude: options.exclude ?? [],
    // They make themselves ready while this thread lists the rest.
    onSeen: (count) => void (isWorkForAll(count) && startPool(count)),
  });
  options.onListed?.();
  const run = new ScanRun(options, await key, started);
  const contents = new OtherContents(run, settings, signal);
  if (paths.includes("-") && options.stdin !== undefined) await contents.scanInput(options.stdin);
  const hits = new Map<FoundFile, Detection[]>();
  const archives: FoundFile[] = [];
  const events: ScanEvents = {
    hit(number, detections) {
      const file = files[Number(number)]!;
      hits.set(file, detections);
      run.collector.prepare(detections, { ...PLACE, path: file.path });
    },
    archive: (number) => archives.push(files[Number(number)]!),
    gap: (reason, where) => gaps.push([reason, where]),
    progress(count, bytes) {
      run.counts.files += count;
      run.counts.bytes += bytes;
      options.onProgress?.(run.counts.files, files.length, "files");
    },
  };
  if (files.length > 0) await startPool(files.length).scanFiles(files, events, signal);
  await run.collector.ready();
  // Files are found, and threads tell, in any order; a report has one.
  for (const gap of gaps.sort(([, a], [, b]) => (a < b ? -1 : 1))) run.ledger.add(...gap);
  const byPath = (a: FoundFile, b: FoundFile) => (a.path < b.path ? -1 : 1);
  for (const file of [...hits.keys()].sort(byPath))
    run.collector.add(hits.get(file)!, { ...PLACE, path: file.path });
  for (const { path, absolute } of archives.sort(byPath)) {
    if (!settings.archives) run.ledger.add("archive", path);
    else if (signal?.aborted !== true) await contents.openFile(path, absolute);
  }
  if (signal?.aborted === true) run.ledger.add("interrupted", `after ${run.counts.files} files`);
  if (run.counts.files === 0) run.ledger.add("nothing-scanned", paths.join(" "));
  return run.result("files", paths.join(" "), new Map());
}

/** What is scanned by this thread alone: standard input, and archives. */
class OtherContents {
  private readonly run: ScanRun;
  private readonly settings: Settings;
  private readonly signal: AbortSignal | undefined;
  /** Made by the scans that need it. */
  private ownInspector: Inspector | undefined;

  constructor(run: ScanRun, settings: Settings, signal: AbortSignal | undefined) {
    this.run = run;
    this.settings = settings;
    this.signal = signal;
  }

  private get inspector(): Inspector {
    this.ownInspector ??= new Inspector(this.settings.pack);
    return this.ownInspector;
  }

  private async openArchive(path: string, bytes: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
    const { run, inspector, settings, signal } = this;
    await scanArchive(path, bytes, inspector, settings.maxFileBytes, archiveEvents(run, PLACE), signal);
  }

  async openFile(path: string, absolute: string): Promise<void> {
    try {
      await this.openArchive(path, createReadStream(absolute));
    } catch (error) {
      this.run.ledger.add("unreadable-file", `${path}: ${systemReason(error)}`);
    }
  }

  async scanInput(input: Readable): Promise<void> {
    const { signal } = this;
    const stop = () => input.destroy();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      await this.readInput(input);
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    }
    signal?.removeEventListener("abort", stop);
    if (signal?.aborted === true) this.run.ledger.add("interrupted", "in standard input");
  }

  private async readInput(input: Readable): Promise<void> {
    const { run, settings } = this;
    const name = "(standard input)";
    const { head, rest } = await peek(input[Symbol.asyncIterator]() as AsyncIterator<Buffer>);
    run.counts.files += 1;
    if (archiveKind(head) !== null) {
      if (settings.archives) {
        await this.openArchive(name, rest);
        return;
      }
      run.ledger.add("archive", name);
    }
    const inspection = this.inspector.open(name);
    const behind = new ZipBehind(settings.archives);
    for await (const chunk of rest) {
      inspection.push(chunk);
      behind.push(chunk);
    }
    const detections = inspection.finish();
    run.counts.bytes += inspection.length;
    if (inspection.isLfsPointer) run.ledger.add("lfs-pointer", name);
    run.collector.add(detections, { ...PLACE, path: name });
    if (!behind.found) return;
    if (!settings.archives) run.ledger.add("archive", name);
    else if (behind.pieces === null) run.ledger.add("archive-limit", name);
    else await this.openArchive(name, behind.pieces);
  }
}

async function repositoryKey(base: string): Promise<string | null> {
  try {
    return await rootCommit(await openRepository(base));
  } catch {
    return null;
  }
}
