import type { IdTable } from "../git/id-table.ts";
import { listStored } from "../git/packs/object-folders.ts";
import { findId, UnreadablePack } from "../git/packs/pack-index.ts";
import { type PackPlan, planPack, WANTED } from "../git/packs/pack-plan.ts";
import type { Repository } from "../git/repository.ts";
import { readGit } from "../git/stream.ts";

/** The blobs of an object store, and how they are read. */
export interface StoredBlobs {
  /** Read here, family by family. */
  readonly packs: readonly PackPlan[];
  /** Read through git: loose objects, or everything where a pack is of a kind that is not read here. */
  readonly others: readonly StoredBlob[];
  readonly count: number;
  /** Whether the store holds the blob at `bytes[at]`. */
  has(bytes: Uint8Array, at: number): boolean;
}

/** A blob that git is asked for. */
export interface StoredBlob {
  readonly id: string;
  readonly size: number;
}

/**
 * Plans the reading of every blob of the object store, each once, or of those that `wanted` holds.
 *
 * @param viaGit leaves the packs to git too: slower, and what the pack reader is compared with
 */
export async function planBlobs(
  repository: Repository,
  wanted: IdTable | null,
  viaGit = false,
): Promise<StoredBlobs> {
  const stored = viaGit ? null : listStored(repository, process.env);
  const idBytes = repository.objectFormat === "sha256" ? 32 : 20;
  const packs = stored === null ? null : planPacks(stored.packs, idBytes, wanted);
  const listed = await (stored === null || packs === null
    ? listBlobs(repository, null)
    : stored.loose.length === 0
      ? []
      : listBlobs(repository, stored.loose));
  const plans = packs ?? [];
  const inPacks = (bytes: Uint8Array, at: number) => plans.some((plan) => findId(plan, bytes, at) >= 0);
  const everyOther = new Set(listed.map(({ id }) => id));
  const others = listed.filter(({ id }) => {
    const bytes = Buffer.from(id, "hex");
    return (wanted === null || wanted.has(bytes, 0)) && !inPacks(bytes, 0);
  });
  return {
    packs: plans,
    others,
    count: others.length + plans.reduce((sum, plan) => sum + wantedIn(plan), 0),
    has: (bytes, at) =>
      inPacks(bytes, at) || everyOther.has(Buffer.from(bytes.subarray(at, at + idBytes)).toString("hex")),
  };
}

/** A few blobs, each to be asked for by its id: whether it is there is seen then. */
export function blobsByName(ids: IdTable): StoredBlobs {
  const others = ids.hexIds().map((id) => ({ id, size: 0 }));
  return { packs: [], others, count: others.length, has: () => true };
}

/** Null when one of the packs must be left to git: its objects may be the bases of others. */
function planPacks(paths: readonly string[], idBytes: number, wanted: IdTable | null): PackPlan[] | null {
  const plans: PackPlan[] = [];
  try {
    for (const path of paths) {
      const plan = planPack(path, idBytes, (ids, place) => {
        const at = place * idBytes;
        if (wanted !== null && !wanted.has(ids, at)) return false;
        return !plans.some((other) => findId(other, ids, at) >= 0);
      });
      plans.push(plan);
    }
  } catch (error) {
    if (error instanceof UnreadablePack) return null;
    throw error;
  }
  return plans;
}

function wantedIn({ flags }: PackPlan): number {
  let count = 0;
  for (const flag of flags) count += flag & WANTED;
  return count;
}

/** The blobs among `ids`, or all of the object store in the order in which packs hold them. */
async function listBlobs(repository: Repository, ids: readonly string[] | null): Promise<StoredBlob[]> {
  const format = "%(objecttype) %(objectsize) %(objectname)";
  const output = await (ids === null
    ? readGit(repository.dir, ["cat-file", "--batch-all-objects", "--unordered", `--batch-check=${format}`])
    : readGit(repository.dir, ["cat-file", "--buffer", `--batch-check=${format}`], `${ids.join("\n")}\n`));
  const blobs: StoredBlob[] = [];
  for (const line of output.toString("latin1").split("\n")) {
    if (!line.startsWith("blob ")) continue;
    const [, size, id] = line.split(" ");
    blobs.push({ id: id!, size: Number(size) });
  }
  return blobs;
}
