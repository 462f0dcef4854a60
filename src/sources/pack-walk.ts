import type { PackPlan } from "../git/packs/pack-plan.ts";
import { type TreeMemory, TreeStore } from "../git/packs/tree-store.ts";
import type { ChangeLog } from "./change-log.ts";
import { type CommitList, treesOf } from "./commit-list.ts";

const SPACE = 0x20;
/** First characters of modes: 100644, 100755 files, 120000 symbolic links, 160000 submodules, 40000 folders. */
const ONE = 0x31;
const SIX = 0x36;

/** Folders in folders that are looked into: a pack that lies of its ids may hold one in itself. */
const DEEPEST = 500;

const NONE = new Uint8Array(0);

/** Changes that have been seen: for each a path, whether it is a submodule's, and an id in a row of them. */
class Changes {
  readonly paths: string[] = [];
  readonly submodules: boolean[] = [];
  ids: Uint8Array = NONE;
  private readonly idBytes: number;

  constructor(idBytes: number) {
    this.idBytes = idBytes;
  }

  add(path: string, isSubmodule: boolean, bytes: Uint8Array, at: number): void {
    const to = this.paths.length * this.idBytes;
    this.ids = roomFor(this.ids, to + this.idBytes);
    for (let i = 0; i < this.idBytes; i += 1) this.ids[to + i] = bytes[at + i]!;
    this.paths.push(path);
    this.submodules.push(isSubmodule);
  }

  take(from: Changes, number: number): void {
    this.add(from.paths[number]!, from.submodules[number]!, from.ids, number * this.idBytes);
  }

  clear(): void {
    this.paths.length = 0;
    this.submodules.length = 0;
  }
}

/** A folder to look into. */
interface Folder {
  readonly number: number;
  readonly others: readonly number[];
  readonly path: string;
  /** How many of the files that wait come before it. */
  readonly behind: number;
}

/**
 * Finds the changes of commits as `git diff-tree -c` tells them, by comparing trees that are read from packs.
 */
export class PackWalk {
  private readonly memory: TreeMemory;
  private readonly store: TreeStore;
  private readonly idBytes: number;
  private readonly pending: Changes;

  constructor(packs: readonly PackPlan[], idBytes: number, memory: TreeMemory) {
    this.memory = memory;
    this.store = new TreeStore(packs, idBytes, memory);
    this.pending = new Changes(idBytes);
    this.idBytes = idBytes;
  }

  /** Enters the changes of the commits `[from, to)` into the log, but for those that git must be asked for. */
  enter(commits: CommitList, from: number, to: number, log: ChangeLog): void {
    const { pending, idBytes } = this;
    for (let number = from; number < to; number += 1) {
      pending.clear();
      const trees = treesOf(commits, number);
      if (trees === null || !this.compare(trees)) continue;
      log.addCommit(commits.ids, number * idBytes);
      for (let i = 0; i < pending.paths.length; i += 1) {
        log.addChange(pending.submodules[i] ? null : pending.ids, i * idBytes, pending.paths[i]!);
      }
    }
  }

  close(): void {
    this.store.close();
  }

  /** Compares the first of the trees with the others. False when one of them cannot be read here. */
  private compare(trees: readonly Uint8Array[]): boolean {
    const [number, ...others] = trees.map((tree) => this.store.numberOf(tree, 0));
    return number !== -1 && !others.includes(-1) && this.descend(number!, others, "", 0);
  }

  /** Notes what is new in a tree. False when one of the trees cannot be read here. */
  private descend(tree: number, others: readonly number[], path: string, depth: number): boolean {
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
    const waiting = new Changes(idBytes);
    for (let i = 0; i < entries.length; i += record) {
      const entry = entries[i]!;
      const id = entries[i + 1]!;
      let name = entry;
      while (bytes[name] !== SPACE) name += 1;
      const full = path + latin1(bytes, name + 1, id - 1);
      if (bytes[entry] === ONE) {
        const changes = folders.length === 0 ? this.pending : waiting;
        changes.add(full, bytes[entry + 1] === SIX, bytes, id);
        continue;
      }
      const inner: number[] = [];
      for (let k = 0; k < others.length; k += 1) {
        const place = entries[i + 2 + k]!;
        if (place > 0) inner.push(store.numberOf(bytes, place));
      }
      const number = store.numberOf(bytes, id);
      if (number === -1 || inner.includes(-1)) return false;
      folders.push({ number, others: inner, path: `${full}/`, behind: waiting.paths.length });
    }
    let done = 0;
    for (const folder of folders) {
      for (; done < folder.behind; done += 1) this.pending.take(waiting, done);
      if (!this.descend(folder.number, folder.others, folder.path, depth + 1)) return false;
    }
    for (; done < waiting.paths.length; done += 1) this.pending.take(waiting, done);
    return true;
  }
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  if (to - from > 64) return Buffer.from(bytes.buffer, from, to - from).toString("latin1");
  let text = "";
  for (let at = from; at < to; at += 1) text += String.fromCharCode(bytes[at]!);
  return text;
}

function roomFor(bytes: Uint8Array, length: number): Uint8Array {
  if (length <= bytes.length) return bytes;
  const larger = new Uint8Array(2 * length);
  larger.set(bytes);
  return larger;
}
