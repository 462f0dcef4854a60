import { expect, test } from "vitest";
import { loadBuiltinRuleFiles } from "../../scripts/rule-files.mjs";
import { Engine } from "../../src/engine/engine.ts";
import { ContentScanner } from "../../src/engine/scanner.ts";
import { assemblePack, loadRuleFile } from "../../src/rules/load.ts";
import { expandTemplate, SURROUNDINGS, seededRandom } from "../../src/rules/samples.ts";

/** Tokens that are drawn of each kind, fresh in every run. */
const DRAWS = 1000;
/** Of long tokens less text is enough. */
const MOST_TEXT = 100_000;
/** A random token looks like a placeholder or too regular now and then: one in 100 of a kind, one in 2,000 of all. */
const WORST_OF_A_KIND = 0.01;
const WORST_OF_ALL = 0.0005;

const files = loadBuiltinRuleFiles(loadRuleFile);

test("fresh tokens of every structured kind are found in every surrounding", () => {
  const scanner = new ContentScanner(new Engine(assemblePack(files)));
  const seed = Date.now() % 1_000_000_000;
  const random = seededRandom(seed);
  let drawn = 0;
  let missed = 0;
  const poor: string[] = [];
  for (const { source } of files) {
    for (const rule of source.rule) {
      if (rule.kind !== "structured" || rule.needs_pair) continue;
      for (const template of rule.samples) {
        /** For each line the token that stands there. */
        const tokenOfLine: number[] = [];
        let text = "";
        let tokens = 0;
        for (; tokens < DRAWS && text.length < MOST_TEXT; tokens += 1) {
          const sample = expandTemplate(template, random);
          const { wrap } = SURROUNDINGS[tokens % SURROUNDINGS.length]!;
          const piece = `${sample.placed || sample.text.includes("\n") ? sample.text : wrap(sample.text)}\n\n`;
          for (let i = piece.split("\n").length; i > 1; i -= 1) tokenOfLine.push(tokens);
          text += piece;
        }
        const detections = scanner.scan(Buffer.from(text, "latin1"));
        const missing = tokens - new Set(detections.map(({ line }) => tokenOfLine[line - 1])).size;
        drawn += tokens;
        missed += missing;
        if (missing > Math.max(2, tokens * WORST_OF_A_KIND)) {
          poor.push(`${rule.id} ${template}: ${missing} of ${tokens}`);
        }
      }
    }
  }
  expect(poor, `seed ${seed}`).toEqual([]);
  expect(missed / drawn, `seed ${seed}: ${missed} of ${drawn}`).toBeLessThan(WORST_OF_ALL);
});
