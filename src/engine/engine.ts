import type { HitList, Prefilter } from "../kernel/prefilter.ts";
import { ScalarPrefilter } from "../kernel/scalar.ts";
import type { CompiledRule, PatternData, RulePack } from "../rules/compiled.ts";

/** A rule with its patterns built, ready to run. */
export interface ReadyRule {
  readonly rule: CompiledRule;
  readonly pattern: RegExp;
  readonly allow: readonly RegExp[];
  readonly allowMatch: readonly RegExp[];
}

/** Which rule wants to look at a hit, and the literal as the rule spells it (null: in any case). */
interface Interest {
  readonly rule: number;
  readonly exact: string | null;
}

/**
 * A rule pack made ready: the prefilter over all keywords, and for each literal the rules that
 * wait for it. Patterns become RegExp objects on first use; most runs need a handful of them.
 * One engine serves any number of scans, one after another.
 */
export class Engine {
  readonly pack: RulePack;
  readonly prefilter: Prefilter;
  private readonly interests: readonly (readonly Interest[])[];
  private readonly ready: (ReadyRule | undefined)[];

  constructor(pack: RulePack) {
    this.pack = pack;
    this.ready = new Array<ReadyRule | undefined>(pack.rules.length);
    const literals = new Map<string, Interest[]>();
    pack.rules.forEach((rule, index) => {
      for (const keyword of rule.keywords) {
        const folded = keyword.toLowerCase();
        const exact = rule.ignoreCase || !/[A-Za-z]/.test(keyword) ? null : keyword;
        const list = literals.get(folded);
        if (list === undefined) literals.set(folded, [{ rule: index, exact }]);
        else list.push({ rule: index, exact });
      }
    });
    this.prefilter = new ScalarPrefilter([...literals.keys()]);
    this.interests = [...literals.values()];
  }

  /** Calls `visit` for each rule that a hit concerns, its keyword compared with case where the rule asks. */
  eachInterested(hits: HitList, index: number, text: string, visit: (rule: ReadyRule) => void): void {
    const offset = hits.offsets[index]!;
    for (const interest of this.interests[hits.literals[index]!]!) {
      if (interest.exact === null || text.startsWith(interest.exact, offset)) visit(this.rule(interest.rule));
    }
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

export function buildPattern(data: PatternData, flags: string): RegExp {
  return new RegExp(data.source, data.flags + flags);
}
