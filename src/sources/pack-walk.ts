import type { PackPlan } from "../git/packs/pack-plan.ts";
import { type TreeMemory, TreeStore } from "../git/packs/tree-store.ts";
import { type ChangeLog, SUBMODULE } from "./change-log.ts";
import { type CommitList, treesOf } from "./commit-list.ts";

const SPACE = 0x20;
/** First characters of modes: 100644, 100755 files, 120000 symbolic links, 160000 submodules, 40000 folders. */
const ONE = 0x31;
const SIX = 0x36;

/** Folders in folders that are looked into: a pack that lies of its ids may hold one in itself. */
const DEEPEST = 500;

/** A folder to look into. */
interface Folder {
  readonly number: number;
  readonly others: readonly number[];
  readonly path: string;
  /** How much of what waits comes before it. */
  readonly behind: number;
}

/**
 * Finds the changes of commits as `git diff-tree -c` tells them, by comparing trees that are read from packs.
 */
export class PackWalk {
  private readonly memory: TreeMemory;
  private readonly store: TreeStore;
  private readonly idBytes: number;
  /** What was seen of a commit: for each change the log's numbers of blob and path. */
  private readonly pending: number[] = [];

  constructor(packs: readonly PackPlan[], idBytes: number, memory: TreeMemory) {
    this.memory = memory;
    this.store = new TreeStore(packs, idBytes, memory);
    this.idBytes = idBytes;
  }

  /** Enters the changes of the commits `[from, to)` into the log, but for those that git must be asked for. */
  enter(commits: CommitList, from: number, to: number, log: ChangeLog): void {
    const { pending, idBytes } = this;
    for (let number = from; number < to; number += 1) {
      pending.length = 0;
      const trees = treesOf(commits, number);
      if (trees === null || !this.compare(trees, log)) continue;
      log.addCommit(commits.ids, number * idBytes);
      for (let i = 0; i < pending.length; i += 2) log.addNumbers(pending[i]!, pending[i + 1]!);
    }
  }

  close(): void {
    this.store.close();
  }

  /** Compares the first of the trees with the others. False when one of them cannot be read here. */
  private compare(trees: readonly Uint8Array[], log: ChangeLog): boolean {
    const [number, ...others] = trees.map((tree) => this.store.numberOf(tree, 0));
    return number !== -1 && !others.includes(-1) && this.descend(number!, others, "", 0, log);
  }

  /** Notes what is new in a tree. False when one of the trees cannot be read here. */
  private descend(
    tree: number,
    others: readonly number[],
    path: string,
    depth: number,
    log: ChangeLog,
  ): boolean {
    if (others.includes(tree)) return true;
    if (depth > DEEPEST) return false;
    const { store, idBytes, memory } = this;
    const trees = store.get([tree, ...others]);
    if (trees === null) return false;
    const entries = memory.newEntries(trees[0]!, trees.slice(1), idBytes);
    if (entries === null) return false;
    const { bytes } = memory;
    const record = 2 + others.length;
    const folders: Folder[] = [];
    // Looking into a folder may take the place of this tree: what stands behind the first is noted before.
    const waiting: number[] = [];
    for (let i = 0; i < entries.length; i += record) {
      const entry = entries[i]!;
      const id = entries[i + 1]!;
      let name = entry;
      while (bytes[name] !== SPACE) name += 1;
      const full = path + latin1(bytes, name + 1, id - 1);
      if (bytes[entry] === ONE) {
        const changes = folders.length === 0 ? this.pending : waiting;
        changes.push(bytes[entry + 1] === SIX ? SUBMODULE : log.blobNumber(bytes, id), log.pathNumber(full));
        continue;
      }
      const inner: number[] = [];
      for (let k = 0; k < others.length; k += 1) {
        const place = entries[i + 2 + k]!;
        if (place > 0) inner.push(store.numberOf(bytes, place));
      }
      const number = store.numberOf(bytes, id);
      if (number === -1 || inner.includes(-1)) return false;
      folders.push({ number, others: inner, path: `${full}/`, behind: waiting.length });
    }
    let done = 0;
    for (const folder of folders) {
      while (done < folder.behind) this.pending.push(waiting[done++]!);
      if (!this.descend(folder.number, folder.others, folder.path, depth + 1, log)) return false;
    }
    while (done < waiting.length) this.pending.push(waiting[done++]!);
    return true;
  }
}

/** Letters that V8 joins to one string; of more it would keep each step. */
const JOINED = 12;

function latin1(bytes: Uint8Array, from: number, to: number): string {
  if (to - from > JOINED) return Buffer.from(bytes.buffer, from, to - from).toString("latin1");
  let text = "";
  for (let at = from; at < to; at += 1) text += String.fromCharCode(bytes[at]!);
  return text;
}
