import type { PackPlan } from "../git/packs/pack-plan.ts";
import { startGit } from "../git/stream.ts";
import { TreeBench } from "../kernel/tree-bench.ts";
import { ChangeLog } from "../sources/change-log.ts";
import type { CommitWalk } from "../sources/history.ts";
import { CommitList, PackWalk } from "../sources/pack-walk.ts";

/** Bytes for trees. Those of some hundred commits fit in, and the next commit's are made of them. */
const ROOM = 8 << 20;

/** Commits that are told of at a time: a tenth of a second's. */
const PART = 4096;

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

  /**
   * Walks in parts, so that a walk that is interrupted has told of what it has seen.
   *
   * @throws {GitError}
   */
  async *walk(packs: readonly PackPlan[]): AsyncGenerator<CommitWalk, void, undefined> {
    const commits = await this.listing;
    const { ids } = commits;
    const walk = packs.length === 0 ? null : new PackWalk(packs, this.idBytes, new TreeBench(ROOM));
    try {
      for (let from = 0; from < ids.size; from += PART) {
        const to = Math.min(from + PART, ids.size);
        const log = new ChangeLog(this.idBytes);
        walk?.enter(commits, from, to, log);
        yield { commits: commits.part(from, to), log: log.parts() };
      }
    } finally {
      walk?.close();
    }
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
