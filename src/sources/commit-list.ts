import { IdTable } from "../git/id-table.ts";
import type { CommitHead } from "../git/packs/commit-reader.ts";
import { shared } from "../git/shared-array.ts";

/** Commits with their trees and parents: numbers in shared memory, for any thread. */
export interface CommitList {
  readonly count: number;
  readonly idBytes: number;
  /** Ids of the commits and of their trees, one behind the other. */
  readonly ids: Uint8Array;
  readonly trees: Uint8Array;
  readonly dates: Float64Array;
  /** For each commit the number of the first of its parents in the two rows below; one more entry for where they end. */
  readonly parentStarts: Int32Array;
  readonly parentIds: Uint8Array;
  /** The commits that these are; -1 for those that were not listed. */
  readonly parents: Int32Array;
}

/** Makes a list of commits. */
export class CommitLister {
  private readonly idBytes: number;
  private readonly numbers: IdTable;
  private trees: Uint8Array;
  private dates: Float64Array;
  private parentIds: Uint8Array;
  private parentStarts: Int32Array;

  /** @param room for so many commits nothing need be moved */
  constructor(idBytes: number, room: number) {
    this.idBytes = idBytes;
    this.numbers = new IdTable(idBytes, room, true);
    this.trees = shared(Uint8Array, idBytes * room);
    this.dates = shared(Float64Array, room);
    this.parentIds = shared(Uint8Array, 2 * idBytes * room);
    this.parentStarts = shared(Int32Array, room + 1);
  }

  /** Takes a commit; one that several packs hold counts once. */
  add({ id, tree, date, parents }: CommitHead): void {
    const { idBytes } = this;
    const number = this.numbers.size;
    if (this.numbers.add(id, 0) < number) return;
    this.trees = roomFor(this.trees, (number + 1) * idBytes);
    this.trees.set(tree, number * idBytes);
    this.dates = roomFor(this.dates, number + 1);
    this.dates[number] = date;
    this.parentStarts = roomFor(this.parentStarts, number + 2);
    const first = this.parentStarts[number]!;
    this.parentIds = roomFor(this.parentIds, first * idBytes + parents.length);
    this.parentIds.set(parents, first * idBytes);
    this.parentStarts[number + 1] = first + parents.length / idBytes;
  }

  /** All that were taken. */
  finish(): CommitList {
    const { numbers, idBytes, trees, dates, parentIds, parentStarts } = this;
    // A parent may stand behind its child, so which commit it is cannot be said before.
    const parents = shared(Int32Array, parentStarts[numbers.size]!);
    for (let i = 0; i < parents.length; i += 1) parents[i] = numbers.find(parentIds, i * idBytes);
    return {
      count: numbers.size,
      idBytes,
      ids: numbers.packed,
      trees,
      dates,
      parentStarts,
      parentIds,
      parents,
    };
  }
}

/** The tree of a commit and those of its parents; null when one of the parents is not in the list. */
export function treesOf(
  { idBytes, trees, parentStarts, parents }: CommitList,
  number: number,
): Uint8Array[] | null {
  const treeOf = (commit: number) => trees.subarray(commit * idBytes, (commit + 1) * idBytes);
  const found = [treeOf(number)];
  for (let i = parentStarts[number]!; i < parentStarts[number + 1]!; i += 1) {
    const parent = parents[i]!;
    if (parent < 0) return null;
    found.push(treeOf(parent));
  }
  return found;
}

type Row = Uint8Array | Int32Array | Float64Array;

/** The row, or a longer one with the same beginning. */
function roomFor<T extends Row>(row: T, length: number): T {
  if (length <= row.length) return row;
  // By half: of the largest histories every further megabyte counts.
  const longer = shared(
    row.constructor as Parameters<typeof shared<T>>[0],
    Math.max(length, Math.floor(1.5 * row.length)),
  );
  longer.set(row);
  return longer;
}
