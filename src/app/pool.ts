import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { GitError } from "../errors.ts";
import type { RulePack } from "../rules/compiled.ts";
import type { StoredBlob } from "../sources/history.ts";
import { type BlobScanEvents, fromWire, scanBlobs } from "./blob-scan.ts";
import { Inspector } from "./inspector.ts";
import type { WorkerMessage, WorkerTask } from "./scan-worker.ts";

/** Threads help only when there is this much to scan: starting one costs 35 ms. */
const BYTES_PER_THREAD = 8 << 20;
/** Each thread has a git of its own that maps the packs; more than four gain little and cost memory. */
const MOST_THREADS = 4;

/** Scans blobs on as many threads as are worth their start, each a contiguous share in pack order. */
export async function scanInParallel(
  dir: string,
  blobs: readonly StoredBlob[],
  pack: RulePack,
  maxBytes: number,
  events: BlobScanEvents,
  signal?: AbortSignal,
): Promise<void> {
  const total = blobs.reduce((sum, blob) => sum + blob.size, 0);
  const threads = Math.min(availableParallelism(), MOST_THREADS, Math.ceil(total / BYTES_PER_THREAD));
  const script = join(import.meta.dirname ?? __dirname, "scan-worker.cjs");
  if (threads < 2 || !existsSync(script)) {
    const ids = blobs.map((blob) => blob.id);
    await scanBlobs(dir, ids, new Inspector(pack, total > BYTES_PER_THREAD / 4), maxBytes, events, signal);
    return;
  }
  await Promise.all(
    shares(blobs, total, threads).map((ids) =>
      runWorker(script, { dir, ids, pack, maxBytes }, events, signal),
    ),
  );
}

/** Cuts the list into `parts` runs of about equal size in bytes. */
function shares(blobs: readonly StoredBlob[], total: number, parts: number): string[][] {
  const lists: string[][] = [[]];
  let filled = 0;
  for (const blob of blobs) {
    if (filled >= (total / parts) * lists.length && lists.length < parts) lists.push([]);
    lists.at(-1)!.push(blob.id);
    filled += blob.size;
  }
  return lists;
}

function runWorker(
  script: string,
  task: WorkerTask,
  events: BlobScanEvents,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(script, { workerData: task });
    const stop = () => {
      void worker.terminate();
    };
    signal?.addEventListener("abort", stop, { once: true });
    worker.on("message", (message: WorkerMessage) => {
      if (message.kind === "hit") events.hit(message.blob, message.detections.map(fromWire));
      else if (message.kind === "gap") events.gap(message.reason, message.blob);
      else if (message.kind === "progress") events.progress(message.blobs, message.bytes);
      else reject(new GitError(message.message, message.hint === undefined ? {} : { hint: message.hint }));
    });
    worker.on("error", reject);
    worker.on("exit", (code) => {
      signal?.removeEventListener("abort", stop);
      if (code === 0 || signal?.aborted === true) resolve();
      else reject(new Error(`a scan thread ended with code ${code}`));
    });
  });
}
