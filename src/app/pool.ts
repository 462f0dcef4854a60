import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { GitError } from "../errors.ts";
import type { RulePack } from "../rules/compiled.ts";
import type { StoredBlob, StoredBlobs } from "../sources/blobs.ts";
import { type BlobScanEvents, fromWire } from "./blob-scan.ts";
import type { WorkerMessage } from "./scan-worker.ts";
import { runShare, type Share } from "./share.ts";

/** Threads help only when there is this much to read: starting one costs 35 ms. Packed bytes, about a tenth of the content. */
const BYTES_PER_THREAD = 1 << 20;
/** A thread keeps a chain of bases in memory, and gains less the more there are. */
const MOST_THREADS = 8;

/** Scans blobs on as many threads as are worth their start. */
export async function scanInParallel(
  dir: string,
  blobs: StoredBlobs,
  pack: RulePack,
  maxBytes: number,
  events: BlobScanEvents,
  signal?: AbortSignal,
): Promise<void> {
  const packed = blobs.packs.reduce((sum, { offsets }) => sum + offsets[offsets.length - 1]!, 0);
  const loose = blobs.others.reduce((sum, { size }) => sum + size, 0);
  const useful = Math.ceil(packed / BYTES_PER_THREAD + loose / (8 * BYTES_PER_THREAD));
  const threads = Math.max(1, Math.min(availableParallelism(), MOST_THREADS, useful));
  const next = new Int32Array(new SharedArrayBuffer(4));
  const shares = split(blobs.others, loose, threads).map(
    (ids): Share => ({ dir, packs: blobs.packs, next, ids, pack, maxBytes }),
  );
  const script = join(import.meta.dirname ?? __dirname, "scan-worker.cjs");
  if (threads === 1 || !existsSync(script)) {
    for (const share of shares) await runShare(share, events, signal);
    return;
  }
  await Promise.all(shares.map((share) => runWorker(script, share, events, signal)));
}

/** Cuts the list into `parts` runs of about equal size in bytes. */
function split(blobs: readonly StoredBlob[], total: number, parts: number): string[][] {
  const lists: string[][] = Array.from({ length: parts }, () => []);
  let filled = 0;
  let part = 0;
  for (const blob of blobs) {
    if (filled >= (total / parts) * (part + 1) && part < parts - 1) part += 1;
    lists[part]!.push(blob.id);
    filled += blob.size;
  }
  return lists;
}

function runWorker(
  script: string,
  share: Share,
  events: BlobScanEvents,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(script, { workerData: share });
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
