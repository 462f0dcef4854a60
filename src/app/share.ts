import { Engine } from "../engine/engine.ts";
import type { PackPlan } from "../git/packs/pack-plan.ts";
import { SimdPrefilter } from "../kernel/simd.ts";
import { builtinPack } from "../rules/builtin.ts";
import type { RulePack } from "../rules/compiled.ts";
import { type BlobLimits, type BlobScanEvents, scanPacks } from "./blob-scan.ts";
import { Inspector } from "./inspector.ts";

/** What a thread needs to make itself ready. */
export interface ThreadSetup {
  /** Null for the built-in rules, which a thread reads sooner than it is handed them. */
  readonly pack: RulePack | null;
  readonly limits: BlobLimits;
}

/** One thread's part of a history scan: plain data, or in shared memory. */
export interface Share {
  readonly dir: string;
  readonly packs: readonly PackPlan[];
  /** The families of `packs` that some thread has taken. */
  readonly next: Int32Array;
  /** What this thread reads through git. */
  readonly ids: readonly string[];
}

/** A scanner that is ready for a share. */
export class ShareScanner {
  private readonly kernel: SimdPrefilter;
  private readonly inspector: Inspector;
  private readonly limits: BlobLimits;

  constructor({ pack: own, limits }: ThreadSetup) {
    const pack = own ?? builtinPack();
    let kernel: SimdPrefilter | undefined;
    const engine = new Engine(pack, (literals, windows) => {
      kernel = new SimdPrefilter(literals, windows);
      return kernel;
    });
    this.kernel = kernel!;
    this.inspector = new Inspector(pack, engine);
    this.limits = limits;
  }

  /** Scans until the families are used up, and the share's own blobs. */
  async run({ dir, packs, next, ids }: Share, events: BlobScanEvents, signal?: AbortSignal): Promise<void> {
    const { kernel, inspector, limits } = this;
    // Objects are put together in the kernel's own memory, and so are scanned where they lie.
    const unread = await scanPacks(packs, next, kernel, inspector, limits, events, signal);
    const rest = [...ids, ...unread];
    if (rest.length === 0) return;
    // Most threads start no process, and need not load what starts one: 40 ms of processor time.
    const { scanThroughGit } = await import("./blob-scan-git.ts");
    await scanThroughGit(dir, rest, inspector, limits, events, signal);
  }
}
