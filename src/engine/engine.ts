import { HitList, type Literal, MAX_LITERAL, MOST_LITERALS, type Prefilter } from "../kernel/prefilter.ts";
import { eachGeneratedRun, MIN_RUN } from "../kernel/runs.ts";
import { ShortTextFinder } from "../kernel/short-text.ts";
import { SimdPrefilter, tooManyLiterals } from "../kernel/simd.ts";
import type { CompiledRule, KeywordPlan, NamePlan, PatternData, RulePack } from "../rules/compiled.ts";
import { ESCAPES } from "./decode.ts";
import { planKeywords, planNames } from "./keywords.ts";
import { LinearPattern, type Pattern } from "./linear.ts";

/** A rule with its patterns built, ready to run. */
export interface ReadyRule {
  readonly rule: CompiledRule;
  readonly pattern: Pattern;
  readonly probe: Pattern | null;
  readonly allow: readonly Pattern[];
  readonly allowMatch: readonly Pattern[];
  readonly companion: RegExp | null;
}

/** Bytes in front of a hit and behind its first byte. */
interface Reach {
  readonly before: number;
  readonly behind: number;
}

/** No rule looks further beyond its own span: for the name in front, an escape, a file's extension behind. */
export const CONTEXT = 32;

/** @param windows the literals' windows */
type BuildPrefilter = (literals: readonly Literal[], windows: readonly number[]) => Prefilter;

/** Kinds of stretches without a name, for `Prefilter.recall`: behind those of the literals, of which there are two each. */
const NAMELESS = 0x20000;

/** How far in front of a value its provider's name may begin. */
const NAME_REACH = 120;

/**
 * A rule pack made ready: the prefilter over all keywords, and for each literal the rules that
 * wait for it. Patterns become RegExp objects on first use; most runs need a handful of them.
 * One engine serves any number of scans, one after another.
 */
export class Engine {
  readonly pack: RulePack;
  readonly prefilter: Prefilter;
  private readonly keywords: KeywordPlan;
  /** Made when there is the first run that may be a value, unless it came with the rules. */
  private namePlan: NamePlan | undefined;
  /** Finds providers' names in front of runs that may be values; made when there is the first such run. */
  private names: ShortTextFinder | undefined;
  private readonly firstName: number;
  private readonly ready: (ReadyRule | undefined)[];
  private readonly nameHits = new HitList();
  /** The numbers of the rules that all of a text is searched for. */
  readonly textRules: readonly number[];
  /** Words that rules ask the content for, by their literals. */
  readonly words: ReadonlyMap<number, string>;
  /** For each literal and name, once it was asked for, the rules that wait for it. */
  private readonly interested: (readonly number[] | undefined)[] = [];
  /** For each literal, once it was asked for, what of the text around a hit its rules can look at. */
  private readonly reaches: (Reach | undefined)[] = [];

  constructor(
    pack: RulePack,
    build: BuildPrefilter = (literals, windows) => new SimdPrefilter(literals, windows),
  ) {
    this.pack = pack;
    this.textRules = pack.rules.flatMap(({ anchor }, number) => (anchor === "text" ? [number] : []));
    this.ready = new Array<ReadyRule | undefined>(pack.rules.length);
    this.keywords = pack.keywords ?? planKeywords(pack);
    const { literals, words, windows } = this.keywords;
    this.words = new Map(words);
    this.prefilter = build(literals, windows);
    this.firstName = literals.length;
  }

