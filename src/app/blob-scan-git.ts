import { streamObjects } from "../git/cat-file.ts";
import { archiveKind, ZipBehind } from "../sources/archive-kind.ts";
import { type ScanEvents, type ScanLimits, Tally } from "./blob-scan.ts";
import type { Inspection, Inspector } from "./inspector.ts";

/** Scans blobs that git reads, each once. */
export async function scanThroughGit(
  dir: string,
  ids: readonly string[],
  inspector: Inspector,
  limits: ScanLimits,
  events: ScanEvents,
  signal?: AbortSignal,
): Promise<void> {
  const { maxBytes, archives } = limits;
  let inspection: Inspection | null = null;
  let behind = new ZipBehind(false);
  let current = "";
  const tally = new Tally(events);
  await streamObjects(
    dir,
    ids,
    {
      begin(id, _type, size) {
        current = id;
        tally.add(size);
        if (maxBytes > 0 && size > maxBytes) events.gap("size-limit", id);
        else inspection = inspector.open(null);
        behind = new ZipBehind(false);
      },
      piece(piece) {
        if (inspection?.length === 0 && archiveKind(piece) !== null) {
          events.archive(current);
          if (archives) inspection = null;
        }
        inspection?.push(piece);
        behind.push(piece);
      },
      end() {
        const detections = inspection?.finish() ?? [];
        if (detections.length > 0) events.hit(current, detections);
        else if (inspection?.isLfsPointer === true) events.gap("lfs-pointer", current);
        if (inspection !== null && behind.found) events.archive(current);
        inspection = null;
      },
      missing: (id) => events.gap("missing-object", id),
      broken(id) {
        inspection = null;
        events.gap("corrupt-object", id);
      },
    },
    signal,
  );
  tally.report();
}
