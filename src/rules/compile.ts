import picomatch from "picomatch";
import { CHECKSUM_NAMES } from "../engine/checksums.ts";
import type { SourcePlace } from "../errors.ts";
import { ConfigError } from "../errors.ts";
import { MAX_LITERAL, MIN_LITERAL } from "../kernel/prefilter.ts";
import type { CompiledFileRule, CompiledRule, Demands, PatternData } from "./compiled.ts";
import { canBeginWith, literalPlace } from "./literal-place.ts";
import { countGroups, PatternError, readPattern } from "./pattern.ts";
import type { FileRuleSource, RuleFileSource, RuleSource } from "./source.ts";
import type { Kind, Randomness } from "./vocabulary.ts";

type Provider = RuleFileSource["provider"];
type PlaceOf = (key: string, index?: number) => SourcePlace;

const DEFAULT_RANDOMNESS: Record<Kind, Randomness> = {
  structured: "loose",
  contextual: "token",
  generic: "token",
};

/** Files made of names and digests: what stands behind a name there is no credential. */
const DIGEST_FILES = [
  "**/{package-lock,npm-shrinkwrap}.json",
  "**/{yarn,Cargo,poetry,uv,composer,Gemfile,Podfile,Pipfile,deno,bun,flake}.lock",
  "**/{pnpm-lock.yaml,go.mod,modules.txt,Package.resolved,packages.lock.json,gradle.lockfile,.terraform.lock.hcl}",
  "**/*.{sum,min.js,min.css,map,svg}",
];

/**
 * A rule as written becomes data that the engine can run.
 *
 * @param automaton whether a pattern that is not provably linear becomes an automaton instead of being refused
 * @throws {ConfigError} at the field that is wrong
 */
export function compileRule(
  source: RuleSource,
  provider: Provider,
  placeOf: PlaceOf,
  automaton: boolean,
): CompiledRule {
  const compile = (text: string, key: string, index?: number) =>
    compilePattern(text, false, placeOf(key, index), automaton);
  const keywords = source.keywords.flatMap(expandKeyword);
  source.keywords.forEach((written, index) => {
    const keyword = expandKeyword(written)[0]!;
    if (keyword.length < MIN_LITERAL || keyword.length > MAX_LITERAL || !/^[\x20-\x7e]+$/.test(keyword)) {
      throw new ConfigError(
        placeOf("keywords", index),
        `keyword '${keyword}' must be ${MIN_LITERAL} to ${MAX_LITERAL} characters of ASCII`,
        "a keyword is a literal that every match contains; take a longer piece of the pattern",
      );
    }
  });
  const trigger = source.trigger ?? (source.anchor === "after" ? "value" : "keyword");
  if (keywords.length === 0 && source.anchor !== "text") {
    throw new ConfigError(
      placeOf("keywords"),
      `rule '${source.id}' has no keywords`,
      'name literals that every match contains, or say anchor = "text" to search all of a content',
    );
  }
  const pattern = compilePattern(source.pattern, source.ignore_case, placeOf("pattern"), automaton);
  const groups = countGroups(pattern);
  const secretGroup = source.secret ?? Math.min(groups, 1);
  if (secretGroup > groups) {
    throw new ConfigError(placeOf("secret"), `the pattern has ${groups} groups, no group ${secretGroup}`);
  }
  source.keywords.forEach((written, index) => {
    if (source.anchor !== "start" || expandKeyword(written).some((keyword) => canBeginWith(pattern, keyword)))
      return;
    throw new ConfigError(
      placeOf("keywords", index),
      `no match of the pattern begins with the keyword '${written}'`,
      "take a keyword that the pattern begins with, or say with 'anchor' where it stands",
    );
  });
  if (source.checksum !== undefined && !CHECKSUM_NAMES.includes(source.checksum)) {
    throw new ConfigError(
      placeOf("checksum"),
      `no checksum is named '${source.checksum}'`,
      `there are: ${CHECKSUM_NAMES.join(", ")}`,
    );
  }
  if ((source.anchor === "cover" || source.anchor === "near") && source.before === 0) {
    throw new ConfigError(
      placeOf("anchor"),
      `anchor '${source.anchor}' needs 'before': how far ahead of the keyword a match may begin`,
    );
  }
  return {
    id: source.id,
    family: source.same_secret_as ?? source.id,
    provider: provider.name,
    title: source.title,
    description: source.description ?? provider.description ?? source.title,
    kind: source.kind,
    severity: source.severity,
    confidence: source.confidence ?? (source.kind === "structured" ? "high" : "medium"),
    keywords,
    places:
      trigger === "value" || source.anchor === "text"
        ? []
        : keywords.map((keyword) =>
            // What stands in any case is not looked for in runs, which are told by their case.
            source.keywords_ignore_case
              ? "anywhere"
              : literalPlace(pattern, source.anchor, source.bounded && secretGroup === 0, keyword),
          ),
    ignoreCase: source.ignore_case || source.keywords_ignore_case,
    pattern,
    probe: source.probe === undefined ? null : compile(source.probe, "probe"),
    secretGroup,
    orMatch: source.or_match,
    anchor: source.anchor,
    trigger,
    before: source.before,
    span: source.span,
    wordHolds: source.word_holds === undefined ? null : source.word_holds.charCodeAt(0),
    bounded: source.bounded,
    randomness: source.randomness ?? DEFAULT_RANDOMNESS[source.kind],
    checksum: source.checksum ?? null,
    allow: source.allow.map((text, index) => compile(text, "allow", index)),
    allowMatch: source.allow_match.map((text, index) => compile(text, "allow_match", index)),
    skipPaths: compileGlobs(
      source.anchor === "after" ? [...source.skip_paths, ...DIGEST_FILES] : source.skip_paths,
    ),
    pair: source.pair ?? null,
    needsPair: source.needs_pair,
    companion:
      source.companion === undefined
        ? null
        : {
            ...source.companion,
            pattern: compilePattern(source.companion.pattern, false, placeOf("companion"), false),
          },
    demands: demandsOf(source, compile),
    references: source.references.length > 0 ? source.references : provider.references,
    remediation: source.remediation ?? provider.remediation,
  };
}

