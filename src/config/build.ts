import { basename } from "node:path";
import { patternOf } from "../engine/engine.ts";
import { ConfigError } from "../errors.ts";
import { DEFAULT_THRESHOLD } from "../policy/severity.ts";
import { compileGlobs, compilePattern } from "../rules/compile.ts";
import type { Allow, PatternData, RulePack } from "../rules/compiled.ts";
import { compileTables } from "../rules/load.ts";
import { packOf } from "../rules/pack.ts";
import { parseTomlDocument, type TomlDocument } from "../text/toml.ts";
import { validateToml } from "../text/validate.ts";
import { ConfigSchema, type ConfigSource } from "./schema.ts";
import type { Settings } from "./settings.ts";

/**
 * Makes settings from the text of a configuration file.
 * @param file its name, as errors shall call it
 * @param builtin the rules that it extends
 * @throws {ConfigError} with file, line and the way out
 */
export function buildSettings(file: string, text: string, builtin: RulePack): Settings {
  return settingsOf(file, parseTomlDocument(file, text), text, builtin);
}

/**
 * Makes settings from a configuration, however it was written.
 * @param text as the file has it; null when it is another's
 * @throws {ConfigError}
 */
export function settingsOf(
  file: string,
  document: TomlDocument,
  text: string | null,
  builtin: RulePack,
): Settings {
  const source = validateToml(document, ConfigSchema);
  const own = ownRules(source, document, builtin);
  const known = new Set(
    [...builtin.rules, ...builtin.files, ...own.rules, ...own.files].map((rule) => rule.id),
  );
  const requireKnown = (id: string, path: (string | number)[]) => {
    if (known.has(id)) return;
    const near = nearest(id, known);
    throw new ConfigError(
      document.placeOf(path),
      `no rule has the id '${id}'`,
      near === null
        ? "see 'leakwarden rules list'"
        : `did you mean '${near}'? 'leakwarden rules list' shows all`,
    );
  };
  source.rules.disable.forEach((id, index) => {
    requireKnown(id, ["rules", "disable", index]);
  });
  source.rules.only?.forEach((id, index) => {
    requireKnown(id, ["rules", "only", index]);
  });
  for (const id of Object.keys(source.severity)) requireKnown(id, ["severity", id]);
  const disabled = new Set(source.rules.disable);
  const only = source.rules.only === undefined ? null : new Set(source.rules.only);
  const runs = ({ id }: { id: string }) => !disabled.has(id) && (only === null || only.has(id));
  if (only !== null && [...only].every((id) => disabled.has(id))) {
    throw new ConfigError(
      document.placeOf(["rules", "only"]),
      "this leaves no rule on: nothing would ever be found",
      "name at least one rule under 'only', or leave it out",
    );
  }
  const allows = source.allow.map((entry, row) => {
    entry.rules?.forEach((id, index) => {
      requireKnown(id, ["allow", row, "rules", index]);
    });
    return allowEntry(entry, row, document);
  });
  source.rule.forEach(({ requires }, row) => {
    requires.forEach(({ rule }, index) => {
      requireKnown(rule, ["rule", row, "requires", index, "rule"]);
    });
  });
  const written = [...own.rules, ...own.files].map(({ id }) => id);
  if (written.length > 0) allows.push(ownDefinitions(file, written));
  const changed = own.rules.length + own.files.length + disabled.size > 0 || only !== null;
  return {
    file,
    pack: {
      ...(changed
        ? packOf([...builtin.rules, ...own.rules].filter(runs), [...builtin.files, ...own.files].filter(runs))
        : builtin),
      allows,
    },
    policy: {
      severities: new Map(Object.entries(source.severity)),
      foreignAllows: source.foreign_allows,
    },
    threshold: {
      severity: source.fail.severity ?? DEFAULT_THRESHOLD.severity,
      confidence: source.fail.confidence ?? DEFAULT_THRESHOLD.confidence,
    },
    maxFileBytes: source.limits.max_file_bytes ?? 0,
    archives: source.archives,
    fingerprintSalt: source.fingerprint.salt ?? null,
    ignores: null,
    known: [],
    notes: [],
    lock: null,
    gate: gateMayGoBy(source) ? text : null,
  };
}

