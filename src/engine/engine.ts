import type { HitList, Literal, Prefilter } from "../kernel/prefilter.ts";
import { ScalarPrefilter } from "../kernel/scalar.ts";
import type { CompiledRule, PatternData, RulePack } from "../rules/compiled.ts";

/** A rule with its patterns built, ready to run. */
export interface ReadyRule {
  readonly rule: CompiledRule;
  readonly pattern: RegExp;
  readonly allow: readonly RegExp[];
  readonly allowMatch: readonly RegExp[];
}

/**
 * A rule pack made ready: the prefilter over all keywords, and for each literal the rules that
 * wait for it. Patterns become RegExp objects on first use; most runs need a handful of them.
 * One engine serves any number of scans, one after another.
 */
export class Engine {
  readonly pack: RulePack;
  readonly prefilter: Prefilter;
  /** For each literal, the rules that wait for it. */
  private readonly interests: readonly (readonly number[])[];
  private readonly ready: (ReadyRule | undefined)[];

  /** @param build the SIMD prefilter pays from about a megabyte of text on: building its tables takes 20 ms */
  constructor(pack: RulePack, build: (literals: readonly Literal[]) => Prefilter = buildScalar) {
    this.pack = pack;
    this.ready = new Array<ReadyRule | undefined>(pack.rules.length);
    const literals: Literal[] = [];
    const interests = new Map<string, number[]>();
    pack.rules.forEach((rule, index) => {
      for (const keyword of rule.keywords) {
        const anyCase = rule.ignoreCase || !/[A-Za-z]/.test(keyword);
        const text = anyCase ? keyword.toLowerCase() : keyword;
        const key = `${anyCase}${text}`;
        const waiting = interests.get(key);
        if (waiting !== undefined) {
          waiting.push(index);
          continue;
        }
        interests.set(key, [index]);
        literals.push({ text, anyCase });
      }
    });
    this.prefilter = build(literals);
    this.interests = [...interests.values()];
  }

  /** Calls `visit` for each rule that a hit concerns. */
  eachInterested(hits: HitList, index: number, visit: (rule: ReadyRule) => void): void {
    for (const rule of this.interests[hits.literals[index]!]!) visit(this.rule(rule));
  }

  private rule(index: number): ReadyRule {
    let ready = this.ready[index];
    if (ready === undefined) {
      const rule = this.pack.rules[index]!;
      ready = {
        rule,
        pattern: buildPattern(rule.pattern, rule.anchor === "start" ? "y" : "g"),
        allow: rule.allow.map((pattern) => buildPattern(pattern, "")),
        allowMatch: rule.allowMatch.map((pattern) => buildPattern(pattern, "")),
      };
      this.ready[index] = ready;
    }
    return ready;
  }
}

function buildScalar(literals: readonly Literal[]): Prefilter {
  return new ScalarPrefilter(literals);
}

export function buildPattern(data: PatternData, flags: string): RegExp {
  return new RegExp(data.source, data.flags + flags);
}
