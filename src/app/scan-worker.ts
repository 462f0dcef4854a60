import { parentPort, workerData } from "node:worker_threads";
import type { RulePack } from "../rules/compiled.ts";
import { scanBlobs, toWire, type WireDetection } from "./blob-scan.ts";
import { Inspector } from "./inspector.ts";

/** What a worker is given at its start, and what it says. */
export interface WorkerTask {
  readonly dir: string;
  readonly ids: readonly string[];
  readonly pack: RulePack;
  readonly maxBytes: number;
}
export type WorkerMessage =
  | { readonly kind: "hit"; readonly blob: string; readonly detections: WireDetection[] }
  | {
      readonly kind: "gap";
      readonly reason: "missing-object" | "corrupt-object" | "size-limit" | "lfs-pointer";
      readonly blob: string;
    }
  | { readonly kind: "progress"; readonly blobs: number; readonly bytes: number }
  | {
      readonly kind: "failed";
      readonly name: string;
      readonly message: string;
      readonly hint: string | undefined;
    };

if (parentPort !== null) {
  const port = parentPort;
  const task = workerData as WorkerTask;
  const say = (message: WorkerMessage) => port.postMessage(message);
  scanBlobs(task.dir, task.ids, new Inspector(task.pack, true), task.maxBytes, {
    hit: (blob, detections) => say({ kind: "hit", blob, detections: detections.map(toWire) }),
    gap: (reason, blob) => say({ kind: "gap", reason, blob }),
    progress: (blobs, bytes) => say({ kind: "progress", blobs, bytes }),
  }).catch((error: Error & { hint?: string }) => {
    say({ kind: "failed", name: error.name, message: error.message, hint: error.hint });
  });
}
