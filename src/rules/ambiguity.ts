import type { AST } from "@eslint-community/regexpp";
import { setOf } from "./element.ts";

/**
 * How many ways a pattern has of reading one text. A backtracking engine tries them all before it gives up,
 * so their number is what a pattern can cost, whatever it looks like: nested repetitions, branches that
 * compete, optional parts in a row.
 *
 * The pattern becomes an automaton in which counted repetitions are unrolled, and texts are put
 * together character by character, always going on with those that keep the most ways alive. The count for a
 * text is exact; that no other text has more is not proven, since the search keeps only the best.
 */
export interface Ambiguity {
  /** Steps of a backtracking engine that reads `text` and then fails. */
  readonly steps: number;
  /** The text with the most ways among those tried. */
  readonly text: string;
}

/** How far the search goes. */
export interface Effort {
  /** Length of the texts: what multiplies at every character has multiplied by then. */
  readonly short: number;
  /** What is read in more than one way is followed further: parts of a length of their own, `([a-z]{20,40}){1,10}`. */
  readonly long: number;
  /** Texts that are gone on with. */
  readonly kept: number;
  /** Repetitions that are unrolled, fewer when the automaton would get too large; more are as good as any number. */
  readonly unrolled: readonly number[];
  /** Steps at which the search is over. */
  readonly limit: number;
}

/** Steps that a pattern may take to fail on a short text. Ours take 17,000 at the most; a cube of its length is 40,000. */
export const THOROUGH: Effort = { short: 64, long: 256, kept: 6, unrolled: [32, 8, 4, 2], limit: 200_000 };
/** A twentieth of the time, for patterns that need not be refused when they look worse than they are. */
export const QUICK: Effort = { short: 40, long: 80, kept: 2, unrolled: [8, 4, 2], limit: 40_000 };

const MOST_STATES = 3_000;

/** A text on its way through the automaton: in how many ways each state was come to. */
interface Reading {
  readonly counts: Float64Array;
  /** No state outside `[low, high]` has a count. */
  readonly low: number;
  readonly high: number;
  /** Ways that read on. */
  readonly live: number;
  readonly steps: number;
  readonly text: string;
}

export function measureAmbiguity(pattern: AST.Pattern, flags: string, effort: Effort): Ambiguity {
  const automaton = automatonOf(pattern, flags, effort);
  if (automaton === null) return { steps: Number.POSITIVE_INFINITY, text: "" };
  const start = new Float64Array(automaton.states.length);
  start[automaton.start] = 1;
  let worst = settled(automaton, start, automaton.start, 0, "");
  let kept = [worst];
  for (let length = 0; length < effort.long && worst.steps < effort.limit && kept.length > 0; length += 1) {
    const oneWay = 16 * effort.short;
    if (length === effort.short && worst.steps < oneWay) break;
    const longer = kept
      .flatMap((reading) => automaton.chars.map((_, kind) => readOn(automaton, reading, kind)))
      .filter((reading) => reading !== null)
      .sort((a, b) => b.live - a.live || b.steps - a.steps);
    kept = varied(longer, effort.kept);
    for (const reading of kept) if (reading.steps > worst.steps) worst = reading;
  }
  return worst;
}

/** The reading of one character more, of the given kind; null when nothing reads it. */
function readOn(
  automaton: Automaton,
  { counts, low, high, steps, text }: Reading,
  kind: number,
): Reading | null {
  const next = new Float64Array(counts.length);
  let from = counts.length;
  for (let state = low; state <= high; state += 1) {
    if (counts[state] === 0) continue;
    const { kinds, next: to } = automaton.states[state]!;
    if (kinds === null || kinds[kind] === 0) continue;
    next[to]! += counts[state]!;
    if (to < from) from = to;
  }
  return from === counts.length ? null : settled(automaton, next, from, steps, text + automaton.chars[kind]!);
}

/** Follows what leads on without a character, in place. */
function settled(
  automaton: Automaton,
  counts: Float64Array,
  low: number,
  steps: number,
  text: string,
): Reading {
  let live = 0;
  let high = low;
  for (let state = low; state < counts.length; state += 1) {
    const count = counts[state]!;
    if (count === 0) continue;
    high = state;
    const { edges, kinds } = automaton.states[state]!;
    for (const next of edges) counts[next]! += count;
    if (kinds !== null) live += count;
  }
  return { counts, low, high, live, steps: steps + live, text };
}

/** The best, and no more than two that end alike: a text that will get expensive may begin cheaply. */
function varied(readings: readonly Reading[], most: number): Reading[] {
  const ends = new Map<string, number>();
  const chosen = readings.filter(({ text }) => {
    const end = text.at(-1)!;
    const times = (ends.get(end) ?? 0) + 1;
    ends.set(end, times);
    return times <= 2;
  });
  return chosen.slice(0, most);
}

