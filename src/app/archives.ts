import type { Detection } from "../engine/types.ts";
import type { GapReason } from "../policy/coverage.ts";
import type { MemberSink } from "../sources/archives.ts";
import type { Place } from "./collect.ts";
import type { Inspector } from "./inspector.ts";
import type { ScanRun } from "./run.ts";

/** What a look into an archive tells. Paths have the archive's in front. */
export interface ArchiveEvents {
  found(path: string, detections: readonly Detection[]): void;
  gap(reason: GapReason, path: string): void;
  /** Bytes of a member that was scanned. */
  scanned(bytes: number): void;
}

/** Enters what is told into a run. */
export function archiveEvents(
  run: ScanRun,
  place: Omit<Place, "path">,
  judge: (path: string, detections: readonly Detection[]) => readonly Detection[] = (_, found) => found,
): ArchiveEvents {
  return {
    found: (path, detections) => run.collector.add(judge(path, detections), { ...place, path }),
    gap: (reason, path) => run.ledger.add(reason, path),
    scanned(bytes) {
      run.counts.bytes += bytes;
    },
  };
}

/** Scans what an archive holds, each member as a file of its own. */
export async function scanArchive(
  path: string,
  bytes: AsyncIterable<Buffer> | Iterable<Buffer>,
  inspector: Inspector,
  maxBytes: number,
  events: ArchiveEvents,
  signal?: AbortSignal,
): Promise<void> {
  // Loaded by those who ask for it.
  const { readArchive } = await import("../sources/archives.ts");
  const open = (member: string): MemberSink => {
    const inspection = inspector.open(member);
    const tooLong = () => maxBytes > 0 && inspection.length > maxBytes;
    return {
      push(piece) {
        if (!tooLong()) inspection.push(piece);
      },
      end() {
        events.scanned(inspection.length);
        if (tooLong()) {
          events.gap("size-limit", member);
          return;
        }
        const detections = inspection.finish();
        if (detections.length > 0) events.found(member, detections);
      },
    };
  };
  await readArchive(path, bytes, { open, gap: (reason, at) => events.gap(reason, at) }, signal);
}
