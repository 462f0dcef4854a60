import { IdTable } from "../git/id-table.ts";
import { readCommitHeads } from "../git/packs/commit-reader.ts";
import type { PackPlan } from "../git/packs/pack-plan.ts";
import type { SimdPrefilter } from "../kernel/simd.ts";
import { ChangeLog } from "../sources/change-log.ts";
import { type CommitList, CommitLister } from "../sources/commit-list.ts";
import { PackWalk } from "../sources/pack-walk.ts";

/** Bytes for trees. Those of some hundred commits fit in, and the next commit's are made of them. */
const ROOM = 16 << 20;

/**
 * The walk is told in parts of so many commits: the most are a tenth of a second's, and there should be some for each thread. Each
 * part names its paths anew, so that many small ones cost more.
 */
const MOST_COMMITS = 4096;
const LEAST_COMMITS = 512;
const PARTS = 64;

/** Commits whose trees are to be compared, by whichever threads have nothing else to do: plain data, in shared memory. */
export interface SharedWalk {
  readonly commits: CommitList;
  /** How many commits a part has. */
  readonly step: number;
  /** How many of its parts some thread has taken. */
  readonly next: Int32Array;
}

/**
 * Lists the commits of packs.
 *
 * @param cut hexadecimal ids of commits at which a shallow clone ends: those that they name as their parents do not count
 * @param kernel in its memory they are put together
 */
export function listCommits(
  packs: readonly PackPlan[],
  idBytes: number,
  cut: readonly string[],
  kernel: SimdPrefilter,
): SharedWalk {
  const lister = new CommitLister(
    idBytes,
    packs.reduce((sum, plan) => sum + plan.commits.length, 0),
  );
  const ends = IdTable.of(idBytes, cut);
  readCommitHeads(
    packs,
    (room) => kernel.treeBench(room),
    (commit) => {
      if (ends.has(commit.id, 0)) commit.parents = commit.parents.subarray(0, 0);
      lister.add(commit);
    },
  );
  const commits = lister.finish();
  const step = Math.max(LEAST_COMMITS, Math.min(Math.ceil(commits.count / PARTS), MOST_COMMITS));
  return { commits, step, next: new Int32Array(new SharedArrayBuffer(4)) };
}

export function partsOf({ commits, step }: SharedWalk): number {
  return Math.ceil(commits.count / step);
}

/**
 * Walks the parts that no other thread has taken, until there are no more. Gives the changes of each as a
 * `ChangeLog` tells them, void when the next is asked for.
 *
 * @param kernel in its memory trees are put together
 */
export function* walkParts(
  walk: SharedWalk,
  packs: readonly PackPlan[],
  kernel: SimdPrefilter,
): Generator<Uint8Array[], void, undefined> {
  const { commits, step, next } = walk;
  const parts = partsOf(walk);
  let part = Atomics.add(next, 0, 1);
  if (part >= parts) return;
  const through = packs.length === 0 ? null : new PackWalk(packs, commits.idBytes, kernel.treeBench(ROOM));
  const log = new ChangeLog(new IdTable(commits.idBytes));
  try {
    for (; part < parts; part = Atomics.add(next, 0, 1)) {
      log.clear();
      through?.enter(commits, part * step, Math.min((part + 1) * step, commits.count), log);
      yield log.told();
    }
  } finally {
    through?.close();
  }
}
