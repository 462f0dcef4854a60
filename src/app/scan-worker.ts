import { parentPort, workerData } from "node:worker_threads";
import { type ShareGap, toWire, type WireDetection } from "./blob-scan.ts";
import { type Share, ShareScanner, type ThreadSetup } from "./share.ts";

/** What a worker says (`ScanEvents`); its data is a `ThreadSetup`, and it is told its `Share`. */
export type WorkerMessage =
  | { readonly kind: "hit"; readonly which: string; readonly detections: WireDetection[] }
  | { readonly kind: "archive"; readonly which: string }
  | { readonly kind: "gap"; readonly reason: ShareGap; readonly where: string }
  | { readonly kind: "progress"; readonly count: number; readonly bytes: number }
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
        hit: (which, detections) => say({ kind: "hit", which, detections: detections.map(toWire) }),
        archive: (which) => say({ kind: "archive", which }),
        gap: (reason, where) => say({ kind: "gap", reason, where }),
        progress: (count, bytes) => say({ kind: "progress", count, bytes }),
      })
      .then(() => say({ kind: "done" }))
      .catch((error: Error & { hint?: string }) => {
        say({ kind: "failed", name: error.name, message: error.message, hint: error.hint });
      });
  });
}