function demandsOf(
  source: RuleSource,
  compile: (text: string, key: string, index?: number) => PatternData,
): Demands | null {
  const words = source.anchor === "text" ? [...source.with_words, ...source.keywords] : source.with_words;
  const demands = {
    // Shorter ones are everywhere, and the prefilter does not look for them.
    words: words.some((word) => word.length < MIN_LITERAL) ? [] : words.map((word) => word.toLowerCase()),
    path: source.path === undefined ? null : compile(source.path, "path"),
    entropy: source.min_entropy,
    allowLine: source.allow_line.map((text, index) => compile(text, "allow_line", index)),
    allowWords: source.allow_words.map((word) => word.toLowerCase()),
    requires: source.requires.map(({ rule, lines = null, columns = null }) => ({ rule, lines, columns })),
    silent: source.silent,
  };
  const asks =
    source.anchor === "text" ||
    demands.path !== null ||
    demands.entropy > 0 ||
    demands.silent ||
    [demands.words, demands.allowLine, demands.allowWords, demands.requires].some(({ length }) => length > 0);
  return asks ? demands : null;
}

/**
 * A keyword may hold classes, and stands for all that they allow: ":AA[A-Za-z0-9_-]" is found as soon as ":AA"
 * would be, and where nothing of the rule can follow it is not.
 */
function expandKeyword(written: string): string[] {
  const parts = /^(.*?)\[((?:[^\]\\]|\\.)+)\](.*)$/s.exec(written);
  if (parts === null) return [written];
  const [, before, members, behind] = parts as unknown as [string, string, string, string];
  const allowed = new RegExp(`[${members}]`);
  const chars = Array.from({ length: 0x5f }, (_, i) => String.fromCharCode(0x20 + i)).filter((char) =>
    allowed.test(char),
  );
  return chars.flatMap((char) => expandKeyword(behind).map((rest) => before + char + rest));
}

/** @throws {ConfigError} at the field that is wrong */
export function compileFileRule(
  source: FileRuleSource,
  provider: Provider,
  placeOf: PlaceOf,
  automaton: boolean,
): CompiledFileRule {
  const compile = (text: string, key: string) => compilePattern(text, false, placeOf(key), automaton);
  // It is tried on lines.
  const confirm = source.confirm === undefined ? null : compile(withFlag(source.confirm, "m"), "confirm");
  const groups = confirm === null ? 0 : countGroups(confirm);
  if ((source.path === undefined) === (source.names.length === 0)) {
    throw new ConfigError(
      placeOf("names"),
      `file rule '${source.id}' needs 'names' or 'path'`,
      "names are globs, path is a pattern; give one of them",
    );
  }
  const path = source.path === undefined ? null : compile(source.path, "path");
  return {
    id: source.id,
    family: source.id,
    provider: provider.name,
    title: source.title,
    description: source.description ?? provider.description ?? source.title,
    severity: source.severity,
    names: path ?? compileGlobs(source.names)!,
    // Of a pattern it is not known what each path holds.
    clues: path === null ? [...new Set(source.names.flatMap(expandBraces).map(clueOf))] : [""],
    not: compileGlobs(source.not),
    confirm,
    secretGroup: source.secret ?? Math.min(groups, 1),
    randomness: source.randomness ?? (groups > 0 ? "password" : "none"),
    magic: source.magic ?? [],
    references: source.references.length > 0 ? source.references : provider.references,
    remediation: source.remediation ?? provider.remediation,
  };
}

/**
 * @param automaton see `readPattern`
 * @throws {ConfigError} at `place`
 */
export function compilePattern(
  text: string,
  ignoreCase: boolean,
  place: SourcePlace,
  automaton: boolean,
): PatternData {
  try {
    return readPattern(text, { ignoreCase, automaton });
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new ConfigError(place, error.message, error.hint);
  }
}

/** A pattern with one flag more in front. */
function withFlag(text: string, flag: "m"): string {
  const leading = /^\(\?([im]+)\)/.exec(text);
  if (leading === null) return `(?${flag})${text}`;
  return leading[1]!.includes(flag) ? text : `(?${leading[1]}${flag})${text.slice(leading[0].length)}`;
}

/** Globs, as picomatch understands them, as one pattern for a `/`-separated path; null when there are none. */
export function compileGlobs(globs: readonly string[]): PatternData | null {
  if (globs.length === 0) return null;
  const sources = globs.map((glob) => picomatch.makeRe(glob, { dot: true, nocase: true }).source);
  return { source: sources.join("|"), flags: "i" };
}

/** "*.{pgp,gpg}" -> "*.pgp", "*.gpg" */
function expandBraces(glob: string): string[] {
  const parts = /^(.*?)\{([^{}]*)\}(.*)$/s.exec(glob);
  if (parts === null) return [glob];
  const [, before, options, behind] = parts as unknown as [string, string, string, string];
  return options.split(",").flatMap((option) => expandBraces(before + option + behind));
}

/** The longest piece of a glob that stands literally in each path that it matches, between a `/` and a newline. */
function clueOf(glob: string): string {
  return `/${glob.toLowerCase()}\n`
    .split(/\{.*\}|\[[^\]]*\]|\?|\*+/)
    .reduce((best, piece) => (piece.length > best.length ? piece : best), "");
}
