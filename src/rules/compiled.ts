import type { Literal, LiteralPlace } from "../kernel/prefilter.ts";
import type { Program } from "./automaton.ts";
import type { Anchor, Confidence, Kind, Randomness, Severity, Trigger } from "./vocabulary.ts";

/** A pattern as data: it travels in the bundle and to workers; the RegExp is built on first use. */
export interface PatternData {
  readonly source: string;
  readonly flags: string;
  /** Runs in place of a RegExp, which may take too long. */
  readonly program?: Program;
}

/** What a rule asks of a match beside its pattern; most ask for nothing of it. */
export interface Demands {
  /** Words, in lower case, of which the content holds one, wherever; empty: any content. */
  readonly words: readonly string[];
  /** What the paths look like that it is for. */
  readonly path: PatternData | null;
  /** Bits of entropy a character that the secret must exceed. */
  readonly entropy: number;
  /** Lines whose secret is none. */
  readonly allowLine: readonly PatternData[];
  /** In lower case: secrets that hold one of them are none. */
  readonly allowWords: readonly string[];
  /** Rules each of which must have found something near. */
  readonly requires: readonly {
    readonly rule: string;
    readonly lines: number | null;
    readonly columns: number | null;
  }[];
  /** Serves others' `requires` and is not reported. */
  readonly silent: boolean;
}

/** A configured exception: every condition that it names must hold. */
export interface Allow {
  readonly rules: readonly string[] | null;
  /** Of each list that is there one must match: on the secret, on the match, on its line. */
  readonly values: readonly PatternData[] | null;
  readonly matches: readonly PatternData[] | null;
  readonly lines: readonly PatternData[] | null;
  /** In lower case: one must be in the secret. */
  readonly words: readonly string[] | null;
  readonly where: Allowance;
}

/** What of an exception cannot be told from the content: where it holds. */
export interface Allowance {
  readonly reason: string;
  /** One must match the path. */
  readonly paths: readonly PatternData[] | null;
  /** Full ids, in lower case. */
  readonly commits: readonly string[] | null;
}

/** A rule as the engine runs it: plain data, every default filled in, patterns translated. */
export interface CompiledRule {
  readonly id: string;
  /** Rules of one family give one secret one fingerprint. */
  readonly family: string;
  readonly provider: string;
  readonly title: string;
  readonly description: string;
  readonly kind: Kind;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** As written; the prefilter gets them in lower case. */
  readonly keywords: readonly string[];
  /** For each keyword where the prefilter must look for it; empty when a value is what is looked for. */
  readonly places: readonly LiteralPlace[];
  readonly ignoreCase: boolean;
  readonly pattern: PatternData;
  /** Matches at the keyword of each match, and is tried before the pattern. */
  readonly probe: PatternData | null;
  /** Capture group that is the secret; 0 is the whole match. */
  readonly secretGroup: number;
  /** The whole match is the secret when no group from there on holds anything. */
  readonly orMatch: boolean;
  readonly anchor: Anchor;
  readonly trigger: Trigger;
  readonly before: number;
  readonly span: number;
  /** Code of a character that every match holds behind its keyword, before white space, quotes, `<` and `>`. */
  readonly wordHolds: number | null;
  /** The secret may not touch another token character on either side. */
  readonly bounded: boolean;
  readonly randomness: Randomness;
  readonly checksum: string | null;
  /** Secrets that are none. */
  readonly allow: readonly PatternData[];
  /** Whole matches whose secret is none. */
  readonly allowMatch: readonly PatternData[];
  /** Paths (as one pattern) where the rule says nothing. */
  readonly skipPaths: PatternData | null;
  readonly pair: { readonly with: string; readonly within: number } | null;
  readonly needsPair: boolean;
  /** What is no secret and belongs with it: a client ID, a user; looked for at most `within` bytes away. */
  readonly companion: {
    readonly name: string;
    readonly pattern: PatternData;
    readonly within: number;
  } | null;
  readonly demands: Demands | null;
  readonly references: readonly string[];
  readonly remediation: string;
}

/** A credential file rule as the engine runs it. */
export interface CompiledFileRule {
  readonly id: string;
  readonly family: string;
  readonly provider: string;
  readonly title: string;
  readonly description: string;
  readonly severity: Severity;
  readonly names: PatternData;
  /** Literals in lower case, one of which is in each path that `names` matches, when it stands between a `/` and a newline. */
  readonly clues: readonly string[];
  readonly not: PatternData | null;
  readonly confirm: PatternData | null;
  readonly secretGroup: number;
  readonly randomness: Randomness;
  /** Leading bytes in hex, `??` for any; one of them must stand at the start. */
  readonly magic: readonly string[];
  readonly references: readonly string[];
  readonly remediation: string;
}

/** Everything that decides a verdict, and the digest that names it. */
export interface RulePack {
  readonly digest: string;
  readonly rules: readonly CompiledRule[];
  readonly files: readonly CompiledFileRule[];
  /** Exceptions of the configuration; not in the digest. */
  readonly allows?: readonly Allow[] | undefined;
  /** For the built-in rules; an engine works it out for others. */
  readonly keywords?: KeywordPlan | undefined;
  readonly names?: NamePlan | undefined;
}

/** The numbers of the rules that wait for something: mostly it is one. */
export type Interest = number | readonly number[];

/** All names of providers, which are looked for in front of runs that may be values. */
export interface NamePlan {
  /** In lower case. */
  readonly texts: readonly string[];
  readonly interests: readonly Interest[];
  /** See `layOutTexts`. */
  readonly tables: ArrayBuffer;
}

/** All that is looked for in a text. */
export interface KeywordPlan {
  readonly literals: readonly Literal[];
  /** For each literal the numbers of the rules that wait for it. */
  readonly interests: readonly Interest[];
  /** Literals that are words that rules ask the content for. */
  readonly words: readonly (readonly [literal: number, word: string])[];
  /** See `planWindows`. */
  readonly windows: readonly number[];
}
