import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { planKeywords } from "../../src/engine/keywords.ts";
import { assemblePack, loadRuleFile } from "../../src/rules/load.ts";
import { decodePack, encodePack } from "../../src/rules/pack.ts";

test("a pack comes out of its JSON as it went in, every field of every rule", () => {
  const some = ["aws.toml", "services.toml", "stores.toml"].map((name) =>
    loadRuleFile(name, readFileSync(join(import.meta.dirname, "../../rules", name), "utf8")),
  );
  const pack = assemblePack(some);
  const keywords = planKeywords(pack);
  expect(decodePack(encodePack(pack, keywords))).toEqual({ ...pack, keywords });
});
