import { readFileSync, writeFileSync } from "node:fs";
import { Inspector } from "../../src/app/inspector.ts";
import type { LoadedRuleFile } from "../../src/rules/load.ts";
import { assemblePack } from "../../src/rules/load.ts";
import { buildCorpus, type Case, TIERS, type Tier } from "./corpus.ts";

interface Score {
  found: number;
  missed: number;
  alarms: number;
}
interface Figures {
  readonly recall: number;
  readonly precision: number;
  readonly f1: number;
}

/**
 * Scans every case and counts by tier. A secret is found when a finding of medium or high confidence
 * overlaps it; any such finding in a case without a secret is a false alarm.
 */
export function evaluate(
  files: readonly LoadedRuleFile[],
  onWrong: (kind: "missed" | "alarm", item: Case, rules: string) => void,
): Record<Tier, Figures> {
  const pack = assemblePack(files);
  const skips = new Map(
    pack.rules
      .filter(({ skipPaths }) => skipPaths !== null)
      .map(({ id, skipPaths }) => [id, new RegExp(skipPaths!.source, skipPaths!.flags)]),
  );
  const inspector = new Inspector(pack);
  const scores = Object.fromEntries(
    TIERS.map((tier) => [tier, { found: 0, missed: 0, alarms: 0 }]),
  ) as Record<Tier, Score>;
  for (const item of buildCorpus(files)) {
    const inspection = inspector.open(item.path);
    inspection.push(Buffer.from(item.text, "latin1"));
    const kept = inspection
      .finish()
      .filter(
        ({ confidence, ruleId }) => confidence !== "low" && !(skips.get(ruleId)?.test(item.path) ?? false),
      )
      .filter(({ ruleId }) => item.tier !== "filename" || item.secret !== null || ruleId.startsWith("file-"));
    const score = scores[item.tier];
    if (item.secret === null) {
      if (kept.length > 0) {
        score.alarms += 1;
        onWrong("alarm", item, kept.map(({ ruleId }) => ruleId).join(" "));
      }
    } else if (kept.some(({ secret }) => overlaps(secret.reveal(), item.secret!))) score.found += 1;
    else {
      score.missed += 1;
      onWrong("missed", item, "");
    }
  }
  return Object.fromEntries(
    TIERS.map((tier) => {
      const { found, missed, alarms } = scores[tier];
      const recall = found / (found + missed);
      const precision = found / (found + alarms);
      return [tier, { recall, precision, f1: (2 * recall * precision) / (recall + precision) }];
    }),
  ) as Record<Tier, Figures>;
}

function overlaps(found: string, secret: string): boolean {
  return found.includes(secret) || (found.length >= 8 && secret.includes(found));
}

/**
 * Prints the table, and fails when a figure is lower than the recorded one.
 * `--wrong [TIER]` lists what is missed and what alarms falsely; `--record` keeps the figures.
 */
export function main(files: readonly LoadedRuleFile[], recordFile: string, args: readonly string[]): number {
  const wanted = args.includes("--wrong") ? (args[args.indexOf("--wrong") + 1] ?? "all") : null;
  const figures = evaluate(files, (kind, item, rules) => {
    if (wanted === null || (wanted !== "all" && wanted !== item.tier)) return;
    console.log(`${kind} ${item.tier} ${item.path} ${JSON.stringify(item.text).slice(0, 200)} ${rules}`);
  });
  const recorded = JSON.parse(readFileSync(recordFile, "utf8")) as Record<Tier, Figures>;
  let dropped = false;
  console.log("| tier | recall | precision | F1 |\n| --- | --- | --- | --- |");
  for (const tier of TIERS) {
    const { recall, precision, f1 } = figures[tier];
    console.log(`| ${tier} | ${recall.toFixed(3)} | ${precision.toFixed(3)} | ${f1.toFixed(3)} |`);
    for (const name of ["recall", "precision"] as const) {
      if (figures[tier][name] + 0.0005 < (recorded[tier]?.[name] ?? 0)) {
        console.log(`  ${tier} ${name} was ${recorded[tier][name].toFixed(3)}`);
        dropped = true;
      }
    }
  }
  if (args.includes("--record")) {
    const rounded = Object.fromEntries(
      TIERS.map((tier) => [
        tier,
        Object.fromEntries(Object.entries(figures[tier]).map(([k, n]) => [k, Number(n.toFixed(3))])),
      ]),
    );
    writeFileSync(recordFile, `${JSON.stringify(rounded, null, 2)}\n`);
    return 0;
  }
  return dropped ? 1 : 0;
}
