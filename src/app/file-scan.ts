import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { systemReason } from "../errors.ts";
import type { Workbench } from "../git/packs/family-reader.ts";
import { archiveKind, hasZipBehind, ZipBehind } from "../sources/archive-kind.ts";
import type { FoundFile } from "../sources/files.ts";
import type { ScanEvents, ScanLimits } from "./blob-scan.ts";
import type { Inspection, Inspector } from "./inspector.ts";
import { Turns } from "./turns.ts";

/** Bytes read from a file at a time. Files that are no longer are scanned where they were read to. */
const READ_BYTES = 1 << 20;
/** Files that are taken at a time. */
const MOST_TAKEN = 16;

/**
 * Scans files as they are on disk. All threads run this at the same time; each takes the next files from one counter
 * until none is left. A file is told of by its number.
 *
 * @param next one number in shared memory: the files taken so far
 */
export async function scanFileList(
  files: readonly FoundFile[],
  next: Int32Array,
  bench: Pick<Workbench, "reserve">,
  inspector: Inspector,
  limits: ScanLimits,
  events: ScanEvents,
  signal?: AbortSignal,
): Promise<void> {
  const memory = bench.reserve(READ_BYTES);
  const buffer = Buffer.from(memory.buffer, memory.byteOffset, READ_BYTES);
  const turns = new Turns();
  for (
    let from = Atomics.add(next, 0, MOST_TAKEN);
    from < files.length;
    from = Atomics.add(next, 0, MOST_TAKEN)
  ) {
    let count = 0;
    let bytes = 0;
    for (let number = from; number < Math.min(from + MOST_TAKEN, files.length); number += 1) {
      const file = files[number]!;
      try {
        const length = scanFile(file, String(number), buffer, inspector, limits, events);
        if (length === null) continue;
        count += 1;
        bytes += length;
      } catch (error) {
        events.gap("unreadable-file", `${file.path}: ${systemReason(error)}`);
      }
    }
    events.progress(count, bytes);
    if (!turns.isOver) continue;
    await turns.pass();
    if (signal?.aborted === true) return;
  }
}

/** Gives the bytes that were scanned; null when the file was left out. */
function scanFile(
  { absolute, path }: FoundFile,
  number: string,
  buffer: Buffer,
  inspector: Inspector,
  { maxBytes, archives }: ScanLimits,
  events: ScanEvents,
): number | null {
  const handle = openSync(absolute, "r");
  try {
    const first = buffer.subarray(0, readFully(handle, buffer));
    // What is longer than the buffer need not be read to its end to know that it is too long.
    const size = first.length < READ_BYTES ? first.length : fstatSync(handle).size;
    if (maxBytes > 0 && size > maxBytes) {
      events.gap("size-limit", path);
      return null;
    }
    const isArchive = archiveKind(first) !== null;
    if (isArchive) {
      events.archive(number);
      if (archives) return 0;
    }
    const inspection = inspector.open(path);
    const endsInZip = pushAll(handle, first, inspection);
    if (maxBytes > 0 && inspection.length > maxBytes) {
      events.gap("size-limit", path);
      return null;
    }
    if (endsInZip && !isArchive) events.archive(number);
    const detections = inspection.finish();
    if (inspection.isLfsPointer) events.gap("lfs-pointer", path);
    if (detections.length > 0) events.hit(number, detections);
    return inspection.length;
  } finally {
    closeSync(handle);
  }
}

/** Pushes what was read, and the rest of a long file. Gives whether there is a zip file behind a program. */
function pushAll(handle: number, first: Buffer, inspection: Inspection): boolean {
  if (first.length < READ_BYTES) {
    inspection.push(first);
    return hasZipBehind(first);
  }
  const behind = new ZipBehind(false);
  // The next file is read to where this one was; an inspection keeps what it is given.
  for (let piece = Buffer.from(first); piece.length > 0; ) {
    inspection.push(piece);
    behind.push(piece);
    const next = Buffer.allocUnsafe(READ_BYTES);
    piece = next.subarray(0, readSync(handle, next, 0, READ_BYTES, null));
  }
  return behind.found;
}

/**
 * Reads as much as there is and fits. How long a file says that it is, is not asked: some, of `/proc`, say that they are
 * empty, and to read once more is as fast.
 */
function readFully(handle: number, buffer: Buffer): number {
  let length = 0;
  for (;;) {
    const count = readSync(handle, buffer, length, buffer.length - length, null);
    length += count;
    if (count === 0 || length === buffer.length) return length;
  }
}
