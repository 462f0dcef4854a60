import { expect, test } from "vitest";
import { seededRandom } from "../../src/rules/samples.ts";
import { proveConfig } from "../support/re2-proof.ts";

/** One expression for each way in which rules for gitleaks are written; scripts/prove.mjs does the same with a file. */
const RULES: readonly (readonly [id: string, regex: string, more?: string])[] = [
  ["prefix", String.raw`\b(qk_[a-zA-Z0-9]{24})\b`, `keywords = ["qk_"]`],
  ["prefixes", String.raw`\b((?:QKA|QKB|Q3[A-Z0-9])[A-Z2-7]{12})\b`, `keywords = ["qka", "qkb", "q3"]`],
  [
    "named",
    String.raw`(?i)[\w.-]{0,50}?(?:quark)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}([a-z0-9]{32})(?:[\x60'"\s;]|\\[nr]|$)`,
    `keywords = ["quark"]`,
  ],
  [
    "scoped flags",
    String.raw`[\w.-]{0,50}?(?i:[\w.-]{0,50}?(?:quark|(?-i:QRK))(?:[ \t\w.-]{0,20})[\s'"]{0,3})(?:=|:)[\s"]{0,5}([A-Z0-9_-]{20})\b`,
    `keywords = ["quark", "qrk"]`,
  ],
  [
    "block",
    String.raw`(?i)-----BEGIN QUARK[A-Z ]{0,20}-----[\s\S-]{20,}?END-----`,
    `keywords = ["-----begin"]`,
  ],
  ["word elsewhere", String.raw`\b([a-f0-9]{40})\b`, `keywords = ["quark"]`],
  ["no literal", String.raw`\b(ey[a-zA-Z0-9]{17,}\.[a-zA-Z0-9_-]{17,})(?:['"\s]|$)`],
  ["no keyword", "[0-9a-f]{8}-quark-[0-9a-f]{4}"],
  [
    "second group",
    String.raw`(user|login)[:=]\s*"?[^"\n]{1,20}"?\s+quark[:=]\s*"?([^"\s]{8,32})`,
    `secretGroup = 2\nkeywords = ["quark"]`,
  ],
  [
    "not linear",
    String.raw`quark(?:\s+-\w+)*(?:\s*\s+--?\w+)*\s+(?:-k|--key)\s*["']?([\w=]{8,40})["']?`,
    `keywords = ["quark"]`,
  ],
  ["posix", "qx-[[:alnum:]]{16}[[:^alpha:]]", `keywords = ["qx-"]`],
  ["dot", "quark=(.{8,12})(?:;|$)", `keywords = ["quark="]`],
  ["not ascii", String.raw`schlüssel: ?(\S{10,20})`, `keywords = ["schl"]`],
  ["lines", String.raw`(?m)^quark: *(\w{12,})$`, `keywords = ["quark"]`],
  ["lazy", String.raw`(?U)qz_(\w{8,})\s`, `keywords = ["qz_"]`],
  ["literal text", String.raw`\Qq.k(\E[a-z]{12}\)`, `keywords = ["q.k("]`],
  ["any case beyond ascii", "(?i)müll[a-z]{10}"],
  ["prefix far away", ".*quark!([a-z]{10})", `keywords = ["quark!"]`],
];

test("rules written for gitleaks find here what they find there", () => {
  const config = RULES.map(
    ([id, regex, more = ""]) =>
      `[[rules]]\nid = "${id}"\ndescription = "${id}"\nregex = '''${regex}'''\n${more}\n`,
  ).join("\n");
  const seed = Date.now() % 1_000_000;
  const { rules, matches, problems } = proveConfig(".gitleaks.toml", config, seededRandom(seed));
  expect(problems, `seed ${seed}`).toEqual([]);
  expect(rules).toBe(RULES.length);
  expect(matches).toBeGreaterThan(200);
});
