import * as v from "valibot";
import { ConfigError, type SourcePlace } from "../errors.ts";
import type { KnownSecret } from "../policy/known-secrets.ts";
import { compileFileRule, compilePattern, compileRule } from "../rules/compile.ts";
import { FileRuleSchema, RuleSchema } from "../rules/source.ts";
import type { Severity } from "../rules/vocabulary.ts";
import type { TomlDocument } from "../text/toml.ts";

/** A file of another scanner, as it is read; its text is null when it is not there. */
export type ReadFile = (name: string) => Buffer | null;

/** What of a rule of ours others can be told by. */
export interface KnownRule {
  readonly id: string;
  readonly kind: string;
}

export type RuleInput = v.InferInput<typeof RuleSchema>;
export type FileRuleInput = v.InferInput<typeof FileRuleSchema>;
export interface AllowInput {
  reason: string;
  rules?: string[];
  paths?: string[];
  path_patterns?: string[];
  values?: string[];
  matches?: string[];
  lines?: string[];
  words?: string[];
  commits?: string[];
}

/** What `.leakwarden.toml` would say. */
export interface ConfigInput {
  rules?: { disable?: string[]; only?: string[] };
  fail?: { severity?: Severity };
  allow?: AllowInput[];
  rule?: RuleInput[];
  file?: FileRuleInput[];
}

/** Something that could not be carried over, and why. */
export interface Remark {
  readonly place: SourcePlace;
  readonly text: string;
}

/** Of whoever wrote the rules, nothing is known. */
const PROVIDER = { name: "own", family: "own", remediation: "Revoke it.", references: [] };

type Table = "rule" | "file" | "allow";

/** What is made of the files of other scanners; all add to one. */
export class Translation {
  readonly config: ConfigInput = {};
  readonly known: KnownSecret[] = [];
  readonly remarks: Remark[] = [];
  /** The files that were read. */
  readonly files: string[] = [];
  /** Rules that are translated, by their own ids. */
  readonly renamed = new Map<string, string>();
  /** Our rules, by which others' names of rules are understood. */
  readonly ours: readonly KnownRule[];
  /** Whether what cannot be translated is a remark and the rest goes on, or an error. */
  readonly tolerant: boolean;
  private readonly given = new Set<string>();
  private readonly places: Record<Table, ((key: string, index?: number) => SourcePlace)[]> = {
    rule: [],
    file: [],
    allow: [],
  };

  constructor(ours: readonly KnownRule[], tolerant: boolean) {
    this.ours = ours;
    this.tolerant = tolerant;
  }

  /** A secret that is known; what is said of it becomes a line of a file. */
  addKnown(known: KnownSecret): void {
    this.known.push({
      ...known,
      reason: known.reason.replace(/[\x00-\x1f\x7f\u2028\u2029]+/g, " ").slice(0, 200),
    });
  }

  remark(place: SourcePlace, text: string): void {
    this.remarks.push({ place, text });
  }

  addRule(rule: RuleInput, placeOf: (key: string, index?: number) => SourcePlace): void {
    if (!this.passes(() => compileRule(v.parse(RuleSchema, rule), PROVIDER, placeOf, true))) return;
    this.config.rule = [...(this.config.rule ?? []), rule];
    this.places.rule.push(placeOf);
  }

  addFileRule(rule: FileRuleInput, placeOf: (key: string, index?: number) => SourcePlace): void {
    if (!this.passes(() => compileFileRule(v.parse(FileRuleSchema, rule), PROVIDER, placeOf, true))) return;
    this.config.file = [...(this.config.file ?? []), rule];
    this.places.file.push(placeOf);
  }

  addAllow(allow: AllowInput, placeOf: (key: string, index?: number) => SourcePlace): void {
    const patterns = (["path_patterns", "values", "matches", "lines"] as const).flatMap((key) =>
      (allow[key] ?? []).map((text, index) => ({ text, key, index })),
    );
    const compiles = () => {
      for (const { text, key, index } of patterns) compilePattern(text, false, placeOf(key, index), true);
    };
    if (!this.passes(compiles)) return;
    this.config.allow = [...(this.config.allow ?? []), allow];
    this.places.allow.push(placeOf);
  }

  /** In a tolerant translation, whether something of ours can be made of it; otherwise whoever makes it will say so. */
  private passes(make: () => unknown): boolean {
    if (!this.tolerant) return true;
    try {
      make();
      return true;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.remark(error.place, error.problem);
      return false;
    }
  }

  disable(ids: readonly string[]): void {
    if (ids.length === 0) return;
    const before = this.config.rules?.disable ?? [];
    this.config.rules = { ...this.config.rules, disable: [...new Set([...before, ...ids])] };
  }

  /** An id that no other rule has. */
  freshId(wanted: string): string {
    const base =
      wanted
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^-+|-+$/g, "")
        .replace(/^(?=\d)/, "rule-")
        .slice(0, 50)
        .replace(/-+$/, "") || "rule";
    const taken = new Set([...this.ours.map(({ id }) => id), ...this.given]);
    let id = base;
    for (let number = 1; taken.has(id); number += 1)
      id = number === 1 ? `${base}-own` : `${base}-own-${number}`;
    this.given.add(id);
    return id;
  }

  /** The configuration as if it had been read from a file of ours, errors pointing at where it comes from. */
  get document(): TomlDocument {
    return {
      value: this.config,
      placeOf: ([table, row, key, index]) => {
        const of = this.places[table as Table]?.[row as number];
        if (of !== undefined) return of(String(key ?? ""), typeof index === "number" ? index : undefined);
        return { file: this.files.join(", "), line: 1, column: 1 };
      },
    };
  }
}

/** Words of others' ids that say nothing of the provider. */
const COMMON =
  /^(?:api|access|key|token|secret|id|pat|client|oauth|auth|app|personal|bot|webhook|url|secretlint|rule)$/;

/**
 * The rules of ours that another scanner's rule is about: the one of the same id, or those of the same provider;
 * for what it calls generic, those that go by names.
 */
export function rulesLike(id: string, ours: readonly KnownRule[]): string[] {
  const lower = id
    .toLowerCase()
    .replace(/^@secretlint\//, "")
    .replace(/^secretlint-rule-/, "");
  if (ours.some((rule) => rule.id === lower)) return [lower];
  if (/generic/.test(lower)) {
    return ours.filter(({ kind }) => kind === "generic" || kind === "contextual").map((rule) => rule.id);
  }
  const words = lower.split(/[^a-z0-9]+/).filter((word) => word !== "" && !COMMON.test(word));
  const provider = words[0];
  if (provider === undefined) return [];
  if (/^private|privatekey/.test(provider))
    return ours.map((rule) => rule.id).filter((own) => /private-key/.test(own));
  return ours.map((rule) => rule.id).filter((own) => own === provider || own.startsWith(`${provider}-`));
}
