import { CredentialFiles, uncovered } from "../engine/credential-files.ts";
import { Engine } from "../engine/engine.ts";
import { measureRandomness } from "../engine/randomness.ts";
import { ContentScanner } from "../engine/scanner.ts";
import type { Candidate, Detection } from "../engine/types.ts";
import { applyPolicy, isForPath, type Policy } from "../policy/policy.ts";
import type { CompiledRule, RulePack } from "../rules/compiled.ts";
import { maskSecret } from "../text/mask.ts";

/** What became of one match, step by step, the last of which decided. */
export interface Explanation {
  readonly line: number;
  readonly ruleId: string;
  readonly title: string;
  readonly reported: boolean;
  readonly steps: readonly string[];
}

/**
 * Says of every match in a content what became of it and why. Secrets stay masked.
 *
 * @param path as rules and configuration see it, `/`-separated; null for a content without one
 * @param line only matches that begin on this line (1-based); null for all
 */
export function explain(
  pack: RulePack,
  policy: Policy,
  path: string | null,
  content: Buffer,
  line: number | null,
): Explanation[] {
  const explanations: Explanation[] = [];
  const rules = new Map([...pack.rules, ...pack.files].map((rule) => [rule.id, rule]));
  const lineOf = (offset: number) => content.subarray(0, offset).toString("latin1").split("\n").length;
  const scanner = new ContentScanner(new Engine(pack), (candidate, reason) => {
    explanations.push({
      line: lineOf(candidate.secretStart),
      ruleId: candidate.rule.id,
      title: candidate.rule.title,
      reported: false,
      steps: [...matchSteps(candidate), `dropped: ${reason}`],
    });
  });
  const detections = scanner.scan(content);
  const files = new CredentialFiles(pack.files, pack.allows);
  const named = path === null ? [] : files.named(path);
  for (const detection of [...detections, ...uncovered(files.confirm(named, content), detections)]) {
    const rule = rules.get(detection.ruleId)!;
    explanations.push({
      line: detection.line,
      ruleId: rule.id,
      title: rule.title,
      ...fate(detection, "skipPaths" in rule ? rule : null, policy, path),
    });
  }
  return explanations
    .filter((explanation) => line === null || explanation.line === line)
    .sort(
      (a, b) => a.line - b.line || Number(b.reported) - Number(a.reported) || (a.ruleId < b.ruleId ? -1 : 1),
    );
}

function matchSteps(candidate: Candidate): string[] {
  const { rule, value, name } = candidate;
  const near =
    name ?? rule.keywords.find((word) => candidate.match.toLowerCase().includes(word.toLowerCase()));
  const { entropy, floor, likeness } = measureRandomness(value);
  return [
    `keyword '${near ?? rule.keywords[0]}', pattern of a ${rule.kind} rule, ${value.length} characters: ${maskSecret(value, false)}`,
    `randomness: ${entropy.toFixed(2)} bits a character (random ones have ${floor.toFixed(2)} at least), likeness to names ${likeness.toFixed(2)} (random: below -0.40)`,
    ...(rule.checksum === null ? [] : [`checksum '${rule.checksum}' is asked for`]),
  ];
}

function fate(
  detection: Detection,
  rule: CompiledRule | null,
  policy: Policy,
  path: string | null,
): Pick<Explanation, "reported" | "steps"> {
  const steps = [`kept with ${detection.confidence} confidence: ${detection.preview}`, ...detection.evidence];
  if (path !== null && rule !== null && !isForPath(rule, path)) {
    return { reported: false, steps: [...steps, "not reported: the rule is not for files of this name"] };
  }
  const verdict = applyPolicy(policy, {
    ruleId: detection.ruleId,
    path: path ?? "",
    commit: null,
    allowances: detection.allowances,
    severity: detection.severity,
    directive: detection.directive,
  });
  if (verdict.kind === "suppress") {
    const by = verdict.by === "inline" ? "the leakwarden:allow comment" : "the configuration";
    return { reported: false, steps: [...steps, `not reported: ${by} allows it (${verdict.reason})`] };
  }
  return { reported: true, steps: [...steps, `reported with ${verdict.severity} severity`] };
}
