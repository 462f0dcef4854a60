import { posix } from "node:path";
import * as v from "valibot";
import { ConfigError, type SourcePlace } from "../errors.ts";
import { parseTomlDocument, type TomlDocument } from "../text/toml.ts";
import { parseJsonish } from "./formats.ts";
import type { ReadFile, Translation } from "./translation.ts";

/*
 * `.gitleaks.toml`, and betterleaks' dialect of it:
 *
 *     [extend]          useDefault | path, disabledRules
 *     [[rules]]         id, description, regex, path, secretGroup, entropy, keywords, tags, skipReport
 *       [[rules.allowlists]]  condition, commits, paths, regexTarget, regexes, stopwords  (or one [rules.allowlist])
 *       [[rules.required]]    id, withinLines, withinColumns
 *     [[allowlists]]    the same, with targetRules                                        (or one [allowlist])
 */
const Texts = v.optional(v.array(v.string()), []);
const AllowlistSchema = v.looseObject({
  description: v.optional(v.string(), ""),
  condition: v.optional(v.string(), "or"),
  commits: Texts,
  paths: Texts,
  regexTarget: v.optional(v.string(), "secret"),
  regexes: Texts,
  stopwords: Texts,
  targetRules: Texts,
});
type Allowlist = v.InferOutput<typeof AllowlistSchema>;
const Allowlists = {
  allowlist: v.optional(v.union([AllowlistSchema, v.array(AllowlistSchema)])),
  allowlists: v.optional(v.array(AllowlistSchema), []),
};
const RuleTableSchema = v.looseObject({
  id: v.pipe(v.string(), v.minLength(1)),
  description: v.optional(v.string()),
  regex: v.optional(v.string()),
  path: v.optional(v.string()),
  secretGroup: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  entropy: v.optional(v.number()),
  keywords: Texts,
  tags: Texts,
  skipReport: v.optional(v.boolean()),
  required: v.optional(
    v.array(
      v.looseObject({
        id: v.string(),
        withinLines: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
        withinColumns: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
      }),
    ),
    [],
  ),
  ...Allowlists,
});
const FileSchema = v.looseObject({
  extend: v.optional(
    v.looseObject({
      useDefault: v.optional(v.boolean(), false),
      path: v.optional(v.string(), ""),
      url: v.optional(v.string(), ""),
      disabledRules: Texts,
    }),
  ),
  rules: v.optional(v.array(RuleTableSchema), []),
  ...Allowlists,
});
type RuleTable = v.InferOutput<typeof RuleTableSchema>;

/** What has no counterpart, and what that means. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  filter: "an expression in the language of betterleaks; what it would drop is reported",
  prefilter: "an expression in the language of betterleaks; what it would leave out is scanned",
  validate: "a scan asks no provider about what it finds",
  tokenEfficiency: "it needs the vocabulary of a language model; what it would drop is reported",
  specificity: "of two rules for one secret the more specific one reports it anyway",
};
/** Extensions of extensions that are followed, as gitleaks does. */
const MOST_EXTENDED = 2;

/** A rule with the places of what it is made of; an extension may have written a part of it. */
export interface PlacedRule {
  readonly table: RuleTable;
  readonly placeOf: (key: string, index?: number) => SourcePlace;
  /** An allowlist's, by its number. */
  readonly allowlists: readonly PlacedAllowlist[];
}

export interface PlacedAllowlist {
  readonly list: Allowlist;
  readonly placeOf: (key: string, index?: number) => SourcePlace;
}

export interface Gathered {
  readonly rules: Map<string, PlacedRule>;
  readonly allowlists: PlacedAllowlist[];
  readonly disabled: { readonly id: string; readonly place: SourcePlace }[];
  useDefault: boolean;
}

/**
 * Reads a configuration and what it extends.
 * @throws {ConfigError}
 */
