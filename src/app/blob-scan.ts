import type { Detection } from "../engine/types.ts";
import { streamObjects } from "../git/cat-file.ts";
import { Secret } from "../text/secret.ts";
import type { Inspection, Inspector } from "./inspector.ts";

/** What a scan of one share of the blobs tells. */
export interface BlobScanEvents {
  hit(blob: string, detections: Detection[]): void;
  gap(reason: "missing-object" | "corrupt-object" | "size-limit" | "lfs-pointer", blob: string): void;
  progress(blobs: number, bytes: number): void;
}

/** Scans blobs by content, each once. Their paths are asked for afterwards, and only for hits. */
export async function scanBlobs(
  dir: string,
  ids: readonly string[],
  inspector: Inspector,
  maxBytes: number,
  events: BlobScanEvents,
  signal?: AbortSignal,
): Promise<void> {
  let inspection: Inspection | null = null;
  let current = "";
  let bytes = 0;
  let blobs = 0;
  const report = () => {
    events.progress(blobs, bytes);
    blobs = 0;
    bytes = 0;
  };
  await streamObjects(
    dir,
    ids,
    {
      begin(id, _type, size) {
        current = id;
        bytes += size;
        if (maxBytes > 0 && size > maxBytes) events.gap("size-limit", id);
        else inspection = inspector.open(null);
      },
      piece: (piece) => inspection?.push(piece),
      end() {
        const detections = inspection?.finish() ?? [];
        if (detections.length > 0) events.hit(current, detections);
        else if (inspection?.isLfsPointer === true) events.gap("lfs-pointer", current);
        inspection = null;
        blobs += 1;
        if (blobs === 256) report();
      },
      missing: (id) => events.gap("missing-object", id),
      broken(id) {
        inspection = null;
        events.gap("corrupt-object", id);
      },
    },
    signal,
  );
  report();
}

/** A detection as it crosses between threads: classes do not survive the crossing. */
export type WireDetection = Omit<Detection, "secret"> & {
  readonly secret: { value: string; masked: string };
};

export function toWire(detection: Detection): WireDetection {
  return { ...detection, secret: { value: detection.secret.reveal(), masked: detection.secret.masked } };
}

export function fromWire(wire: WireDetection): Detection {
  return { ...wire, secret: new Secret(wire.secret.value, wire.secret.masked) };
}
