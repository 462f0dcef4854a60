import type { AST } from "@eslint-community/regexpp";
import type { LiteralPlace } from "../kernel/prefilter.ts";
import { MIN_RUN, RUN_CLASS, runTail } from "../kernel/runs.ts";
import type { PatternData } from "./compiled.ts";
import { matcherOf } from "./element.ts";
import { parseTranslated } from "./pattern.ts";
import type { Anchor } from "./vocabulary.ts";

/** What is left of a pattern to be matched. */
type Rest = readonly AST.Element[];

const MOST_RESTS = 64;

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
  const { alternatives } = parseTranslated(pattern);
  let rests: Rest[] = alternatives.map(({ elements }) => elements);
  for (const char of keyword) {
    rests = rests.flatMap((rest) => step(rest, char, pattern.flags));
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
  const { alternatives } = parseTranslated(pattern);
  let rests: Rest[] = alternatives.map(({ elements }) => elements);
  for (const char of keyword) {
    rests = rests.flatMap((rest) => step(rest, char, pattern.flags));
    if (rests.length > MOST_RESTS) return true;
  }
  return rests.length > 0;
}

/** What may be left behind the first character. */
function step([head, ...rest]: Rest, char: string, flags: string): Rest[] {
  if (head === undefined) return [];
  switch (head.type) {
    case "Character":
    case "CharacterSet":
    case "CharacterClass":
      return matcherOf(head, flags).test(char) ? [rest] : [];
    case "Group":
    case "CapturingGroup":
      return head.alternatives.flatMap(({ elements }) => step([...elements, ...rest], char, flags));
    case "Quantifier": {
      const { min, max, element } = head;
      const again = { ...head, min: Math.max(0, min - 1), max: max - 1 };
      const taken = max === 0 ? [] : step([element, again, ...rest], char, flags);
      return min > 0 ? taken : [...taken, ...step(rest, char, flags)];
    }
    case "Assertion":
      return step(rest, char, flags);
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

function isOfRuns(element: AST.Element): boolean {
  const matcher = matcherOf(element, "");
  return RUN_CLASS.every((kind, code) => kind !== 0 || !matcher.test(String.fromCharCode(code)));
}