export function gather(
  name: string,
  text: string,
  read: ReadFile,
  into: Translation,
  all: Gathered,
  depth: number,
): void {
  const document = parseTomlDocument(name, text);
  const file = parseJsonish(document, FileSchema);
  const { extend } = file;
  if (extend?.url)
    into.remark(document.placeOf(["extend", "url"]), "extend.url is not read, as gitleaks does not");
  if (extend?.path && extend.useDefault) {
    throw new ConfigError(
      document.placeOf(["extend"]),
      "it extends a file and the default rules",
      "gitleaks takes one of 'path' and 'useDefault'; leave one out",
    );
  }
  if (extend?.path && depth < MOST_EXTENDED) {
    const place = document.placeOf(["extend", "path"]);
    const path = posix.normalize(extend.path.replaceAll("\\", "/"));
    if (posix.isAbsolute(path) || path === "." || path.startsWith("..")) {
      throw new ConfigError(
        place,
        `'${extend.path}', which it extends, is not a file of the repository`,
        "copy it into the repository; the path is from its root",
      );
    }
    const base = read(path);
    if (base === null) {
      throw new ConfigError(
        place,
        `'${extend.path}', which it extends, does not exist`,
        "the path is from the root of the repository",
      );
    }
    gather(path, base.toString("utf8"), read, into, all, depth + 1);
  }
  if (extend?.useDefault) all.useDefault = true;
  // Of what this file extends, not of its own or of those that extend it.
  extend?.disabledRules.forEach((id, index) => {
    if (!all.rules.delete(id) && extend.useDefault)
      all.disabled.push({ id, place: document.placeOf(["extend", "disabledRules", index]) });
  });
  const extended = new Set(all.rules.keys());
  noteLeftOut(file, [], document, into);
  file.rules.forEach((table, row) => {
    noteLeftOut(table, ["rules", row], document, into);
    const placeOf = (key: string, index?: number) =>
      document.placeOf(["rules", row, THEIR_KEYS[key] ?? key, ...(index === undefined ? [] : [index])]);
    const placed = {
      table,
      placeOf,
      allowlists: placedAllowlists(table, ["rules", row], document),
    };
    const before = all.rules.get(table.id);
    if (before !== undefined && !extended.delete(table.id)) {
      into.remark(placeOf("id"), `rule '${table.id}' is there twice, and the last one counts`);
      all.rules.set(table.id, placed);
    } else all.rules.set(table.id, before === undefined ? placed : merged(before, placed));
  });
  all.allowlists.push(...placedAllowlists(file, [], document));
}

/** Our keys and theirs. */
const THEIR_KEYS: Readonly<Record<string, string>> = {
  pattern: "regex",
  secret: "secretGroup",
  min_entropy: "entropy",
  requires: "required",
  with_words: "keywords",
};

function noteLeftOut(
  table: Readonly<Record<string, unknown>>,
  path: readonly (string | number)[],
  document: TomlDocument,
  into: Translation,
): void {
  for (const [key, why] of Object.entries(LEFT_OUT)) {
    if (table[key] !== undefined && table[key] !== false && table[key] !== "")
      into.remark(document.placeOf([...path, key]), `'${key}' is left out: ${why}`);
  }
}

function placedAllowlists(
  table: { readonly allowlist?: Allowlist | Allowlist[] | undefined; readonly allowlists: Allowlist[] },
  path: readonly (string | number)[],
  document: TomlDocument,
): PlacedAllowlist[] {
  const single = table.allowlist === undefined ? [] : [table.allowlist].flat();
  const place =
    (...under: (string | number)[]) =>
    (key: string, index?: number) =>
      document.placeOf([...path, ...under, key, ...(index === undefined ? [] : [index])]);
  return [
    ...single.map((list, row) => ({
      list,
      placeOf: Array.isArray(table.allowlist) ? place("allowlist", row) : place("allowlist"),
    })),
    ...table.allowlists.map((list, row) => ({ list, placeOf: place("allowlists", row) })),
  ];
}

/** A rule of an extension with what the extending file says of it. */
function merged(base: PlacedRule, own: PlacedRule): PlacedRule {
  const said = Object.fromEntries(
    Object.entries(own.table).filter(
      ([, value]) =>
        value !== undefined && value !== "" && value !== 0 && !(Array.isArray(value) && value.length === 0),
    ),
  );
  return {
    table: {
      ...base.table,
      ...said,
      keywords: [...base.table.keywords, ...own.table.keywords],
      tags: [...base.table.tags, ...own.table.tags],
    } as RuleTable,
    placeOf: (key, index) =>
      (own.table[THEIR_KEYS[key] ?? key] === undefined ? base : own).placeOf(key, index),
    allowlists: [...base.allowlists, ...own.allowlists],
  };
}
