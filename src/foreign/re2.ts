import { MAX_SPAN } from "../rules/vocabulary.ts";
import { negated, type Range } from "./ranges.ts";
import { countGroups, fillsGroup, measure, type Need, worth } from "./re2-measure.ts";
import { type Node, parseRe2, Re2SyntaxError } from "./re2-syntax.ts";

/** An expression of RE2 as one of ours, and what can be told of its matches. */
export interface TranslatedPattern {
  /** As a rule of ours has it: `(?i)` or `(?m)` in front when it holds for all of it. */
  readonly pattern: string;
  /** The pattern without what may stand in front, when it must then begin with one of `literals`. */
  readonly probe: { readonly pattern: string; readonly need: Need } | null;
  /** Each match holds one of the literals of each of these lists; the best list first. */
  readonly needs: readonly Need[];
  /** Bytes that a match has at the most; may be infinite. */
  readonly longest: number;
  readonly groups: number;
  /** Whether a match may have nothing in any of its groups. */
  readonly groupsMayBeEmpty: boolean;
}

/**
 * Translates an expression of RE2 (Go's `regexp`) into one for text of one byte a character, UTF-8's bytes.
 * Both find the same places, but for: two letters beyond ASCII that RE2 takes for `k` and `s`; classes such
 * as `\p{L}`, which hold all that is not ASCII here; ends of lines, which a carriage return is here as well;
 * and what is optional or repeated and may be empty, where RE2 may stop earlier.
 *
 * @throws {Re2SyntaxError}
 */
export function translateRe2(source: string): TranslatedPattern {
  const node = parseRe2(source);
  const { needs, max } = measure(node);
  return {
    pattern: plainForm(source, node) ?? emitted(node),
    probe: probeOf(node),
    needs: [...needs].sort((a, b) => worth(b) - worth(a)),
    longest: max,
    groups: countGroups(node),
    groupsMayBeEmpty: !fillsGroup(node),
  };
}

/** `[\w.-]{0,50}?(?:key|token)…` is tried at the word first: each of fifty places in front leads to it. */
function probeOf(node: Node): TranslatedPattern["probe"] {
  if (node.type !== "cat") return null;
  const [first, ...rest] = node.parts;
  if (first?.type !== "repeat" || first.min > 0 || first.body.type !== "set") return null;
  const behind: Node = { type: "cat", parts: rest };
  const need = measure(behind).needs.find(({ at }) => at === 0);
  const at = measure(first).max;
  return need === undefined || at >= MAX_SPAN ? null : { pattern: emitted(behind), need: { ...need, at } };
}

// What is written.

