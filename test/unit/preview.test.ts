import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { ContentScanner } from "../../src/engine/scanner.ts";
import { builtinPack } from "../../src/rules/builtin.ts";
import { loadRuleFile } from "../../src/rules/load.ts";
import { expandTemplate, SURROUNDINGS, seededRandom } from "../../src/rules/samples.ts";
import { token } from "../support/tokens.ts";

const scanner = new ContentScanner(new Engine(builtinPack()));
const dir = new URL("../../rules/", import.meta.url);
const templates = readdirSync(dir)
  .filter((name) => name.endsWith(".toml"))
  .flatMap((name) => loadRuleFile(name, readFileSync(new URL(name, dir), "utf8")).source.rule)
  .flatMap((rule) => rule.samples.map((sample) => [rule.id, sample] as const));

/** Stretches of 12 characters of the secret's lines; a preview may show 4 at each end. */
function shows(preview: string, secret: string): boolean {
  return secret.split(/\s+/).some((piece) => {
    for (let at = 0; at + 12 <= piece.length; at += 1)
      if (preview.includes(piece.slice(at, at + 12))) return true;
    return false;
  });
}

test.each(templates)("the preview of %s shows nothing of its sample: %s", (_id, template) => {
  const { text, placed } = expandTemplate(template, seededRandom(11));
  for (const { wrap } of placed ? SURROUNDINGS.slice(0, 2) : SURROUNDINGS) {
    for (const detection of scanner.scan(Buffer.from(wrap(text), "latin1"))) {
      expect(shows(detection.preview, detection.secret.reveal())).toBe(false);
    }
  }
});

test("other secrets on the line are masked, long ones and those that are cut off too", () => {
  const [one, two, three] = [
    token("ghp_{github}"),
    token("{jwt}"),
    token("eyJ{base64url:900}.eyJ{base64url:90}.{base64url:43}"),
  ];
  const line = `a ${one} b ${two} c ${three} d ${token("{base62:48}")}`;
  for (const { preview } of scanner.scan(Buffer.from(line))) {
    for (const secret of [one, two, three]) expect(shows(preview, secret)).toBe(false);
  }
});

test.each(["TWILIO_AUTH_TOKEN", "AWS_SECRET_ACCESS_KEY", "stripe-webhook-secret"])(
  "the name of a secret is shown: %s",
  (name) => {
    const [detection] = scanner.scan(Buffer.from(`${name}=${token("{aws-secret}")}\n`));
    expect(detection!.preview).toBe(`${name}=********`);
  },
);

test("what stands beside a secret and belongs with it is named, and makes it surer", () => {
  const secret = `TWILIO_AUTH_TOKEN=${token("{hex:32}")}\n`;
  const [alone] = scanner.scan(Buffer.from(secret));
  const [both] = scanner.scan(Buffer.from(`TWILIO_ACCOUNT_SID=${token("AC{hex:32}")}\n\n${secret}`));
  expect(alone).toMatchObject({ ruleId: "twilio-key", confidence: "medium", lines: [[1, 1]] });
  expect(both).toMatchObject({
    ruleId: "twilio-key",
    confidence: "high",
    lines: [[3, 3]],
  });
  expect(both!.evidence).toContain("it stands with its account or key SID (line 1)");
});