  /**
   * Pushes the hits of literals and names that begin in `bytes[from, to)`, and some around it.
   * @param visitRun gets the runs that may be values, some of them around it as well
   * @param visitEscape gets the places of escapes
   * @param recalls whether no names are looked for in stretches that are known to hold none
   */
  findHits(
    bytes: Uint8Array,
    from: number,
    to: number,
    hits: HitList,
    visitRun: (start: number, end: number) => void,
    visitEscape: (offset: number) => void,
    recalls: boolean,
  ): void {
    const first = Math.max(0, from - MIN_RUN);
    const last = Math.min(bytes.length, to + NAME_REACH + MIN_RUN);
    this.prefilter.scan(bytes, first, last, hits);
    const firstEscape = this.firstName - ESCAPES.length;
    for (let i = 0; i < hits.length; i += 1) {
      if (hits.literals[i]! >= firstEscape) visitEscape(hits.offsets[i]!);
    }
    let searched = from;
    eachGeneratedRun(bytes, first, last, hits.runs, (start, runEnd) => {
      visitRun(start, runEnd);
      // The name may be the run's own beginning: DATADOG_KEY_1f0c… in a URL or a file name.
      const end = Math.min(runEnd, start + MAX_LITERAL, to);
      const begin = Math.max(searched, start - NAME_REACH);
      if (begin >= end) return;
      searched = end;
      this.nameHits.clear();
      // Each stretch gives the names that begin in it, wherever they end: none is given twice.
      const reach = Math.min(bytes.length, end + MAX_LITERAL);
      if (recalls && this.prefilter.recall(bytes, begin, reach, NAMELESS + end - begin, begin)) return;
      this.nameFinder().scan(bytes, begin, reach, this.nameHits, undefined, end);
      if (recalls && this.nameHits.length === 0) this.prefilter.remember();
      for (let i = 0; i < this.nameHits.length; i += 1) {
        const offset = this.nameHits.offsets[i]!;
        if (offset < end) hits.push(offset, this.firstName + this.nameHits.literals[i]!);
      }
    });
  }

  private nameFinder(): ShortTextFinder {
    if (this.names === undefined) {
      this.namePlan = this.pack.names ?? planNames(this.pack);
      if (this.firstName + this.namePlan.texts.length > MOST_LITERALS) throw tooManyLiterals();
      this.names = new ShortTextFinder(this.namePlan.texts, true, this.namePlan.tables);
    }
    return this.names;
  }

  /** Characters of the literal, or of the name, that a hit is of. */
  literalLength(literal: number): number {
    const name = literal - this.firstName;
    const text = name < 0 ? this.keywords.literals[literal]!.text : this.namePlan!.texts[name]!;
    return text.length;
  }

  /** The numbers of the rules that a hit of the literal, or of the name, concerns. */
  interestedIn(literal: number): readonly number[] {
    let interested = this.interested[literal];
    if (interested === undefined) {
      const name = literal - this.firstName;
      const interest = name < 0 ? this.keywords.interests[literal]! : this.namePlan!.interests[name]!;
      interested = typeof interest === "number" ? [interest] : interest;
      this.interested[literal] = interested;
    }
    return interested;
  }

  /** How much of the text around a hit decides what comes of it. */
  reachOf(literal: number): Reach {
    let reach = this.reaches[literal];
    if (reach === undefined) {
      const rules = this.interestedIn(literal).map((number) => this.pack.rules[number]!);
      reach = {
        before: Math.max(...rules.map(({ before }) => before)) + CONTEXT,
        behind: Math.max(...rules.map(({ span }) => span)) + CONTEXT,
      };
      this.reaches[literal] = reach;
    }
    return reach;
  }

  rule(index: number): ReadyRule {
    let ready = this.ready[index];
    if (ready === undefined) {
      const rule = this.pack.rules[index]!;
      ready = {
        rule,
        pattern: buildPattern(rule.pattern, rule.anchor === "start" ? "y" : "g"),
        probe: rule.probe === null ? null : buildPattern(rule.probe, "y"),
        allow: rule.allow.map((pattern) => buildPattern(pattern, "")),
        allowMatch: rule.allowMatch.map((pattern) => buildPattern(pattern, "")),
        companion:
          rule.companion === null
            ? null
            : new RegExp(rule.companion.pattern.source, `${rule.companion.pattern.flags}g`),
      };
      this.ready[index] = ready;
    }
    return ready;
  }
}

export function buildPattern(data: PatternData, flags: string): Pattern {
  if (data.program !== undefined) return new LinearPattern(data.program, flags);
  return new RegExp(data.source, data.flags + flags);
}

const built = new WeakMap<PatternData, Pattern>();

/** A pattern to test texts with, built once. */
export function patternOf(data: PatternData): Pattern {
  let pattern = built.get(data);
  if (pattern === undefined) {
    pattern = buildPattern(data, "");
    built.set(data, pattern);
  }
  return pattern;
}

/** Tests a path, as it is and as its bytes: patterns are written for bytes, globs for characters. */
export function matchesPath(data: PatternData, path: string): boolean {
  const pattern = patternOf(data);
  if (pattern.test(path)) return true;
  return /[^\x00-\x7f]/.test(path) && pattern.test(Buffer.from(path).toString("latin1"));
}