/** The expression itself, when it means the same here; null when it must be written anew. */
function plainForm(source: string, node: Node): string | null {
  if (/\{(?:gap|setting|open)\}/.test(source)) return null;
  const body = source.replace(/^\(\?i\)/, "");
  if (
    /\(\?[a-zA-Z^-]*[-:)]|\\[pPQCav0-9xzA]|\[\[?:|\[\^?\]|[^\x20-\x7e]|[*+?}][*+{]/.test(
      body.replaceAll("(?:", "("),
    )
  )
    return null;
  return hasWideChoice(node, false, looksWithin(node)) ? null : source;
}

/** Whether a set that holds more than ASCII must match exactly one character, whatever its bytes. */
function hasWideChoice(node: Node, loose: boolean, strict: boolean): boolean {
  switch (node.type) {
    case "cat":
      return node.parts.some((part) => hasWideChoice(part, false, strict));
    case "alt":
      return node.options.some((option) => hasWideChoice(option, false, strict));
    case "group":
      return hasWideChoice(node.body, false, strict);
    case "repeat":
      return hasWideChoice(node.body, !strict && isLoose(node), strict);
    case "set":
      return !loose && node.ranges.some(([, high]) => high > 0x7f);
    default:
      return false;
  }
}

/** Whether it asks for places that are not at words' ends, as all of those within a character of several bytes are: then none is loose. */
function looksWithin(node: Node): boolean {
  const kinds = new Set<string>();
  collectAsserts(node, kinds);
  return kinds.has("no-word-boundary");
}

/** Whether any number of bytes are as good as the characters that they make: taken one by one they could end within one. */
function isLoose({ min, max, greedy }: Extract<Node, { type: "repeat" }>): boolean {
  return greedy && min <= 1 && max === Number.POSITIVE_INFINITY;
}

function emitted(node: Node): string {
  const kinds = new Set<string>();
  collectAsserts(node, kinds);
  const byLine = kinds.has("line-start") || kinds.has("line-end");
  if (byLine && (kinds.has("text-start") || kinds.has("text-end"))) {
    throw new Re2SyntaxError(
      "it asks for ends of the text and for ends of lines, which cannot be said in one pattern",
    );
  }
  return (byLine ? "(?m)" : "") + emit(node, false, looksWithin(node));
}

function collectAsserts(node: Node, into: Set<string>): void {
  if (node.type === "assert") into.add(node.kind);
  else if (node.type === "cat") for (const part of node.parts) collectAsserts(part, into);
  else if (node.type === "alt") for (const option of node.options) collectAsserts(option, into);
  else if (node.type !== "set") collectAsserts(node.body, into);
}

function emit(node: Node, loose: boolean, strict: boolean): string {
  switch (node.type) {
    case "set":
      return emitSet(node.ranges, loose);
    case "cat":
      return node.parts
        .map((part) => (part.type === "alt" ? `(?:${emit(part, false, strict)})` : emit(part, false, strict)))
        .join("");
    case "alt":
      return node.options.map((option) => emit(option, false, strict)).join("|");
    case "group":
      return `(${emit(node.body, false, strict)})`;
    case "assert":
      return (
        { "word-boundary": "\\b", "no-word-boundary": "\\B" }[node.kind as string] ??
        (node.kind.endsWith("start") ? "^" : "$")
      );
    case "repeat": {
      const body = emit(node.body, !strict && isLoose(node), strict);
      const single =
        node.body.type === "group" ||
        (node.body.type === "set" && /^(?:\[(?:[^\]\\]|\\.)*\]|\\x[0-9a-f]{2}|\\.|[^\\()|[\]])$/.test(body));
      return (single ? body : `(?:${body})`) + timesOf(node);
    }
  }
}

function timesOf({ min, max, greedy }: Extract<Node, { type: "repeat" }>): string {
  const endless = max === Number.POSITIVE_INFINITY;
  const times =
    endless && min < 2
      ? "*+"[min]!
      : min === 0 && max === 1
        ? "?"
        : `{${min}${endless ? "," : max === min ? "" : `,${max}`}}`;
  return times + (greedy ? "" : "?");
}

const CONTINUATION = "[\\x80-\\xbf]";
/** Any character of two bytes and more in UTF-8. */
const WIDE = [
  `[\\xc2-\\xdf]${CONTINUATION}`,
  `[\\xe0-\\xef]${CONTINUATION}{2}`,
  `[\\xf0-\\xf4]${CONTINUATION}{3}`,
];
/** Sets of more characters beyond ASCII hold all of them. */
const MOST_SPELLED = 256;

function emitSet(ranges: readonly Range[], loose: boolean): string {
  const narrow = clip(ranges, 0, 0x7f);
  const wide = clip(ranges, 0x80, 0x10ffff);
  if (wide.length === 0) return narrow.length === 0 ? "[^\\x00-\\xff]" : classOf(narrow);
  const number = wide.reduce((sum, [low, high]) => sum + high - low + 1, 0);
  if (number > MOST_SPELLED) {
    if (loose) return classOf([...narrow, [0x80, 0xff]]);
    return `(?:${[...(narrow.length === 0 ? [] : [classOf(narrow)]), ...WIDE].join("|")})`;
  }
  const spelled = wide.flatMap(([low, high]) =>
    Array.from({ length: high - low + 1 }, (_, i) =>
      [...Buffer.from(String.fromCodePoint(low + i))].map((byte) => `\\x${byte.toString(16)}`).join(""),
    ),
  );
  if (narrow.length === 0 && spelled.length === 1) return spelled[0]!;
  return `(?:${[...(narrow.length === 0 ? [] : [classOf(narrow)]), ...spelled].join("|")})`;
}

function clip(ranges: readonly Range[], low: number, high: number): Range[] {
  return ranges.flatMap(([from, to]): Range[] =>
    to < low || from > high ? [] : [[Math.max(from, low), Math.min(to, high)]],
  );
}

/** Ranges of bytes as a class, or as the one byte that they are. */
function classOf(ranges: readonly Range[]): string {
  const [first] = ranges;
  if (ranges.length === 1 && first![0] === first![1]) return literalOf(first![0]);
  const whole = (text: readonly Range[]) => text.map(rangeOf).join("");
  const others = clip(negated(ranges), 0, 0xff);
  if (ranges.at(-1)![1] === 0xff && others.length > 0) return `[^${whole(others)}]`;
  return `[${whole(ranges)}]`;
}

function rangeOf([low, high]: Range): string {
  if (low === high) return memberOf(low);
  return high === low + 1 ? memberOf(low) + memberOf(high) : `${memberOf(low)}-${memberOf(high)}`;
}

function memberOf(code: number): string {
  const char = String.fromCharCode(code);
  if (/[\\\]^[-]/.test(char)) return `\\${char}`;
  return code >= 0x20 && code < 0x7f ? char : hexOf(code);
}

function literalOf(code: number): string {
  const char = String.fromCharCode(code);
  if (/[\\^$.*+?()[\]{}|/]/.test(char)) return `\\${char}`;
  return code >= 0x20 && code < 0x7f ? char : hexOf(code);
}

function hexOf(code: number): string {
  const named: Record<number, string> = { 9: "\\t", 10: "\\n", 13: "\\r" };
  return named[code] ?? `\\x${code.toString(16).padStart(2, "0")}`;
}
