import { ConfigError } from "../errors.ts";
import { parseTomlDocument, type TomlDocument } from "../text/toml.ts";
import { validateToml } from "../text/validate.ts";
import { compileFileRule, compileRule } from "./compile.ts";
import type { CompiledFileRule, CompiledRule, RulePack } from "./compiled.ts";
import { packOf } from "./pack.ts";
import { type FileRuleSource, RuleFileSchema, type RuleFileSource, type RuleSource } from "./source.ts";

/** One file of rules: as written, and compiled. */
export interface LoadedRuleFile {
  readonly file: string;
  readonly source: RuleFileSource;
  readonly document: TomlDocument;
  readonly rules: readonly CompiledRule[];
  readonly files: readonly CompiledFileRule[];
}

/**
 * Reads one rule file.
 * @param file its name, as errors shall call it
 * @throws {ConfigError} with file, line and column
 */
export function loadRuleFile(file: string, text: string): LoadedRuleFile {
  const document = parseTomlDocument(file, text);
  const source = validateToml(document, RuleFileSchema);
  return {
    file,
    source,
    document,
    ...compileTables(source.rule, source.file, source.provider, document, false),
  };
}

/**
 * Compiles the `[[rule]]` and `[[file]]` tables of a document.
 * @param automaton see `readPattern`
 */
export function compileTables(
  rules: readonly RuleSource[],
  files: readonly FileRuleSource[],
  provider: RuleFileSource["provider"],
  document: TomlDocument,
  automaton: boolean,
): { rules: CompiledRule[]; files: CompiledFileRule[] } {
  const placeOf = (table: string, row: number) => (key: string, index?: number) =>
    document.placeOf(index === undefined ? [table, row, key] : [table, row, key, index]);
  return {
    rules: rules.map((rule, row) => compileRule(rule, provider, placeOf("rule", row), automaton)),
    files: files.map((rule, row) => compileFileRule(rule, provider, placeOf("file", row), automaton)),
  };
}

/**
 * All rules together, in a stable order, under one digest.
 * @throws {ConfigError} when two rules have one id, or a pair names no rule
 */
export function assemblePack(loaded: readonly LoadedRuleFile[]): RulePack {
  const seen = new Map<string, string>();
  for (const { file, source, document } of loaded) {
    for (const table of ["rule", "file"] as const) {
      source[table].forEach((rule, row) => {
        const place = document.placeOf([table, row, "id"]);
        const first = seen.get(rule.id);
        if (first !== undefined)
          throw new ConfigError(place, `rule id '${rule.id}' is already used at ${first}`);
        seen.set(rule.id, `${file}:${place.line}`);
      });
    }
  }
  for (const { source, document } of loaded) {
    source.rule.forEach((rule, row) => {
      if (rule.pair !== undefined && !seen.has(rule.pair.with)) {
        throw new ConfigError(
          document.placeOf(["rule", row, "pair"]),
          `no rule has the id '${rule.pair.with}'`,
        );
      }
    });
  }
  return packOf(
    loaded.flatMap((file) => file.rules),
    loaded.flatMap((file) => file.files),
  );
}
