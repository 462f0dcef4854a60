import { parentPort, workerData } from "node:worker_threads";
import { toWire, type WireDetection } from "./blob-scan.ts";
import { type Share, ShareScanner, type ThreadSetup } from "./share.ts";

/** What a worker says; its data is a `ThreadSetup`, and it is told its `Share`. */
export type WorkerMessage =
  | { readonly kind: "hit"; readonly blob: string; readonly detections: WireDetection[] }
  | { readonly kind: "archive"; readonly blob: string }
  | {
      readonly kind: "gap";
      readonly reason: "missing-object" | "corrupt-object" | "size-limit" | "lfs-pointer";
      readonly blob: string;
    }
  | { readonly kind: "progress"; readonly blobs: number; readonly bytes: number }
  | { readonly kind: "done" }
  | {
      readonly kind: "failed";
      readonly name: string;
      readonly message: string;
      readonly hint: string | undefined;
    };

if (parentPort !== null) {
  const port = parentPort;
  const say = (message: WorkerMessage) => port.postMessage(message);
  const scanner = new ShareScanner(workerData as ThreadSetup);
  port.once("message", (share: Share) => {
    scanner
      .run(share, {
        hit: (blob, detections) => say({ kind: "hit", blob, detections: detections.map(toWire) }),
        archive: (blob) => say({ kind: "archive", blob }),
        gap: (reason, blob) => say({ kind: "gap", reason, blob }),
        progress: (blobs, bytes) => say({ kind: "progress", blobs, bytes }),
      })
      .then(() => say({ kind: "done" }))
      .catch((error: Error & { hint?: string }) => {
        say({ kind: "failed", name: error.name, message: error.message, hint: error.hint });
      });
  });
}
