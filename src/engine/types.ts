import type { Allowance, CompiledRule } from "../rules/compiled.ts";
import type { Confidence, Severity } from "../rules/vocabulary.ts";
import type { Secret } from "../text/secret.ts";
import type { Directive } from "./directive.ts";
import type { ReadyRule } from "./engine.ts";

/**
 * What a pattern matched, before anything is judged. Offsets count bytes of the text (code units
 * of a text narrowed from UTF-16) from the start of the content.
 */
export interface Candidate {
  readonly rule: CompiledRule;
  readonly ready: ReadyRule;
  readonly start: number;
  readonly end: number;
  readonly secretStart: number;
  readonly secretEnd: number;
  /** The matched bytes, one character each, and those of them that are the secret. */
  readonly match: string;
  readonly value: string;
  /** The rest of the name that the match begins within, and what follows the secret; of rules that go by names. */
  readonly lead: string;
  readonly trail: string;
  /** The provider's name that the match begins with; null unless the rule is anchored behind one. */
  readonly name: string | null;
}

/** The judge's word on a candidate. */
export type Verdict =
  | {
      readonly kept: true;
      readonly confidence: Confidence;
      readonly severity: Severity;
      readonly evidence: readonly string[];
    }
  | { readonly kept: false; readonly reason: string };

/**
 * A candidate that was kept, with all that is said about it later. It depends on the content
 * alone; which path and commit it is in, and what policy makes of it, are decided afterwards.
 */
export interface Detection {
  readonly ruleId: string;
  readonly secret: Secret;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** Why it was kept, in short clauses. */
  readonly evidence: readonly string[];
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** Line ranges (1-based, inclusive) that make the finding: its secret's and its partner's. */
  readonly lines: readonly (readonly [number, number])[];
  /** The line of the secret, cut to a readable length, every secret on it masked. */
  readonly preview: string;
  /** What follows `leakwarden:allow` on the secret's line or on the comment line above it. */
  readonly directive: Directive | null;
  /** Exceptions of the configuration that let it be where they hold. */
  readonly allowances: readonly Allowance[];
  /** Index, in the same list, of the detection that this one is paired with. */
  readonly partner: number | null;
}

/** Told of each candidate that was dropped, and why; for `rules try`. */
export type DismissalListener = (candidate: Candidate, reason: string) => void;