/** By own rules, in archives and in files that are too long there are things to report that the gate does not look for. */
function gateMayGoBy({ gate, rule, file, archives, limits }: ConfigSource): boolean {
  return gate && rule.length + file.length === 0 && !archives && limits.max_file_bytes === 0;
}

function ownRules(source: ConfigSource, document: TomlDocument, builtin: RulePack) {
  const provider = {
    name: "this repository",
    family: "own",
    remediation: "Revoke it where it was issued, then remove it from the code.",
    references: [],
  };
  const taken = new Set([...builtin.rules, ...builtin.files].map((rule) => rule.id));
  for (const table of ["rule", "file"] as const) {
    source[table].forEach((rule, row) => {
      if (taken.has(rule.id)) {
        throw new ConfigError(
          document.placeOf([table, row, "id"]),
          `rule id '${rule.id}' is already used`,
          "choose another id; to replace a built-in rule, list it under [rules] disable and give yours a new id",
        );
      }
      taken.add(rule.id);
    });
  }
  return compileTables(source.rule, source.file, provider, document, true);
}

/** Values that no one exception is for. */
const EVERYTHING = ["q7Zk2", "correct horse", "0f9a", "AKIA-x", "§"];

/** A rule may match the text that it is written in. */
function ownDefinitions(file: string, rules: readonly string[]): Allow {
  const names = file.split(", ").map((path) => basename(path).replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  const reason = "the configuration that defines the rule";
  const paths = [{ source: `(?:^|/)(?:${names.join("|")})$`, flags: "" }];
  return {
    rules,
    values: null,
    matches: null,
    lines: null,
    words: null,
    where: { reason, paths, commits: null },
  };
}

/** What an entry can ask of a find beside its rule. */
const CONDITIONS = ["paths", "path_patterns", "values", "matches", "lines", "words", "commits"] as const;

function allowEntry(entry: ConfigSource["allow"][number], row: number, document: TomlDocument): Allow {
  if (CONDITIONS.every((condition) => entry[condition] === undefined)) {
    throw new ConfigError(
      document.placeOf(["allow", row]),
      "an allow entry needs 'paths', 'values' or another condition",
      `to silence a rule everywhere, list it under [rules] disable; the conditions are ${CONDITIONS.join(", ")}`,
    );
  }
  entry.paths?.forEach((glob, index) => {
    if (/^(?:\.\/)?\*\*(?:\/\*{1,2})?$|^\*$/.test(glob)) {
      throw new ConfigError(
        document.placeOf(["allow", row, "paths", index]),
        `'${glob}' would hide every file`,
        "name the folder or the files",
      );
    }
  });
  const patterns = (key: "path_patterns" | "values" | "matches" | "lines"): PatternData[] | null =>
    entry[key]?.map((text, index) => allowPattern(text, document, ["allow", row, key, index])) ?? null;
  const globs = entry.paths === undefined ? null : compileGlobs(entry.paths);
  const paths = [...(globs === null ? [] : [{ ...globs, flags: "" }]), ...(patterns("path_patterns") ?? [])];
  return {
    rules: entry.rules ?? null,
    values: patterns("values"),
    matches: patterns("matches"),
    lines: patterns("lines"),
    words: entry.words?.map((word) => word.toLowerCase()) ?? null,
    where: {
      reason: entry.reason,
      paths: paths.length === 0 ? null : paths,
      commits: entry.commits?.map((id) => id.toLowerCase()) ?? null,
    },
  };
}

function allowPattern(text: string, document: TomlDocument, path: (string | number)[]): PatternData {
  const place = document.placeOf(path);
  const pattern = compilePattern(text, false, place, true);
  const compiled = patternOf(pattern);
  if (EVERYTHING.every((value) => compiled.test(value))) {
    throw new ConfigError(
      place,
      `'${text}' would allow every value`,
      "match the whole of what is meant, with ^ and $",
    );
  }
  return pattern;
}

/** The known id that is at most a few edits away, if there is one. */
function nearest(id: string, known: ReadonlySet<string>): string | null {
  let best: string | null = null;
  let least = Math.max(2, Math.floor(id.length / 3)) + 1;
  for (const other of known) {
    const distance = editDistance(id, other);
    if (distance < least) {
      least = distance;
      best = other;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
