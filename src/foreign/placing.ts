import { MAX_SPAN } from "../rules/vocabulary.ts";
import type { TranslatedPattern } from "./re2.ts";
import type { Need } from "./re2-measure.ts";
import type { RuleInput } from "./translation.ts";

type Placing = Pick<
  RuleInput,
  "anchor" | "keywords" | "keywords_ignore_case" | "before" | "span" | "with_words" | "probe"
>;

/**
 * Where a pattern must be tried: at or near a literal that each match holds, or everywhere.
 * @param theirs words one of which the content must hold; empty: any content
 */
export function placing({ needs, longest, probe }: TranslatedPattern, theirs: readonly string[]): Placing {
  // What is not ASCII has no other case that could be looked for: then any content will do.
  const ascii = theirs.every((word) => /^[\x00-\x7f]+$/.test(word));
  const words = ascii ? theirs.map((word) => word.toLowerCase()) : [];
  const holdsWord = (need: Need) =>
    need.literals.every((literal) => words.some((word) => literal.toLowerCase().includes(word)));
  const asked = words.length === 0 || needs.some(holdsWord) ? {} : { with_words: words };
  const start = needs.find(({ at }) => at === 0);
  const near = start ?? probe?.need ?? needs.find(({ at }) => at < MAX_SPAN);
  if (near === undefined) {
    // Too far from where a match may begin, but each match holds it.
    const far = words.length === 0 ? needs[0] : undefined;
    return { anchor: "text", ...(far === undefined ? asked : { with_words: [...far.literals] }) };
  }
  return {
    anchor: start === undefined ? "cover" : "start",
    keywords: [...near.literals],
    ...(near.anyCase ? { keywords_ignore_case: true } : {}),
    // One more on either side: what stands beside a match may decide.
    before: near.at + 1,
    span: Math.max(8, Math.min(longest + 1, MAX_SPAN)),
    ...(near === probe?.need ? { probe: probe.pattern } : {}),
    ...asked,
  };
}

/** A rule for what a pattern finds, as its author has it: nothing else is asked. */
export function ruleOf(
  id: string,
  title: string,
  pattern: TranslatedPattern,
  group = 0,
  words: readonly string[] = [],
): RuleInput {
  return {
    id,
    title,
    severity: "high",
    kind: "structured",
    ...placing(pattern, words),
    pattern: pattern.pattern,
    // The first group that holds something; a group that is asked for is it and no other.
    secret: group > 0 ? group : Math.min(1, pattern.groups),
    ...(group === 0 && pattern.groups > 0 && pattern.groupsMayBeEmpty ? { or_match: true } : {}),
    bounded: false,
    randomness: "none",
  };
}
