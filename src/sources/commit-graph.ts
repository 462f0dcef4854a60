import type { IdTable } from "../git/id-table.ts";
import { Ints } from "../git/ints.ts";
import type { CommitHead } from "../git/packs/commit-reader.ts";
import type { CommitList } from "./commit-list.ts";

/**
 * Commits with their dates and parents. They never change, so with those that an earlier walk has told, the next one is
 * walked here, and git is asked for new commits only.
 *
 * Of a commit that is known all that it descends from is mostly known as well; when something is missing a walk says so.
 */
export class CommitGraph {
  /** Commits have the numbers of this table; it holds others that were named, and not told of. */
  readonly ids: IdTable;
  /** Of each commit its date, and where in `links` its parents begin. NaN: it was not told of. */
  private dates = new Float64Array(1 << 10).fill(Number.NaN);
  private starts = new Int32Array(1 << 10);
  /** For each commit the number of its parents, and they. */
  private readonly links = new Ints();

  constructor(ids: IdTable) {
    this.ids = ids;
  }

  /** Whether the commit of a number was told of. */
  has(number: number): boolean {
    return !Number.isNaN(this.dateOf(number));
  }

  /** Seconds since 1970, as git walks by them; NaN for what was not told of. */
  dateOf(number: number): number {
    return this.dates[number] ?? Number.NaN;
  }

  /** Gives the commit's number. */
  add({ id, date, parents }: Pick<CommitHead, "id" | "date" | "parents">): number {
    return this.enter(id, 0, date, parents, 0, parents.length);
  }

  addAll({ count, idBytes, ids, dates, parentStarts, parentIds }: CommitList): void {
    if (this.ids.size === 0) this.ids.fill(ids);
    this.grow(count);
    this.links.reserve(count + parentStarts[count]!);
    for (let i = 0; i < count; i += 1) {
      const [from, to] = [parentStarts[i]! * idBytes, parentStarts[i + 1]! * idBytes];
      this.enter(ids, i * idBytes, dates[i]!, parentIds, from, to);
    }
  }

  /** @param parents hold those of the commit in `[from, to)` */
  private enter(
    id: Uint8Array,
    at: number,
    date: number,
    parents: Uint8Array,
    from: number,
    to: number,
  ): number {
    const { ids, links } = this;
    const number = ids.add(id, at);
    if (this.has(number)) return number;
    this.grow(number);
    this.dates[number] = date;
    this.starts[number] = links.length;
    links.push((to - from) / ids.idBytes);
    for (let parent = from; parent < to; parent += ids.idBytes) links.push(ids.add(parents, parent));
    return number;
  }

  private grow(number: number): void {
    if (number < this.dates.length) return;
    const room = Math.max(2 * this.dates.length, number + 1);
    const [dates, starts] = [new Float64Array(room).fill(Number.NaN), new Int32Array(room)];
    dates.set(this.dates);
    starts.set(this.starts);
    this.dates = dates;
    this.starts = starts;
  }

  /**
   * All that some commits descend from, and they, in the order of `git rev-list`: of those that wait the youngest is
   * taken, and its parents wait from then on.
   *
   * @param tips in the order in which git has them
   * @returns null when something on the way was not told of
   */
  walk(tips: Iterable<number>): number[] | null {
    const { dates, starts } = this;
    const { data } = this.links;
    const seen = new Uint8Array(this.ids.size);
    const queue = new Waiting(dates, this.ids.size);
    const order: number[] = [];
    for (const tip of tips) {
      if (!this.has(tip)) return null;
      if (seen[tip] === 0) queue.push(tip);
      seen[tip] = 1;
    }
    while (queue.length > 0) {
      const next = queue.take();
      order.push(next);
      const start = starts[next]!;
      for (let i = start + 1; i <= start + data[start]!; i += 1) {
        const parent = data[i]!;
        if (seen[parent] === 1) continue;
        if (!this.has(parent)) return null;
        seen[parent] = 1;
        queue.push(parent);
      }
    }
    return order;
  }

  /**
   * The commits without parents that one descends from, in hexadecimal.
   *
   * @returns null when something on the way was not told of
   */
  rootsOf(commit: string): string[] | null {
    const first = this.ids.find(Buffer.from(commit, "hex"), 0);
    if (first < 0) return null;
    const seen = new Uint8Array(this.ids.size);
    const rest = [first];
    const roots: string[] = [];
    for (let number = rest.pop(); number !== undefined; number = rest.pop()) {
      if (seen[number] === 1) continue;
      seen[number] = 1;
      if (!this.has(number)) return null;
      const { data } = this.links;
      const start = this.starts[number]!;
      if (data[start] === 0) roots.push(this.ids.hex(number));
      for (let i = 1; i <= data[start]!; i += 1) rest.push(data[start + i]!);
    }
    return roots;
  }

  /** Becomes more with each commit that is told of; 0: none was. */
  get extent(): number {
    return this.links.length;
  }

  /** As parts for a file, but for the ids; `fromParts` reads them. */
  parts(): Uint8Array[] {
    const { size } = this.ids;
    this.grow(size);
    return [
      new Uint8Array(this.dates.buffer, 0, 8 * size),
      new Uint8Array(this.starts.buffer, 0, 4 * size),
      this.links.bytes,
    ];
  }

  /** Null when they are not what `parts` gave for these ids. */
  static fromParts(ids: IdTable, parts: readonly Uint8Array[]): CommitGraph | null {
    const [dates, starts, links] = parts;
    if (parts.length !== 3 || dates!.length !== 8 * ids.size || starts!.length !== 4 * ids.size) return null;
    const graph = new CommitGraph(ids);
    graph.grow(ids.size);
    new Uint8Array(graph.dates.buffer).set(dates!);
    new Uint8Array(graph.starts.buffer).set(starts!);
    graph.links.set(links!);
    return graph;
  }
}

/**
 * Commits that wait in a walk: the youngest goes first, and of those with one date the one that came first.
 *
 * `queue` is a binary heap: none is before the one at half its place.
 */
class Waiting {
  length = 0;
  private readonly dates: Float64Array;
  private readonly queue: Int32Array;
  /** When each commit came. */
  private readonly turns: Int32Array;
  private turn = 0;

  /** @param most each of so many commits waits once */
  constructor(dates: Float64Array, most: number) {
    this.dates = dates;
    this.queue = new Int32Array(most);
    this.turns = new Int32Array(most);
  }

  push(commit: number): void {
    const { queue } = this;
    this.turns[commit] = this.turn;
    this.turn += 1;
    let place = this.length;
    this.length += 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!this.isBefore(commit, queue[above]!)) break;
      queue[place] = queue[above]!;
      place = above;
    }
    queue[place] = commit;
  }

  /** There must be one. */
  take(): number {
    const { queue } = this;
    const first = queue[0]!;
    this.length -= 1;
    const last = queue[this.length]!;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= this.length) break;
      if (below + 1 < this.length && this.isBefore(queue[below + 1]!, queue[below]!)) below += 1;
      if (!this.isBefore(queue[below]!, last)) break;
      queue[place] = queue[below]!;
      place = below;
    }
    queue[place] = last;
    return first;
  }

  private isBefore(a: number, b: number): boolean {
    const later = this.dates[a]! - this.dates[b]!;
    return later > 0 || (later === 0 && this.turns[a]! < this.turns[b]!);
  }
}
