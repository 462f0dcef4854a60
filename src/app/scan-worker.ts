import { parentPort, workerData } from "node:worker_threads";
import type { PackPlan } from "../git/packs/pack-plan.ts";
import { type ShareGap, toWire, type WireDetection } from "./blob-scan.ts";
import type { SharedWalk } from "./commit-walk.ts";
import { type Listing, type Share, ShareScanner, type ThreadSetup } from "./share.ts";

/** What a worker is told; its data is a `ThreadSetup`. */
export type WorkerRequest =
  /** It takes its share; when it is to list the commits, it does that before, and takes parts of their walk. */
  | { readonly kind: "scan"; readonly share: Share; readonly lists: Listing | null }
  /** It takes parts of a walk that are left. */
  | { readonly kind: "walk"; readonly walk: SharedWalk; readonly packs: readonly PackPlan[] };

/** What a worker says (`ScanEvents`, and what it walked). */
export type WorkerMessage =
  | { readonly kind: "hit"; readonly which: string; readonly detections: WireDetection[] }
  | { readonly kind: "archive"; readonly which: string }
  | { readonly kind: "gap"; readonly reason: ShareGap; readonly where: string }
  | { readonly kind: "progress"; readonly count: number; readonly bytes: number }
  | { readonly kind: "listed"; readonly walk: SharedWalk }
  | { readonly kind: "walked"; readonly log: readonly Uint8Array[] }
  /** With what it was told last. */
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
  const walk = (shared: SharedWalk, packs: readonly PackPlan[]) => {
    for (const parts of scanner.walk(shared, packs)) {
      // What is handed over is a whole buffer: those of a log hold more than what is meant.
      const log = parts.map((part) => Uint8Array.from(part));
      const message: WorkerMessage = { kind: "walked", log };
      port.postMessage(
        message,
        log.map(({ buffer }) => buffer),
      );
    }
  };
  const scan = async (share: Share, lists: Listing | null) => {
    if (lists !== null && share.kind === "blobs") {
      const listed = scanner.list(lists, share.packs);
      say({ kind: "listed", walk: listed });
      walk(listed, share.packs);
    }
    await scanner.run(share, {
      hit: (which, detections) => say({ kind: "hit", which, detections: detections.map(toWire) }),
      archive: (which) => say({ kind: "archive", which }),
      gap: (reason, where) => say({ kind: "gap", reason, where }),
      progress: (count, bytes) => say({ kind: "progress", count, bytes }),
    });
  };
  const answer = async (request: WorkerRequest) => {
    if (request.kind === "scan") await scan(request.share, request.lists);
    else walk(request.walk, request.packs);
    say({ kind: "done" });
  };
  port.on("message", (request: WorkerRequest) => {
    answer(request).catch((error: Error & { hint?: string }) => {
      say({ kind: "failed", name: error.name, message: error.message, hint: error.hint });
    });
  });
}
