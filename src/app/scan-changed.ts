import type { Detection } from "../engine/types.ts";
import { type ObjectReceiver, readFewBlobs, streamObjects } from "../git/cat-file.ts";
import type { Repository } from "../git/repository.ts";
import { displayPath } from "../git/tree-change.ts";
import type { GapReason } from "../policy/coverage.ts";
import type { FindingState } from "../policy/finding.ts";
import { archiveKind, ZipBehind } from "../sources/archive-kind.ts";
import { addedLines, type ChangedFile } from "../sources/changed-file.ts";
import { archiveEvents, scanArchive } from "./archives.ts";
import type { Inspection, Inspector } from "./inspector.ts";
import type { ScanOptions, ScanRun } from "./run.ts";

/** What was seen in the contents of changed files. */
export interface ChangedContents<File extends ChangedFile> {
  readonly hits: readonly { file: File; detections: Detection[]; isUtf16: boolean }[];
  readonly archives: readonly { file: File; packed: readonly Buffer[] }[];
  readonly gaps: readonly [GapReason, string][];
  readonly bytes: number;
}

/** Reads the new content of each file, whole, and scans it. */
export async function scanContents<File extends ChangedFile>(
  repository: Repository,
  files: readonly File[],
  inspector: Inspector,
  { settings, signal }: ScanOptions,
): Promise<ChangedContents<File>> {
  const hits: { file: File; detections: Detection[]; isUtf16: boolean }[] = [];
  const gaps: [GapReason, string][] = [];
  let bytes = 0;
  let at = 0;
  let inspection: Inspection | null = null;
  let packed: Buffer[] | null = null;
  let behind = new ZipBehind(false);
  const archives: { file: File; packed: readonly Buffer[] }[] = [];
  const limit = settings.maxFileBytes;
  const begin = (size: number) => {
    const file = files[at]!;
    if (limit > 0 && size > limit) gaps.push(["size-limit", displayPath(file.path)]);
    else inspection = inspector.open(displayPath(file.path));
    behind = new ZipBehind(settings.archives);
    bytes += size;
  };
  const noteBehind = (file: File) => {
    const path = displayPath(file.path);
    if (!settings.archives) gaps.push(["archive", path]);
    else if (behind.pieces === null) gaps.push(["archive-limit", path]);
    else archives.push({ file, packed: behind.pieces });
  };
  const ids = files.map((file) => file.blob);
  const receiver: ObjectReceiver = {
    begin: (_id, _type, size) => begin(size),
    piece(piece) {
      if (inspection?.length === 0 && archiveKind(piece) !== null) {
        if (settings.archives) {
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
    await streamObjects(repository.dir, ids, receiver, signal);
  }
  return { hits, archives, gaps, bytes };
}

/**
 * Gives the collector what of one file touches lines that its change adds.
 *
 * @returns the detections that the change does not touch
 */
export async function addTouched(
  repository: Repository,
  run: ScanRun,
  { file, detections, isUtf16 }: ChangedContents<ChangedFile>["hits"][number],
  place: { readonly commit: string | null; readonly state: FindingState },
): Promise<Detection[]> {
  const added = await addedLines(repository, file, isUtf16);
  const path = displayPath(file.path);
  const touched = detections.map(
    (found) =>
      added.makes(found.lines) ||
      // What was let be in one place may not be let be in another.
      (file.from !== null &&
        run.collector.standing(found, path) !== run.collector.standing(found, displayPath(file.from))),
  );
  run.collector.add(keep(detections, touched), { path, blob: file.blob, ...place });
  return detections.filter((_, i) => !touched[i]);
}

/**
 * Archives are new as a whole: which of their lines were in the ones before cannot be told.
 *
 * @param judge gets the detections of each member before they count
 */
export async function addArchives(
  run: ScanRun,
  archives: ChangedContents<ChangedFile>["archives"],
  inspector: Inspector,
  place: { readonly commit: string | null; readonly state: FindingState },
  { settings, signal }: ScanOptions,
  judge: (path: string, detections: readonly Detection[]) => readonly Detection[] = (_, found) => found,
): Promise<void> {
  for (const { file, packed } of archives) {
    const events = archiveEvents(run, { blob: file.blob, ...place }, judge);
    await scanArchive(displayPath(file.path), packed, inspector, settings.maxFileBytes, events, signal);
  }
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
