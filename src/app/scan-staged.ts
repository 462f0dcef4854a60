import type { Detection } from "../engine/types.ts";
import { type ObjectReceiver, readFewBlobs, streamObjects } from "../git/cat-file.ts";
import { type Repository, rootCommits } from "../git/repository.ts";
import { displayPath } from "../git/tree-change.ts";
import type { ScanResult } from "../policy/result.ts";
import { archiveKind, ZipBehind } from "../sources/archive-kind.ts";
import { addedLines, listStaged, type StagedFile } from "../sources/staged.ts";
import { archiveEvents, scanArchive } from "./archives.ts";
import { type Inspection, Inspector } from "./inspector.ts";
import { type ScanOptions, ScanRun } from "./run.ts";

/** Scans what the next commit would hold: whole files of the index, blame on the lines that change. */
export async function scanStaged(repository: Repository, options: ScanOptions): Promise<ScanResult> {
  const started = new Date();
  const staged = listStaged(repository);
  const inspector = new Inspector(options.settings.pack);
  const hits: { file: StagedFile; detections: Detection[]; isUtf16: boolean }[] = [];
  const gaps: Parameters<ScanRun["ledger"]["add"]>[] = [...staged.gaps];
  const files = staged.files;
  let bytes = 0;
  let at = 0;
  let inspection: Inspection | null = null;
  let packed: Buffer[] | null = null;
  let behind = new ZipBehind(false);
  const archives: { file: StagedFile; packed: readonly Buffer[] }[] = [];
  const limit = options.settings.maxFileBytes;
  const begin = (size: number) => {
    const file = files[at]!;
    if (limit > 0 && size > limit) gaps.push(["size-limit", displayPath(file.path)]);
    else inspection = inspector.open(displayPath(file.path));
    behind = new ZipBehind(options.settings.archives);
    bytes += size;
  };
  const noteBehind = (file: StagedFile) => {
    const path = displayPath(file.path);
    if (!options.settings.archives) gaps.push(["archive", path]);
    else if (behind.pieces === null) gaps.push(["archive-limit", path]);
    else archives.push({ file, packed: behind.pieces });
  };
  const ids = files.map((file) => file.blob);
  const receiver: ObjectReceiver = {
    begin: (_id, _type, size) => begin(size),
    piece(piece) {
      if (inspection?.length === 0 && archiveKind(piece) !== null) {
        if (options.settings.archives) {
          packed = [];
          inspection = null;
        } else gaps.push(["archive", displayPath(files[at]!.path)]);
      }
      if (packed !== null) packed.push(piece);
      else if (inspection !== null) {
        inspection.push(piece);
        behind.push(piece);
      }
    },
    end() {
      const file = files[at]!;
      if (packed !== null) archives.push({ file, packed });
      packed = null;
      if (behind.found) noteBehind(file);
      const detections = inspection?.finish() ?? [];
      if (inspection?.isLfsPointer === true) gaps.push(["lfs-pointer", displayPath(file.path)]);
      if (detections.length > 0) hits.push({ file, detections, isUtf16: inspection!.isUtf16 });
      inspection = null;
      at += 1;
    },
    missing() {
      gaps.push(["missing-object", displayPath(files[at]!.path)]);
      at += 1;
    },
    broken() {
      gaps.push(["corrupt-object", displayPath(files[at]!.path)]);
      inspection = null;
      packed = null;
      at += 1;
    },
  };
  if (ids.length > 0 && !readFewBlobs(repository, ids, receiver)) {
    await streamObjects(repository.dir, ids, receiver, options.signal);
  }
  const run = new ScanRun(
    options.settings,
    hits.length + archives.length > 0 ? await rootCommits(repository) : null,
    options.each ?? false,
    started,
  );
  for (const gap of gaps) run.ledger.add(...gap);
  run.counts.files = files.length;
  run.counts.blobs = files.length;
  run.counts.bytes = bytes;
  for (const { file, detections, isUtf16 } of hits) {
    const added = await addedLines(repository, file, isUtf16);
    const touched = detections.map((found) => found.lines.some(([from, to]) => added.touches(from, to)));
    run.untouched += touched.filter((yes) => !yes).length;
    const kept = keep(detections, touched);
    run.collector.add(kept, {
      path: displayPath(file.path),
      blob: file.blob,
      commit: null,
      state: "staged",
    });
  }
  // An archive is new as a whole: which of its lines were in the one before cannot be told.
  for (const { file, packed } of archives) {
    const events = archiveEvents(run, { blob: file.blob, commit: null, state: "staged" });
    await scanArchive(displayPath(file.path), packed, inspector, limit, events, options.signal);
  }
  return run.result("staged", repository.worktree ?? repository.dir, new Map());
}

/** The touched detections and their partners, with the partner indexes of the shorter list. */
function keep(detections: readonly Detection[], touched: readonly boolean[]): Detection[] {
  const stays = detections.map(
    (found, i) => touched[i]! || (found.partner !== null && touched[found.partner]!),
  );
  const newIndex = new Map<number, number>();
  detections.forEach((_, i) => {
    if (stays[i]) newIndex.set(i, newIndex.size);
  });
  return detections.flatMap((found, i) =>
    stays[i]
      ? [{ ...found, partner: found.partner === null ? null : (newIndex.get(found.partner) ?? null) }]
      : [],
  );
}
