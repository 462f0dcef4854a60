import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { planKeywords, planNames } from "../../src/engine/keywords.ts";
import { assemblePack, loadRuleFile } from "../../src/rules/load.ts";
import { decodePack, encodePack } from "../../src/rules/pack.ts";

test("a pack comes out of its JSON as it went in, every field of every rule", () => {
  const some = ["aws.toml", "generic.toml", "services.toml"].map((name) =>
    loadRuleFile(name, readFileSync(join(import.meta.dirname, "../../rules", name), "utf8")),
  );
  const pack = assemblePack(some);
  const keywords = planKeywords(pack);
  const names = planNames(pack);
  expect(names.texts.length).toBeGreaterThan(10);
  expect(decodePack(encodePack(pack, keywords, names))).toEqual({ ...pack, keywords, names });
});
