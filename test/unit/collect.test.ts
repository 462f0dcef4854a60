import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { FindingCollector } from "../../src/app/collect.ts";
import { Engine } from "../../src/engine/engine.ts";
import { ContentScanner } from "../../src/engine/scanner.ts";
import { Fingerprinter } from "../../src/policy/fingerprint.ts";
import { KnownSecrets } from "../../src/policy/known-secrets.ts";
import { builtinPack } from "../../src/rules/builtin.ts";
import { expandTemplate, seededRandom } from "../../src/rules/samples.ts";

test("slow fingerprints are prepared of what somebody suppresses, when nobody asks for others", async () => {
  const pack = builtinPack();
  const random = seededRandom(7);
  // No longer, or they would be too hard to guess to be worth a slow fingerprint.
  const values = [1, 2, 3].map(() => expandTemplate("{password}", random).text.slice(0, 12));
  const lines = values.map((value) => `db_password = "${value}"`);
  lines[2] += " # leakwarden:allow generic-password -- of a test";
  const detections = new ContentScanner(new Engine(pack)).scan(Buffer.from(lines.join("\n")));
  expect(detections.map(({ line }) => line)).toEqual([1, 2, 3]);
  const list = {
    valueSha1: createHash("sha1").update(values[0]!).digest("hex"),
    rules: null,
    path: "a.txt",
    line: null,
    commit: null,
    blob: "b10b",
    reason: "a list",
  };
  const policy = { severities: new Map(), foreignAllows: true };
  const known = new KnownSecrets([list]);
  const wanted = { each: false, fingerprints: false };
  const collector = new FindingCollector(pack, policy, new Fingerprinter("key"), null, known, wanted);
  collector.prepare(detections, { path: "a.txt", blob: "b10b", commit: null });
  await collector.readyToAdd();
  const prepared = detections.filter((detection) => collector.slowPrint(detection) !== null);
  expect(prepared.map(({ line }) => line)).toEqual([1, 3]);
  for (const detection of detections)
    collector.add([detection], { path: "a.txt", blob: "b10b", commit: null, state: "head" });
  expect(collector.suppressed.map(({ line }) => line)).toEqual([1, 3]);
});
