import { type AST, RegExpParser } from "@eslint-community/regexpp";
import type { LiteralPlace } from "../kernel/prefilter.ts";
import { MIN_RUN, RUN_CLASS, runTail } from "../kernel/runs.ts";
import type { PatternData } from "./compiled.ts";
import type { Anchor } from "./vocabulary.ts";

/** What is left of a pattern to be matched. */
type Rest = readonly AST.Element[];

const MOST_RESTS = 64;

const parser = new RegExpParser({ ecmaVersion: 2024 });

/**
 * Where the prefilter must look for a keyword so that no match of the pattern is missed: only at runs
 * when every match puts it there, which the pattern itself must prove.
 *
 *     ghp_[A-Za-z0-9]{36}      40 characters of a run at the least: in-run
 *     SG\.[\w-]{22}\.…         a run of 22 behind "SG.": before-run
 *     key[:=] ?[a-z0-9]{32}    anywhere
 *
 * @param startsToken whether the match may only begin where a token may (`bounded`)
 */
export function literalPlace(
  pattern: PatternData,
  anchor: Anchor,
  startsToken: boolean,
  keyword: string,
): LiteralPlace {
  if (anchor !== "start" || pattern.flags.includes("i")) return "anywhere";
  const { alternatives } = parser.parsePattern(pattern.source, 0, pattern.source.length, { unicode: false });
  let rests: Rest[] = alternatives.map(({ elements }) => elements);
  for (const char of keyword) {
    rests = rests.flatMap((rest) => step(rest, char));
    // Patterns of many branches are not followed through all of them.
    if (rests.length > MOST_RESTS) return "anywhere";
  }
  const tail = runTail(keyword);
  const behind = Math.min(...rests.map((rest) => leadingRun(rest).length));
  if (rests.length === 0 || tail + behind < MIN_RUN) return "anywhere";
  if (tail === keyword.length) return startsToken ? "in-run" : "anywhere";
  return keyword.length - tail >= 3 ? "before-run" : "anywhere";
}

/** Whether a match can begin with the keyword: a rule that is anchored at it finds nothing otherwise. */
export function canBeginWith(pattern: PatternData, keyword: string): boolean {
  const { alternatives } = parser.parsePattern(pattern.source, 0, pattern.source.length, { unicode: false });
  const folds = pattern.flags.includes("i");
  let rests: Rest[] = alternatives.map(({ elements }) => elements);
  for (const char of keyword) {
    const spellings = folds ? new Set([char.toLowerCase(), char.toUpperCase()]) : [char];
    rests = [...spellings].flatMap((spelling) => rests.flatMap((rest) => step(rest, spelling)));
    if (rests.length > MOST_RESTS) return true;
  }
  return rests.length > 0;
}

/** What may be left behind the first character. */
function step([head, ...rest]: Rest, char: string): Rest[] {
  if (head === undefined) return [];
  switch (head.type) {
    case "Character":
    case "CharacterSet":
    case "CharacterClass":
      return matcherOf(head).test(char) ? [rest] : [];
    case "Group":
    case "CapturingGroup":
      return head.alternatives.flatMap(({ elements }) => step([...elements, ...rest], char));
    case "Quantifier": {
      const { min, max, element } = head;
      const again = { ...head, min: Math.max(0, min - 1), max: max - 1 };
      const taken = max === 0 ? [] : step([element, again, ...rest], char);
      return min > 0 ? taken : [...taken, ...step(rest, char)];
    }
    case "Assertion":
      return step(rest, char);
    default:
      return [];
  }
}

/** How many characters of a run every match begins with at the least, and whether it holds nothing else. */
interface LeadingRun {
  readonly length: number;
  readonly open: boolean;
}

const NO_RUN: LeadingRun = { length: 0, open: false };

function leadingRun(elements: Rest): LeadingRun {
  let length = 0;
  for (const element of elements) {
    const run = runOf(element);
    length += run.length;
    if (!run.open) return { length, open: false };
  }
  return { length, open: true };
}

function runOf(element: AST.Element): LeadingRun {
  switch (element.type) {
    case "Character":
    case "CharacterSet":
    case "CharacterClass":
      return { ...NO_RUN, ...(isOfRuns(element) ? { length: 1, open: true } : {}) };
    case "Group":
    case "CapturingGroup": {
      const runs = element.alternatives.map(({ elements }) => leadingRun(elements));
      return { length: Math.min(...runs.map(({ length }) => length)), open: runs.every(({ open }) => open) };
    }
    case "Quantifier": {
      const run = runOf(element.element);
      if (run.open) return { length: element.min * run.length, open: true };
      return { length: element.min > 0 ? run.length : 0, open: false };
    }
    case "Assertion":
      return { length: 0, open: true };
    default:
      return NO_RUN;
  }
}

const matchers = new Map<string, RegExp>();

function matcherOf({ raw }: AST.Element): RegExp {
  let matcher = matchers.get(raw);
  if (matcher === undefined) {
    matcher = new RegExp(raw);
    matchers.set(raw, matcher);
  }
  return matcher;
}

function isOfRuns(element: AST.Element): boolean {
  const matcher = matcherOf(element);
  return RUN_CLASS.every((kind, code) => kind !== 0 || !matcher.test(String.fromCharCode(code)));
}
