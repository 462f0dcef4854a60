import { type Literal, MAX_LITERAL } from "../kernel/prefilter.ts";
import { layOutTexts } from "../kernel/short-text.ts";
import { planWindows } from "../kernel/windows.ts";
import type { Interest, KeywordPlan, NamePlan, RulePack } from "../rules/compiled.ts";
import type { Trigger } from "../rules/vocabulary.ts";
import { ESCAPES } from "./decode.ts";

/** The distinct keywords of some rules, and for each the rules that wait for it. */
export function gatherLiterals(
  pack: RulePack,
  trigger: Trigger,
): { literals: Literal[]; interests: number[][] } {
  const literals: Literal[] = [];
  const interests: number[][] = [];
  /** For each kind of literal the numbers of those that there are. */
  const known = new Map<string, Map<string, number>>();
  pack.rules.forEach((rule, index) => {
    if (rule.trigger !== trigger || rule.anchor === "text") return;
    rule.keywords.forEach((keyword, number) => {
      // A name is written in every case and anywhere; its value is not.
      const place = trigger === "value" ? "anywhere" : (rule.places[number] ?? "anywhere");
      const anyCase =
        place === "anywhere" && (rule.ignoreCase || trigger === "value" || !/[A-Za-z]/.test(keyword));
      const text = anyCase ? keyword.toLowerCase() : keyword;
      const kind = anyCase ? "any case" : place;
      let same = known.get(kind);
      if (same === undefined) {
        same = new Map();
        known.set(kind, same);
      }
      const literal = same.get(text);
      if (literal !== undefined) {
        interests[literal]!.push(index);
        return;
      }
      same.set(text, literals.length);
      literals.push({ text, anyCase, place });
      interests.push([index]);
    });
  });
  return { literals, interests };
}

/** The names that are looked for in front of runs. */
export function planNames(pack: RulePack): NamePlan {
  const { literals, interests } = gatherLiterals(pack, "value");
  const texts = literals.map(({ text }) => text);
  return { texts, interests: interests.map(interestOf), tables: layOutTexts(texts) };
}

function interestOf(rules: readonly number[]): Interest {
  return rules.length === 1 ? rules[0]! : rules;
}

/** Everything that is looked for in all of a text: keywords, and behind them the words that rules ask the content for and escapes, which concern no rule by
 * themselves. */
export function planKeywords(pack: RulePack): KeywordPlan {
  const { literals, interests } = gatherLiterals(pack, "keyword");
  const words = [...new Set(pack.rules.flatMap(({ demands }) => demands?.words ?? []))].map(
    (word): [number, string] => {
      // A text that has a very long word has its beginning.
      const start = word.slice(0, MAX_LITERAL);
      const known = literals.findIndex(
        ({ text, anyCase, place }) => text === start && anyCase && place === "anywhere",
      );
      return [known < 0 ? literals.push({ text: start, anyCase: true, place: "anywhere" }) - 1 : known, word];
    },
  );
  const all = [...literals, ...ESCAPES];
  return {
    literals: all,
    interests: all.map((_, number) => interestOf(interests[number] ?? [])),
    words,
    windows: planWindows(all),
  };
}
