import type { Allow, Allowance, CompiledRule } from "../rules/compiled.ts";
import { patternOf } from "./engine.ts";
import { shannonEntropy } from "./randomness.ts";
import type { Candidate } from "./types.ts";

/** Characters of a line on either side of a secret that patterns for lines are tried on. */
const LINE_REACH = 4096;

/** The line that `at` stands on. */
export function lineAt(text: string, at: number): string {
  const from = Math.max(text.lastIndexOf("\n", at - 1) + 1, at - LINE_REACH);
  const newline = text.indexOf("\n", at);
  return text.slice(from, Math.min(newline < 0 ? text.length : newline, at + LINE_REACH));
}

/** Why a match does not meet what its rule asks beside its pattern; null: it does. */
export function unmetDemand({ rule: { demands }, value }: Candidate, line: () => string): string | null {
  if (demands === null) return null;
  if (demands.entropy > 0) {
    const entropy = shannonEntropy(value);
    if (entropy <= demands.entropy)
      return `it has ${entropy.toFixed(2)} bits of entropy a character, and the rule asks for more than ${demands.entropy}`;
  }
  const lower = demands.allowWords.length > 0 ? lowerCase(value) : "";
  const word = demands.allowWords.find((candidate) => lower.includes(candidate));
  if (word !== undefined) return `the rule lets secrets be that hold '${word}'`;
  if (demands.allowLine.some((pattern) => patternOf(pattern).test(line())))
    return "the rule lets such lines be";
  return null;
}

/** Of a text of one byte a character, which may be UTF-8. */
function lowerCase(value: string): string {
  const ascii = /^[\x00-\x7f]*$/.test(value);
  return (ascii ? value : Buffer.from(value, "latin1").toString("utf8")).toLowerCase();
}

/** What the exceptions of the configuration make of a find: those whose conditions on the content hold. */
export function allowancesFor(
  allows: readonly Allow[],
  ruleId: string,
  value: string,
  match: string,
  line: () => string,
): readonly Allowance[] {
  return allows
    .filter(
      ({ rules, values, matches, lines, words }) =>
        (rules === null || rules.includes(ruleId)) &&
        (values === null || values.some((pattern) => patternOf(pattern).test(value))) &&
        (matches === null || matches.some((pattern) => patternOf(pattern).test(match))) &&
        (words === null || words.some((word) => lowerCase(value).includes(word))) &&
        (lines === null || lines.some((pattern) => patternOf(pattern).test(line()))),
    )
    .map(({ where }) => where);
}

/** A find, as far as other rules may ask for it. */
interface Placed {
  readonly candidate: { readonly rule: CompiledRule };
  readonly detection: { readonly line: number; readonly column: number };
}

/**
 * Those whose rules' demands on the whole content are met.
 * @param words all words that were asked for and are in the content
 */
export function meetingContent<T extends Placed>(
  found: readonly T[],
  words: ReadonlySet<string>,
): readonly T[] {
  if (found.every(({ candidate }) => candidate.rule.demands === null)) return found;
  const worded = found.filter(({ candidate: { rule } }) => {
    const asked = rule.demands?.words ?? [];
    return asked.length === 0 || asked.some((word) => words.has(word));
  });
  return worded.filter(
    ({ candidate: { rule }, detection }) =>
      rule.demands === null ||
      rule.demands.requires.every((required) =>
        worded.some(
          ({ candidate: other, detection: place }) =>
            other.rule.id === required.rule &&
            (required.lines === null || Math.abs(place.line - detection.line) <= required.lines) &&
            (required.columns === null || Math.abs(place.column - detection.column) <= required.columns),
        ),
      ),
  );
}
