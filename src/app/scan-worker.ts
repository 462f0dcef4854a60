import { parentPort, workerData } from "node:worker_threads";
import type { CommitWalk } from "../sources/history.ts";
import { type ShareGap, toWire, type WireDetection } from "./blob-scan.ts";
import { CommitWalker, type WalkOrder } from "./commit-walk.ts";
import { type Share, ShareScanner, type ThreadSetup } from "./share.ts";

/** What a worker is told, once each: its data is a `ThreadSetup`. */
export type WorkerRequest =
  /** It walks the commits before it takes its share, whose packs hold their trees. */
  { readonly kind: "walk"; readonly order: WalkOrder } | { readonly kind: "scan"; readonly share: Share };

/** What a worker says (`ScanEvents`, and what it walked). */
export type WorkerMessage =
  | { readonly kind: "hit"; readonly which: string; readonly detections: WireDetection[] }
  | { readonly kind: "archive"; readonly which: string }
  | { readonly kind: "gap"; readonly reason: ShareGap; readonly where: string }
  | { readonly kind: "progress"; readonly count: number; readonly bytes: number }
  | { readonly kind: "walked"; readonly walk: CommitWalk }
  | { readonly kind: "walk-done" }
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
  let walker: CommitWalker | null = null;
  const run = async (share: Share) => {
    if (walker !== null && share.kind === "blobs") {
      for await (const part of walker.walk(share.packs)) sayWalked(part);
      walker = null;
      say({ kind: "walk-done" });
    }
    await scanner.run(share, {
      hit: (which, detections) => say({ kind: "hit", which, detections: detections.map(toWire) }),
      archive: (which) => say({ kind: "archive", which }),
      gap: (reason, where) => say({ kind: "gap", reason, where }),
      progress: (count, bytes) => say({ kind: "progress", count, bytes }),
    });
    say({ kind: "done" });
  };
  const sayWalked = ({ commits, log }: CommitWalk) => {
    // What is handed over is a whole buffer: those of a log hold more than what is meant.
    const walk = { commits, log: log.map((part) => Uint8Array.from(part)) };
    const message: WorkerMessage = { kind: "walked", walk };
    const arrays = [commits.ids, commits.dates, commits.parentBytes, commits.parents, ...walk.log];
    port.postMessage(
      message,
      arrays.map(({ buffer }) => buffer as ArrayBuffer),
    );
  };
  port.on("message", (request: WorkerRequest) => {
    if (request.kind === "walk") {
      walker = new CommitWalker(request.order);
      return;
    }
    run(request.share).catch((error: Error & { hint?: string }) => {
      say({ kind: "failed", name: error.name, message: error.message, hint: error.hint });
    });
  });
}
