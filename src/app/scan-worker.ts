import { parentPort, workerData } from "node:worker_threads";
import type { PackPlan } from "../git/packs/pack-plan.ts";
import { type ShareGap, toWire, type WireDetection } from "./blob-scan.ts";
import { listCommits, type SharedWalk, type WalkOrder } from "./commit-walk.ts";
import { type Share, ShareScanner, type ThreadSetup } from "./share.ts";

/** What a worker is told; its data is a `ThreadSetup`. */
export type WorkerRequest =
  /** It lists commits, and takes parts of their walk before it takes its share, whose packs hold their trees. */
  | { readonly kind: "list"; readonly order: WalkOrder }
  | { readonly kind: "scan"; readonly share: Share }
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
  /** With what it was told last; it has said nothing to a list. */
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
  let listing: Promise<SharedWalk> | null = null;
  const list = async (order: WalkOrder) => {
    const walk = await listCommits(order);
    say({ kind: "listed", walk });
    return walk;
  };
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
  const scan = async (share: Share) => {
    if (listing !== null && share.kind === "blobs") walk(await listing, share.packs);
    await scanner.run(share, {
      hit: (which, detections) => say({ kind: "hit", which, detections: detections.map(toWire) }),
      archive: (which) => say({ kind: "archive", which }),
      gap: (reason, where) => say({ kind: "gap", reason, where }),
      progress: (count, bytes) => say({ kind: "progress", count, bytes }),
    });
  };
  const answer = async (request: Exclude<WorkerRequest, { kind: "list" }>) => {
    if (request.kind === "scan") await scan(request.share);
    else walk(request.walk, request.packs);
    say({ kind: "done" });
  };
  port.on("message", (request: WorkerRequest) => {
    if (request.kind === "list") {
      listing = list(request.order);
      // It is waited for with the share.
      listing.catch(() => {});
      return;
    }
    answer(request).catch((error: Error & { hint?: string }) => {
      say({ kind: "failed", name: error.name, message: error.message, hint: error.hint });
    });
  });
}
