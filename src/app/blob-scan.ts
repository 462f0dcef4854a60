import type { Detection } from "../engine/types.ts";
import { FamilyReader, type FamilyReceiver, type Workbench } from "../git/packs/family-reader.ts";
import { idOf, type PackPlan } from "../git/packs/pack-plan.ts";
import type { Cuts } from "../kernel/prefilter.ts";
import type { GapReason } from "../policy/coverage.ts";
import { archiveKind, hasZipBehind } from "../sources/archive-kind.ts";
import { Secret } from "../text/secret.ts";
import type { Inspector } from "./inspector.ts";
import { Turns } from "./turns.ts";

/** What a scan of one share tells, of blobs by their ids, of files by their numbers. */
export interface ScanEvents {
  hit(which: string, detections: Detection[]): void;
  /** It is an archive or has one behind it. An archive was not scanned when archives are opened. */
  archive(which: string): void;
  /** @param where of a blob its id; of a file its path, or what the report says of it */
  gap(reason: ShareGap, where: string): void;
  progress(count: number, bytes: number): void;
}

export type ShareGap = Extract<
  GapReason,
  "missing-object" | "corrupt-object" | "size-limit" | "lfs-pointer" | "unreadable-file"
>;

/** What is not scanned as it is. */
export interface ScanLimits {
  /** Longer content is a gap; 0: no limit. */
  readonly maxBytes: number;
  /** Whether archives are opened, by whoever is told of them. */
  readonly archives: boolean;
}

/** Counts, and tells of them now and then: each telling crosses between threads. */
export class Tally {
  private blobs = 0;
  private bytes = 0;
  private readonly events: ScanEvents;

  constructor(events: ScanEvents) {
    this.events = events;
  }

  add(bytes: number): void {
    this.blobs += 1;
    this.bytes += bytes;
    if (this.blobs === 256) this.report();
  }

  report(): void {
    if (this.blobs > 0) this.events.progress(this.blobs, this.bytes);
    this.blobs = 0;
    this.bytes = 0;
  }
}

/**
 * Families that are taken at a time: enough to make taking cheap, few enough that threads end
 * together.
 */
const MOST_TAKEN = 32;

/**
 * Scans the blobs of packs. All threads run this at the same time; each takes the next families
 * from one counter until none is left.
 *
 * @param next one number in shared memory: the families taken so far, of all packs together
 * @returns the blobs that must be read through git
 */
export async function scanPacks(
  packs: readonly PackPlan[],
  next: Int32Array,
  bench: Workbench,
  inspector: Inspector,
  limits: ScanLimits,
  events: ScanEvents,
  signal?: AbortSignal,
): Promise<string[]> {
  const { maxBytes, archives } = limits;
  const unread: string[] = [];
  const tally = new Tally(events);
  const receiverOf = (plan: PackPlan): FamilyReceiver<Cuts> => ({
    blob(number, content, base) {
      tally.add(content.length);
      if (maxBytes > 0 && content.length > maxBytes) {
        events.gap("size-limit", idOf(plan, number));
        return base;
      }
      if (archiveKind(content) !== null) {
        events.archive(idOf(plan, number));
        if (archives) return base;
      } else if (hasZipBehind(content)) events.archive(idOf(plan, number));
      const inspection = inspector.open(null, { cuts: base });
      inspection.push(content);
      const detections = inspection.finish();
      if (detections.length > 0) events.hit(idOf(plan, number), detections);
      else if (inspection.isLfsPointer) events.gap("lfs-pointer", idOf(plan, number));
      return inspection.cuts;
    },
    unread: (number) => unread.push(idOf(plan, number)),
  });
  let reader: FamilyReader | null = null;
  const turns = new Turns();
  try {
    for (const { plan, root } of takenRoots(packs, next)) {
      if (reader?.plan !== plan) {
        reader?.close();
        reader = new FamilyReader(plan, bench);
      }
      for (const _ of reader.expand(root, receiverOf(plan))) {
        if (!turns.isOver) continue;
        await turns.pass();
        if (signal?.aborted === true) return unread;
      }
    }
  } finally {
    reader?.close();
    tally.report();
  }
  return unread;
}

/** The families that no other thread has taken, until there are no more. */
function* takenRoots(
  packs: readonly PackPlan[],
  next: Int32Array,
): Generator<{ plan: PackPlan; root: number }, void, undefined> {
  const total = packs.reduce((sum, plan) => sum + plan.roots.length, 0);
  const step = Math.max(1, Math.min(MOST_TAKEN, total >> 7));
  let pack = 0;
  let base = 0;
  for (let from = Atomics.add(next, 0, step); from < total; from = Atomics.add(next, 0, step)) {
    for (let number = from; number < Math.min(from + step, total); number += 1) {
      while (number - base >= packs[pack]!.roots.length) {
        base += packs[pack]!.roots.length;
        pack += 1;
      }
      yield { plan: packs[pack]!, root: packs[pack]!.roots[number - base]! };
    }
  }
}

/** A detection as it crosses between threads: classes do not survive the crossing. */
export type WireDetection = Omit<Detection, "secret"> & {
  readonly secret: { value: string; masked: string };
};

export function toWire(detection: Detection): WireDetection {
  return { ...detection, secret: { value: detection.secret.reveal(), masked: detection.secret.masked } };
}

export function fromWire(wire: WireDetection): Detection {
  return { ...wire, secret: new Secret(wire.secret.value, wire.secret.masked) };
}
