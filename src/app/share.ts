import { Engine } from "../engine/engine.ts";
import type { PackPlan } from "../git/packs/pack-plan.ts";
import { SimdPrefilter } from "../kernel/simd.ts";
import { builtinPack } from "../rules/builtin.ts";
import type { Allow, RulePack } from "../rules/compiled.ts";
import type { FoundFile } from "../sources/files.ts";
import { type ScanEvents, type ScanLimits, scanPacks } from "./blob-scan.ts";
import { listCommits, type SharedWalk, walkParts } from "./commit-walk.ts";
import { scanFileList } from "./file-scan.ts";
import { Inspector } from "./inspector.ts";

/** What a thread needs to make itself ready. */
export interface ThreadSetup {
  /** Null for the built-in rules, which a thread reads sooner than it is handed them. */
  readonly pack: RulePack | null;
  readonly allows: readonly Allow[];
  readonly limits: ScanLimits;
}

/** One thread's part of a scan: plain data, or in shared memory. */
export type Share =
  | {
      readonly kind: "blobs";
      readonly dir: string;
      readonly packs: readonly PackPlan[];
      /** The families of `packs` that some thread has taken. */
      readonly next: Int32Array;
      /** What this thread reads through git. */
      readonly ids: readonly string[];
    }
  | {
      readonly kind: "files";
      /** As `listed` gives them. */
      readonly files: readonly string[];
      /** The files that some thread has taken. */
      readonly next: Int32Array;
    };

/** Which commits of packs are listed, and how. */
export interface Listing {
  readonly idBytes: number;
  /** As `listCommits` takes them. */
  readonly cut: readonly string[];
}

/** Files in one text. With the longest paths that systems take, of 4 KiB, it is shorter than the longest text that V8 has. */
const FILES_IN_TEXT = 50_000;

/** Files as a few texts: tens of thousands of objects take a tenth of a second to cross between threads. */
export function listed(files: readonly FoundFile[]): string[] {
  const texts: string[] = [];
  for (let from = 0; from < files.length; from += FILES_IN_TEXT) {
    const part = files.slice(from, from + FILES_IN_TEXT);
    texts.push(part.map(({ absolute, path }) => `${absolute}\0${path}`).join("\0"));
  }
  return texts;
}

export function unlisted(texts: readonly string[]): FoundFile[] {
  return texts.flatMap((text) => {
    const parts = text.split("\0");
    return Array.from({ length: parts.length / 2 }, (_, i) => ({
      absolute: parts[2 * i]!,
      path: parts[2 * i + 1]!,
    }));
  });
}

/** A scanner that is ready for a share, and for a part in a walk. */
export class ShareScanner {
  private readonly kernel: SimdPrefilter;
  private readonly inspector: Inspector;
  private readonly limits: ScanLimits;

  constructor({ pack: own, allows, limits }: ThreadSetup) {
    const pack = { ...(own ?? builtinPack()), allows };
    let kernel: SimdPrefilter | undefined;
    const engine = new Engine(pack, (literals, windows) => {
      kernel = new SimdPrefilter(literals, windows);
      return kernel;
    });
    this.kernel = kernel!;
    this.inspector = new Inspector(pack, engine);
    this.limits = limits;
  }

  list({ idBytes, cut }: Listing, packs: readonly PackPlan[]): SharedWalk {
    return listCommits(packs, idBytes, cut, this.kernel);
  }

  /** Takes its part in a walk, which needs the memory that a scan does. */
  walk(walk: SharedWalk, packs: readonly PackPlan[]): Generator<Uint8Array[], void, undefined> {
    return walkParts(walk, packs, this.kernel);
  }

  /** Scans until what all threads share is used up, and the share's own blobs. */
  async run(share: Share, events: ScanEvents, signal?: AbortSignal): Promise<void> {
    const { kernel, inspector, limits } = this;
    // Objects are put together, and files read, in the kernel's own memory, and so are scanned where they lie.
    if (share.kind === "files") {
      await scanFileList(unlisted(share.files), share.next, kernel, inspector, limits, events, signal);
      return;
    }
    const { dir, packs, next, ids } = share;
    const unread = await scanPacks(packs, next, kernel, inspector, limits, events, signal);
    const rest = [...ids, ...unread];
    if (rest.length === 0) return;
    // Most threads start no process, and need not load what starts one: 40 ms of processor time.
    const { scanThroughGit } = await import("./blob-scan-git.ts");
    await scanThroughGit(dir, rest, inspector, limits, events, signal);
  }
}
