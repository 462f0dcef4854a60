import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { loadSettings } from "../../config/load.ts";
import { systemReason, UsageError } from "../../errors.ts";
import { packOf } from "../../rules/pack.ts";
import { EXIT } from "../exit-codes.ts";
import { renderExplanations } from "../explanations.ts";
import { readInput, readStandardInput } from "../input.ts";
import { type Io, writeReport } from "../io.ts";
import type { Finish } from "../main.ts";
import { addLockCommands } from "./rule-lock.ts";

/** `rules list|show|check|try`. */
export function addRuleCommands(program: Command, io: Io, finish: Finish): void {
  const rules = program.command("rules").description("look at the rules, check rule files, try a rule");
  const config = () => new Option("--config <file>", "configuration to use instead of .leakwarden.toml here");
  const settings = (flags: { config?: string }) =>
    loadSettings(io.cwd, flags.config === undefined ? null : resolve(io.cwd, flags.config));

  addLockCommands(rules, io, finish);

  rules
    .command("list")
    .description("list the rules that are on")
    .addOption(config())
    .action(async (flags: { config?: string }) => {
      const { pack } = await settings(flags);
      const rows = [
        ...pack.rules.map((rule) => [rule.id, rule.kind, rule.severity, rule.title]),
        ...pack.files.map((rule) => [rule.id, "filename", rule.severity, rule.title]),
      ];
      const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
      writeReport(
        io,
        null,
        rows.map(
          (row) =>
            `${row
              .map((cell, i) => cell.padEnd(widths[i] ?? 0))
              .join("  ")
              .trimEnd()}\n`,
        ),
      );
      writeReport(io, null, [`${rows.length} rules, digest ${pack.digest}\n`]);
    });

  rules
    .command("show")
    .argument("<id>", "rule id")
    .description("show one rule in full")
    .addOption(config())
    .action(async (id: string, flags: { config?: string }) => {
      const { pack } = await settings(flags);
      const rule = [...pack.rules, ...pack.files].find((candidate) => candidate.id === id);
      if (rule === undefined)
        throw new UsageError(`no rule has the id '${id}'`, "see 'leakwarden rules list'");
      writeReport(io, null, [`${JSON.stringify(rule, null, 2)}\n`]);
    });

  rules
    .command("check")
    .argument("[path...]", "rule files or folders of them (default: rules)")
    .description("prove rule files: every sample found, every non-sample silent")
    .action(async (paths: string[]) => {
      const { assemblePack, loadRuleFile } = await import("../../rules/load.ts");
      const { checkRules } = await import("../../rules/check.ts");
      if (paths.length === 0 && !existsSync(resolve(io.cwd, "rules"))) {
        throw new UsageError(
          "there is no folder 'rules' here",
          "name a rule file or a folder of them; the built-in rules were proven when they were built",
        );
      }
      const loaded = ruleFiles(io, paths.length === 0 ? ["rules"] : paths).map((path) =>
        loadRuleFile(path, readInput(io, path).toString("utf8")),
      );
      const pack = assemblePack(loaded);
      const problems = checkRules(loaded);
      writeReport(io, null, [
        ...problems.map(({ place, problem }) => `${place}: ${problem}\n`),
        `${pack.rules.length + pack.files.length} rules in ${loaded.length} files, ${problems.length} problems\n`,
      ]);
      finish(problems.length === 0 ? EXIT.clean : EXIT.findings);
    });

  rules
    .command("try")
    .argument("<id>", "rule id")
    .argument("[file]", "file to try it on (default: standard input)")
    .description("run one rule over a file and say what it kept, what it dropped, and why")
    .addOption(config())
    .action(async (id: string, file: string | undefined, flags: { config?: string }) => {
      const { pack, policy } = await settings(flags);
      const rule = pack.rules.find((candidate) => candidate.id === id);
      if (rule === undefined)
        throw new UsageError(`no content rule has the id '${id}'`, "see 'leakwarden rules list'");
      const { explain } = await import("../../app/explain.ts");
      const content = file === undefined || file === "-" ? await readStandardInput(io) : readInput(io, file);
      const alone = packOf([{ ...rule, needsPair: false }], []);
      const explanations = explain(alone, policy, null, content, null);
      writeReport(
        io,
        null,
        explanations.length > 0
          ? renderExplanations(file ?? "standard input", explanations)
          : [
              `the pattern of '${id}' matches nowhere beside one of its keywords: ${rule.keywords.join(", ")}\n`,
            ],
      );
      finish(explanations.some(({ reported }) => reported) ? EXIT.findings : EXIT.clean);
    });
}

function ruleFiles(io: Io, paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    try {
      if (!statSync(resolve(io.cwd, path)).isDirectory()) return [path];
      return readdirSync(resolve(io.cwd, path))
        .filter((name) => name.endsWith(".toml"))
        .sort()
        .map((name) => join(path, name));
    } catch (error) {
      throw new UsageError(
        `'${path}' cannot be read: ${systemReason(error)}`,
        "name a rule file or a folder of them",
      );
    }
  });
}
