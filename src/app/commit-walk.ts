import type { PackPlan } from "../git/packs/pack-plan.ts";
import { startGit } from "../git/stream.ts";
import { TreeBench } from "../kernel/tree-bench.ts";
import { ChangeLog } from "../sources/change-log.ts";
import type { CommitWalk } from "../sources/history.ts";
import { CommitList, PackWalk } from "../sources/pack-walk.ts";

/** Bytes for trees. Those of some hundred commits fit in, and the next commit's are made of them. */
const ROOM = 8 << 20;

/** Which commits are meant. */
export interface WalkOrder {
  readonly dir: string;
  readonly idBytes: number;
  /** The call of `rev-list`, with `COMMIT_FORMAT`. */
  readonly revisions: readonly string[];
}

/** Lists commits, and then compares their trees; the list can be made before it is known where the trees lie. */
export class CommitWalker {
  private readonly idBytes: number;
  private readonly listing: Promise<CommitList>;

  constructor(order: WalkOrder) {
    this.idBytes = order.idBytes;
    this.listing = listCommits(order);
    this.listing.catch(() => {});
  }

  /** @throws {GitError} */
  async walk(packs: readonly PackPlan[]): Promise<CommitWalk> {
    const commits = await this.listing;
    const log = new ChangeLog(this.idBytes);
    if (packs.length > 0) {
      const walk = new PackWalk(packs, this.idBytes, new TreeBench(ROOM));
      walk.enter(commits, log);
      walk.close();
    }
    return { walked: commits.ids.packed, log: log.parts() };
  }
}

async function listCommits({ dir, idBytes, revisions }: WalkOrder): Promise<CommitList> {
  const commits = new CommitList(idBytes);
  const git = startGit(dir, revisions);
  git.child.stdin.end();
  for await (const chunk of git.child.stdout) commits.push(chunk as Buffer);
  await git.done;
  return commits;
}
