import { MAX_LITERAL, MIN_LITERAL } from "../kernel/prefilter.ts";
import { MAX_SPAN } from "../rules/vocabulary.ts";
import type { Range } from "./ranges.ts";
import type { Node } from "./re2-syntax.ts";

/** Literals one of which each match holds. */
export interface Need {
  readonly literals: readonly string[];
  /** Whether they stand in the match in any case; then they are in lower case here. */
  readonly anyCase: boolean;
  /** Bytes between a match's beginning and the literal's at the most; may be infinite. */
  readonly at: number;
}

interface Measure {
  /** Bytes that a match has at the most. */
  readonly max: number;
  /** All texts that it matches; null: too many. */
  readonly exact: Exact | null;
  readonly needs: readonly Need[];
}

interface Exact {
  readonly texts: readonly string[];
  readonly anyCase: boolean;
}

const MOST_TEXTS = 64;
const NOTHING: Exact = { texts: [""], anyCase: false };

/** What can be told of every match. */
export function measure(node: Node): Measure {
  switch (node.type) {
    case "assert":
      return { max: 0, exact: NOTHING, needs: [] };
    case "set":
      return {
        max: Math.max(...node.ranges.map(([, high]) => utf8Length(high))),
        exact: exactSet(node.ranges),
        needs: [],
      };
    case "group":
      return measure(node.body);
    case "cat":
      return measureCat(node.parts.map(measure));
    case "alt":
      return measureAlt(node.options.map(measure));
    case "repeat": {
      const inner = measure(node.body);
      const max = inner.max === 0 ? 0 : inner.max * node.max;
      const exact = exactRepeat(inner.exact, node.min, node.max);
      return { max, exact, needs: node.min === 0 ? [] : withExact(inner) };
    }
  }
}

function utf8Length(code: number): number {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

function exactSet(ranges: readonly Range[]): Exact | null {
  const codes: number[] = [];
  for (const [low, high] of ranges) {
    if (low < 0x20 || high > 0x7e || high - low >= 16) return null;
    for (let code = low; code <= high; code += 1) codes.push(code);
  }
  const chars = codes.map((code) => String.fromCharCode(code));
  const lower = [...new Set(chars.map((char) => char.toLowerCase()))];
  const anyCase = lower.length < chars.length;
  const texts = anyCase ? lower : chars;
  return texts.length === 0 || texts.length > 16 ? null : { texts, anyCase };
}

function exactRepeat(inner: Exact | null, min: number, max: number): Exact | null {
  if (inner === null || max > 16) return null;
  let all: Exact | null = null;
  let power: Exact | null = NOTHING;
  for (let times = 0; times <= max && power !== null; times += 1) {
    if (times >= min) all = all === null ? power : union([all, power]);
    if (all === null && times >= min) return null;
    power = product(power, inner);
  }
  return power === null && max > 1 ? null : all;
}

function product(a: Exact, b: Exact): Exact | null {
  if (a.texts.length * b.texts.length > MOST_TEXTS) return null;
  const anyCase = a.anyCase || b.anyCase;
  const texts = a.texts.flatMap((text) => b.texts.map((more) => text + more));
  return { anyCase, texts: anyCase ? [...new Set(texts.map((text) => text.toLowerCase()))] : texts };
}

function union(all: readonly Exact[]): Exact | null {
  const anyCase = all.some((exact) => exact.anyCase);
  const texts = [
    ...new Set(all.flatMap((exact) => exact.texts.map((text) => (anyCase ? text.toLowerCase() : text)))),
  ];
  return texts.length > MOST_TEXTS ? null : { texts, anyCase };
}

/** The exact texts as a need as well, when they are long enough to be looked for. */
function withExact({ exact, needs }: Measure): readonly Need[] {
  const own = exact === null ? null : needOf(exact, 0);
  return own === null ? needs : [...needs, own];
}

function needOf({ texts, anyCase }: Exact, at: number): Need | null {
  const literals = [...new Set(texts.map((text) => text.slice(0, MAX_LITERAL)))];
  return literals.every((text) => text.length >= MIN_LITERAL) ? { literals, anyCase, at } : null;
}

function measureCat(parts: readonly Measure[]): Measure {
  const needs: Need[] = [];
  let max = 0;
  let whole: Exact | null = NOTHING;
  /** Parts in a row that are exact, and how far from the beginning the first of them may be. */
  let run: Exact = NOTHING;
  let runAt = 0;
  const flush = () => {
    const need = needOf(run, runAt);
    if (need !== null) needs.push(need);
    run = NOTHING;
  };
  for (const part of parts) {
    for (const need of part.needs) needs.push({ ...need, at: max + need.at });
    whole = whole === null || part.exact === null ? null : product(whole, part.exact);
    const longer: Exact | null = part.exact === null ? null : product(run, part.exact);
    if (longer === null) {
      flush();
      if (part.exact !== null) {
        run = part.exact;
        runAt = max;
      }
    } else {
      if (run === NOTHING) runAt = max;
      run = longer;
    }
    max += part.max;
    if (part.exact === null) runAt = max;
  }
  flush();
  return { max, exact: whole, needs };
}

function measureAlt(options: readonly Measure[]): Measure {
  const exacts = options.flatMap(({ exact }) => exact ?? []);
  const each = options.map((option) => [...withExact(option)].sort((a, b) => worth(b) - worth(a))[0]);
  const needs: Need[] = [];
  if (each.every((need) => need !== undefined)) {
    const anyCase = each.some((need) => need.anyCase);
    const literals = [
      ...new Set(each.flatMap((need) => need.literals.map((text) => (anyCase ? text.toLowerCase() : text)))),
    ];
    needs.push({ literals, anyCase, at: Math.max(...each.map(({ at }) => at)) });
  }
  return {
    max: Math.max(...options.map(({ max }) => max)),
    exact: exacts.length === options.length ? union(exacts) : null,
    needs,
  };
}

/** Long literals near the beginning, and few of them. */
export function worth({ literals, at }: Need): number {
  const shortest = Math.min(...literals.map((text) => text.length));
  const far = at >= MAX_SPAN ? 100 : at > 256 ? 2 : 0;
  return Math.min(shortest, 8) - Math.log2(literals.length) / 2 - far;
}

/** Whether each match has something in one of its groups. */
export function fillsGroup(node: Node): boolean {
  switch (node.type) {
    case "cat":
      return node.parts.some(fillsGroup);
    case "alt":
      return node.options.every(fillsGroup);
    case "group":
      return !canBeEmpty(node.body) || fillsGroup(node.body);
    case "repeat":
      return node.min > 0 && fillsGroup(node.body);
    default:
      return false;
  }
}

function canBeEmpty(node: Node): boolean {
  switch (node.type) {
    case "cat":
      return node.parts.every(canBeEmpty);
    case "alt":
      return node.options.some(canBeEmpty);
    case "group":
      return canBeEmpty(node.body);
    case "repeat":
      return node.min === 0 || canBeEmpty(node.body);
    default:
      return node.type === "assert";
  }
}

export function countGroups(node: Node): number {
  switch (node.type) {
    case "cat":
      return node.parts.reduce((sum, part) => sum + countGroups(part), 0);
    case "alt":
      return node.options.reduce((sum, option) => sum + countGroups(option), 0);
    case "group":
      return 1 + countGroups(node.body);
    case "repeat":
      return countGroups(node.body);
    default:
      return 0;
  }
}
