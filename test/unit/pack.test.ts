import { expect, test } from "vitest";
import { loadBuiltinRuleFiles } from "../../scripts/rule-files.mjs";
import { planKeywords } from "../../src/engine/keywords.ts";
import { assemblePack, loadRuleFile } from "../../src/rules/load.ts";
import { decodePack, encodePack } from "../../src/rules/pack.ts";

test("a pack comes out of its JSON as it went in, every field of every rule", () => {
  const pack = assemblePack(loadBuiltinRuleFiles(loadRuleFile));
  const keywords = planKeywords(pack);
  expect(decodePack(encodePack(pack, keywords))).toEqual({ ...pack, keywords });
});
