import { type Directive, OWN_MARK } from "../engine/directive.ts";

/** What an inline `leakwarden:allow <rule> -- reason` says of a finding of `ruleId`. */
type InlineVerdict =
  | { readonly kind: "allows"; readonly reason: string }
  | { readonly kind: "other-rule" }
  | { readonly kind: "malformed"; readonly problem: string };

/** Names behind `leakwarden:allow` that are no rule's: the finding that they were meant for is reported. */
export function unknownRules(directive: Directive | null, known: (name: string) => boolean): string[] {
  if (directive === null || directive.mark !== OWN_MARK) return [];
  const [names] = directive.text.split("--");
  return names!.split(/[\s,]+/).filter((name) => name !== "" && !known(name));
}

/**
 * Reads the text behind `leakwarden:allow`. A rule and a reason are both required: an allow that
 * names no rule would hide the next secret on the line too, whatever it is.
 */
export function readInlineAllow(directive: Directive, ruleId: string): InlineVerdict {
  // Others know no rules and no reasons; somebody who comes from them has looked at the line all the same.
  if (directive.mark !== OWN_MARK) return { kind: "allows", reason: directive.mark };
  const [names, ...rest] = directive.text.split("--");
  const rules = names!.split(/[\s,]+/).filter((name) => name !== "");
  const reason = rest.join("--").trim();
  if (rules.length === 0) return { kind: "malformed", problem: "it names no rule" };
  if (reason === "") return { kind: "malformed", problem: "it gives no reason" };
  return rules.includes(ruleId) ? { kind: "allows", reason } : { kind: "other-rule" };
}
