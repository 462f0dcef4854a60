import { existsSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { GitError, LeakwardenError, systemReason } from "../errors.ts";
import { listStored } from "../git/packs/object-folders.ts";
import type { PackPlan } from "../git/packs/pack-plan.ts";
import type { Repository } from "../git/repository.ts";
import { builtinPack } from "../rules/builtin.ts";
import type { RulePack } from "../rules/compiled.ts";
import type { StoredBlob, StoredBlobs } from "../sources/blobs.ts";
import type { FoundFile } from "../sources/files.ts";
import type { WalkReceiver } from "../sources/history.ts";
import { fromWire, type ScanEvents, type ScanLimits } from "./blob-scan.ts";
import { partsOf, type SharedWalk } from "./commit-walk.ts";
import type { WorkerMessage, WorkerRequest } from "./scan-worker.ts";
import { type Listing, listed, type Share, ShareScanner, type ThreadSetup } from "./share.ts";
import { ThreadedWalk } from "./threaded-walk.ts";
import { Turns } from "./turns.ts";
import { boundYoungSpace } from "./young-space.ts";

/** Threads help only when there is this much to read: starting one costs 35 ms. Packed bytes, about a tenth of the content. */
const BYTES_PER_THREAD = 1 << 20;
const FILES_PER_THREAD = 500;
/** Megabytes for what a thread has just made and soon forgets. V8 would take 48; with less it is as fast. */
const YOUNG = 12;
/** A thread keeps a chain of bases in memory, and gains less the more there are. */
const MOST_THREADS = Math.min(availableParallelism(), 8);

/** How many threads are worth their start. Counts packs only: what is loose is soon packed. */
export function usefulThreads(repository: Repository): number {
  const packs = listStored(repository, process.env)?.packs ?? [];
  const packed = packs.reduce((sum, path) => sum + statSync(path).size, 0);
  return Math.max(1, Math.min(MOST_THREADS, Math.ceil(packed / BYTES_PER_THREAD)));
}

/** The same for files, of which it is not known how long they are. */
export function threadsForFiles(count: number): number {
  return Math.max(1, Math.min(MOST_THREADS, Math.floor(count / FILES_PER_THREAD)));
}

/** Whether so many files keep as many threads busy as there can be. */
export function isWorkForAll(count: number): boolean {
  return threadsForFiles(count) === MOST_THREADS;
}

/**
 * Threads that scan, the caller's among them: a thread more than there are cores would only cost its
 * start. The others are started before it is known what there is to read, and make themselves ready meanwhile.
 * Whoever made a pool closes it.
 */
export class ScanPool {
  /** The threads but for the caller's. */
  private readonly workers: Worker[] = [];
  private readonly setup: ThreadSetup;
  /** Aborted with what the first thread to fail has thrown: threads start, and may fail, before anybody waits for them. */
  private readonly failure = new AbortController();
  private threaded: ThreadedWalk | null = null;
  /** What one of the threads does before its share. */
  private listing: Listing | null = null;
  /** The caller's own, once it is made ready. */
  private own: ShareScanner | null = null;

  /** @throws {LeakwardenError} when the system gives no further thread */
  constructor(threads: number, pack: RulePack, limits: ScanLimits) {
    this.setup = {
      pack: pack.digest === builtinPack().digest ? null : pack,
      allows: pack.allows ?? [],
      limits,
    };
    this.grow(threads);
  }

  /**
   * Starts threads until there are so many; not when a walk was ordered, which hears of those that there were.
   *
   * @throws {LeakwardenError} when the system gives no further one; the pool is closed then
   */
  grow(threads: number): void {
    const script = join(import.meta.dirname, "scan-worker.cjs");
    const wanted = existsSync(script) ? threads - 1 : 0;
    const options = { workerData: this.setup, resourceLimits: { maxYoungGenerationSizeMb: YOUNG } };
    try {
      while (this.workers.length < wanted) {
        const worker = new Worker(script, options);
        worker.on("error", (error) => this.failure.abort(revived(error)));
        this.workers.push(worker);
      }
    } catch (error) {
      // Who was to get this pool would close it.
      this.close();
      throw new LeakwardenError("thread", `a thread could not be started: ${systemReason(error)}`, {
        hint: "the system may limit processes and memory (ulimit -u, ulimit -v)",
        cause: error,
      });
    }
  }

  /**
   * Has one of the threads, once they `scan`, list the commits of the packs and compare their trees while the others scan; who is done
   * with that helps.
   *
   * @returns null when there is no thread but the caller's; the promise is kept when all was told or the scan was interrupted
   */
  walk(listing: Listing, receiver: WalkReceiver, signal?: AbortSignal): Promise<void> | null {
    if (this.workers.length === 0) return null;
    const walk = new ThreadedWalk(receiver);
    this.threaded = walk;
    this.listing = listing;
    for (const worker of this.workers) {
      worker.on("message", (message: WorkerMessage) => {
        if (message.kind === "listed") walk.list(message.walk);
        else if (message.kind === "walked") walk.put(message.log);
      });
      worker.on("exit", (code) =>
        walk.fail(new Error(`a thread ended with code ${code} before its walk was done`)),
      );
    }
    this.onFailure((reason) => walk.fail(reason));
    signal?.addEventListener("abort", () => walk.end(), { once: true });
    if (signal?.aborted === true) walk.end();
    return walk.done;
  }

  /** Makes the caller's thread ready to scan, at a time when it has nothing else to do. */
  prepare(): ShareScanner {
    this.own ??= new ShareScanner(this.setup);
    return this.own;
  }

  /** Scans all blobs. A pool is for one scan. */
  scan(dir: string, blobs: StoredBlobs, events: ScanEvents, signal?: AbortSignal): Promise<void> {
    const next = counter();
    const parts = split(blobs.others, this.workers.length + 1);
    return this.share(
      parts.map((ids) => ({ kind: "blobs", dir, packs: blobs.packs, next, ids })),
      events,
      signal,
    );
  }

  /** Scans files, which events tell of by their numbers. */
  scanFiles(files: readonly FoundFile[], events: ScanEvents, signal?: AbortSignal): Promise<void> {
    const share: Share = { kind: "files", files: listed(files), next: counter() };
    return this.share(
      Array.from({ length: this.workers.length + 1 }, () => share),
      events,
      signal,
    );
  }

  /** @param shares one for each thread */
  private async share([own, ...rest]: Share[], events: ScanEvents, signal?: AbortSignal): Promise<void> {
    this.failure.signal.throwIfAborted();
    const others = this.workers.map(async (worker, i) => {
      const lists = i === 0 ? this.listing : null;
      await this.ask(worker, { kind: "scan", share: rest[i]!, lists }, events, signal);
      const left = await this.leftToWalk(rest[i]!, signal);
      if (left !== null) await this.ask(worker, { kind: "walk", ...left }, events, signal);
    });
    for (const other of others) other.catch(() => {});
    const unbind = boundYoungSpace();
    try {
      await this.scanHere(own!, events, signal);
      await Promise.all(others);
    } finally {
      unbind();
    }
  }

  private async scanHere(share: Share, events: ScanEvents, signal?: AbortSignal): Promise<void> {
    const scanner = this.prepare();
    await scanner.run(share, events, signal);
    const left = await this.leftToWalk(share, signal);
    if (left === null) return;
    const turns = new Turns();
    for (const log of scanner.walk(left.walk, left.packs)) {
      this.threaded?.put(log);
      await turns.pass();
      if (signal?.aborted === true) return;
    }
  }

  /** What a thread that is done with its share can do of the walk that was ordered; null: nothing. */
  private async leftToWalk(
    share: Share,
    signal: AbortSignal | undefined,
  ): Promise<{ walk: SharedWalk; packs: readonly PackPlan[] } | null> {
    if (this.threaded === null || share.kind !== "blobs") return null;
    const walk = await this.threaded.listed;
    if (walk === null || signal?.aborted === true || Atomics.load(walk.next, 0) >= partsOf(walk)) return null;
    // What git has repacked meanwhile can only be read by the thread that has it open.
    if (share.packs.some(({ path }) => !existsSync(path))) return null;
    return { walk, packs: share.packs };
  }

  /** Has a thread do what it is asked for. */
  private ask(
    worker: Worker,
    request: WorkerRequest,
    events: ScanEvents,
    signal?: AbortSignal,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        void worker.terminate();
      };
      const hear = (message: WorkerMessage) => {
        if (message.kind === "hit") events.hit(message.which, message.detections.map(fromWire));
        else if (message.kind === "archive") events.archive(message.which);
        else if (message.kind === "gap") events.gap(message.reason, message.where);
        else if (message.kind === "progress") events.progress(message.count, message.bytes);
        else if (message.kind === "done") settle(resolve);
        else if (message.kind === "failed")
          this.failure.abort(
            new GitError(message.message, message.hint === undefined ? {} : { hint: message.hint }),
          );
      };
      const end = (code: number) => {
        settle(() => {
          if (signal?.aborted === true) resolve();
          else reject(new Error(`a scan thread ended with code ${code} before it was done`));
        });
      };
      // Not when the thread has ended: to stop it then takes 30 ms more.
      const settle = (how: () => void) => {
        signal?.removeEventListener("abort", stop);
        this.failure.signal.removeEventListener("abort", fail);
        worker.off("message", hear).off("exit", end);
        how();
      };
      signal?.addEventListener("abort", stop, { once: true });
      if (signal?.aborted === true) stop();
      const fail = this.onFailure(reject);
      worker.on("message", hear).on("exit", end);
      tell(worker, request);
    });
  }

  /**
   * @param reject gets what a thread has thrown or will throw
   * @returns the listener of `failure` that tells it
   */
  private onFailure(reject: (error: unknown) => void): () => void {
    const { signal } = this.failure;
    const fail = () => reject(signal.reason);
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
    return fail;
  }

  /** Ends what still runs, without waiting for it. */
  close(): void {
    for (const worker of this.workers) {
      worker.unref();
      void worker.terminate();
    }
  }
}

/** A number that threads share. */
function counter(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

/** Cuts the list into `parts` runs of about equal size in bytes. */
function split(blobs: readonly StoredBlob[], parts: number): string[][] {
  const total = blobs.reduce((sum, { size }) => sum + size, 0);
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

function tell(worker: Worker, request: WorkerRequest): void {
  worker.postMessage(request);
}

/** An error of another thread, which on its way has lost its class and with it what a user is told of it. */
function revived(error: Error & { readonly code?: unknown; readonly hint?: unknown }): Error {
  if (typeof error.code !== "string" || !("hint" in error)) return error;
  const { hint } = error;
  return new LeakwardenError(error.code, error.message, typeof hint === "string" ? { hint } : {});
}
