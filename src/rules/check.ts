import { CredentialFiles } from "../engine/credential-files.ts";
import { Engine } from "../engine/engine.ts";
import { ContentScanner } from "../engine/scanner.ts";
import type { LoadedRuleFile } from "./load.ts";
import { packOf } from "./pack.ts";
import { expandTemplate, SURROUNDINGS, seededRandom } from "./samples.ts";

/** Something that `rules check` found wrong, at a line of a rule file. */
export interface RuleProblem {
  readonly place: string;
  readonly problem: string;
}

/** Tokens that are drawn from each template. */
const DRAWS = 3;
const SEED = 20_260_101;

/**
 * The proof that rules carry: each sample is found by its rule in every surrounding and by no
 * stronger one, each non-sample is silent, and there are samples and references at all.
 * Well-formedness (ids, patterns, linear time, keywords) was checked when the files were loaded.
 */
export function checkRules(loaded: readonly LoadedRuleFile[]): RuleProblem[] {
  const pack = packOf(
    loaded.flatMap((file) => file.rules),
    loaded.flatMap((file) => file.files),
  );
  const scanner = new ContentScanner(new Engine(pack));
  const files = new CredentialFiles(pack.files);
  const families = new Map(pack.rules.map((rule) => [rule.id, rule.family]));
  const problems: RuleProblem[] = [];
  for (const { file, source, document } of loaded) {
    const report = (path: (string | number)[], problem: string) => {
      const place = document.placeOf(path);
      problems.push({ place: `${file}:${place.line}`, problem });
    };
    source.rule.forEach((rule, row) => {
      if (rule.samples.length === 0) report(["rule", row], `rule '${rule.id}' has no samples`);
      const found = (text: string) => scanner.scan(Buffer.from(text, "latin1"));
      const own = (id: string) => id === rule.id || families.get(id) === (rule.same_secret_as ?? rule.id);
      rule.samples.forEach((template, index) => {
        const random = seededRandom(SEED + index);
        for (let draw = 0; draw < DRAWS; draw += 1) {
          const sample = expandTemplate(template, random);
          for (const { name, wrap } of sample.placed ? SURROUNDINGS.slice(0, 2) : SURROUNDINGS) {
            if (name === "json" && sample.text.includes("\n") && rule.id.startsWith("ssh1")) continue;
            const ids = found(wrap(sample.text)).map((detection) => detection.ruleId);
            if (!ids.some(own)) {
              report(
                ["rule", row, "samples", index],
                `rule '${rule.id}' misses its sample ${JSON.stringify(sample.text.slice(0, 80))} in surrounding '${name}' (found: ${ids.join(", ") || "nothing"})`,
              );
              return;
            }
          }
        }
      });
      rule.non_samples.forEach((template, index) => {
        const { text } = expandTemplate(template, seededRandom(SEED + index));
        const ids = found(text).map((detection) => detection.ruleId);
        if (ids.includes(rule.id)) {
          report(["rule", row, "non_samples", index], `rule '${rule.id}' finds its non-sample`);
        }
      });
    });
    source.file.forEach((rule, row) => {
      if (rule.samples.length === 0 && rule.confirm !== undefined) {
        report(["file", row], `file rule '${rule.id}' has no samples`);
      }
      for (const list of ["samples", "non_samples"] as const) {
        rule[list].forEach((template, index) => {
          const { text } = expandTemplate(template, seededRandom(SEED + index));
          const path = text.slice(0, text.indexOf("\n"));
          const named = files.named(path).filter(({ id }) => id === rule.id);
          const hits = files.confirm(named, Buffer.from(text.slice(path.length + 1), "latin1"));
          if (hits.length > 0 !== (list === "samples")) {
            report(
              ["file", row, list, index],
              list === "samples"
                ? `file rule '${rule.id}' misses its sample '${path}'`
                : `file rule '${rule.id}' finds its non-sample '${path}'`,
            );
          }
        });
      }
    });
  }
  return problems;
}