/** A state either leads on without a character or reads one. */
interface State {
  readonly edges: readonly number[];
  /** Which kinds of characters it reads; null when it reads nothing. */
  readonly kinds: Uint8Array | null;
  /** Where a character leads. */
  readonly next: number;
}

interface Automaton {
  readonly start: number;
  /** Each before those that it leads to without a character: only characters lead back. */
  readonly states: readonly State[];
  /** One character for each kind that the pattern tells apart. */
  readonly chars: readonly string[];
}

function automatonOf(pattern: AST.Pattern, flags: string, effort: Effort): Automaton | null {
  for (const unrolled of effort.unrolled) {
    const builder = new Builder(flags, unrolled);
    const start = builder.state();
    if (builder.alternatives(pattern.alternatives, start) !== null) return builder.build(start);
  }
  return null;
}

/** Builds the automaton from the front: each part is told the state that it begins in and answers with that in which it ends. */
class Builder {
  private readonly edges: number[][] = [];
  private readonly reads: ({ readonly set: string; readonly next: number } | null)[] = [];
  private readonly flags: string;
  private readonly unrolled: number;

  constructor(flags: string, unrolled: number) {
    this.flags = flags;
    this.unrolled = unrolled;
  }

  state(): number {
    this.reads.push(null);
    return this.edges.push([]) - 1;
  }

  /** Null when the automaton gets too large. */
  alternatives(branches: readonly AST.Alternative[], from: number): number | null {
    const end = this.state();
    for (const { elements } of branches) {
      let at: number | null = this.state();
      this.edges[from]!.push(at);
      for (const element of elements) {
        at = this.element(element, at);
        if (at === null || this.edges.length > MOST_STATES) return null;
      }
      this.edges[at]!.push(end);
    }
    return end;
  }

  private element(element: AST.Element, from: number): number | null {
    switch (element.type) {
      case "Group":
      case "CapturingGroup":
        return this.alternatives(element.alternatives, from);
      case "Quantifier":
        return this.repeated(element, from);
      case "Assertion":
        return from;
      default: {
        const next = this.state();
        const state = this.state();
        this.edges[from]!.push(state);
        this.reads[state] = { set: setOf(element, this.flags), next };
        return next;
      }
    }
  }

  private repeated({ element, min, max }: AST.Quantifier, from: number): number | null {
    const endless = max > this.unrolled;
    let at: number | null = from;
    for (let times = 0; times < Math.min(min, this.unrolled) && at !== null; times += 1)
      at = this.element(element, at);
    if (at === null) return null;
    const end = this.state();
    if (endless) {
      const loop = this.state();
      this.edges[at]!.push(loop);
      const again = this.element(element, loop);
      if (again === null) return null;
      this.edges[again]!.push(loop);
      this.edges[loop]!.push(end);
      return end;
    }
    for (let times = min; times < max; times += 1) {
      this.edges[at]!.push(end);
      at = this.element(element, at);
      if (at === null || this.edges.length > MOST_STATES) return null;
    }
    this.edges[at]!.push(end);
    return end;
  }

  build(start: number): Automaton {
    const sets = [...new Set(this.reads.flatMap((read) => (read === null ? [] : [read.set])))];
    // Characters that every set treats alike are of one kind.
    const kinds = new Map<string, number>();
    for (let code = 0; code < 256; code += 1) {
      const key = sets.map((set) => set[code]).join("");
      // Letters before signs, where a kind holds both: the text is shown.
      if (key.includes("1") && (!kinds.has(key) || (code >= 0x30 && code < 0x7f))) kinds.set(key, code);
    }
    const codes = [...kinds.values()];
    const tables = new Map(sets.map((set) => [set, Uint8Array.from(codes, (code) => Number(set[code]))]));
    const order = topological(this.edges);
    const rank = new Int32Array(order.length);
    order.forEach((state, index) => {
      rank[state] = index;
    });
    const states = order.map((state): State => {
      const read = this.reads[state]!;
      return {
        edges: this.edges[state]!.map((next) => rank[next]!),
        kinds: read === null ? null : tables.get(read.set)!,
        next: read === null ? -1 : rank[read.next]!,
      };
    });
    return { start: rank[start]!, states, chars: codes.map((code) => String.fromCharCode(code)) };
  }
}

function topological(edges: readonly (readonly number[])[]): number[] {
  const order: number[] = [];
  const done = new Uint8Array(edges.length);
  for (let root = 0; root < edges.length; root += 1) {
    if (done[root] !== 0) continue;
    // Depth first without recursion: [state, next edge].
    const path: [number, number][] = [[root, 0]];
    done[root] = 1;
    while (path.length > 0) {
      const top = path.at(-1)!;
      const next = edges[top[0]]![top[1]];
      if (next === undefined) {
        order.push(top[0]);
        path.pop();
      } else {
        top[1] += 1;
        if (done[next] === 0) {
          done[next] = 1;
          path.push([next, 0]);
        }
      }
    }
  }
  return order.reverse();
}
