import { MAX_SPAN } from "../rules/vocabulary.ts";
import type { Need, TranslatedPattern } from "./re2.ts";
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
  const words = theirs.map((word) => word.toLowerCase()).filter((word) => word !== "");
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
