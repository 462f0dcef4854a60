import { streamObjects } from "../git/cat-file.ts";
import { type BlobScanEvents, Tally } from "./blob-scan.ts";
import type { Inspection, Inspector } from "./inspector.ts";

/** Scans blobs that git reads, each once. */
export async function scanThroughGit(
  dir: string,
  ids: readonly string[],
  inspector: Inspector,
  maxBytes: number,
  events: BlobScanEvents,
  signal?: AbortSignal,
): Promise<void> {
  let inspection: Inspection | null = null;
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
      },
      piece: (piece) => inspection?.push(piece),
      end() {
        const detections = inspection?.finish() ?? [];
        if (detections.length > 0) events.hit(current, detections);
        else if (inspection?.isLfsPointer === true) events.gap("lfs-pointer", current);
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
