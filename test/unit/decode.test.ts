import { describe, expect, test } from "vitest";
import { Inspector } from "../../src/app/inspector.ts";
import { builtinPack } from "../../src/rules/builtin.ts";
import { token } from "../support/tokens.ts";

const inspector = new Inspector(builtinPack());

function found(text: string) {
  const inspection = inspector.open(null);
  inspection.push(Buffer.from(text, "latin1"));
  return inspection.finish();
}

const base64 = (text: string) => Buffer.from(text).toString("base64");
const slack = () => token("xoxb-{digits:12}-{digits:12}-{base62:24}");

describe("what is written in another way", () => {
  test.each([
    ["base64", (text: string) => base64(text)],
    ["URL-safe base64", (text: string) => Buffer.from(`${text}??>>`).toString("base64url")],
    ["hex", (text: string) => Buffer.from(text).toString("hex")],
    ["base64 in base64", (text: string) => base64(`inner ${base64(text)} end`)],
  ])("%s is read, and the place is the encoded one", (_name, encode) => {
    const secret = slack();
    const text = `first\n  value: ${encode(`SLACK=${secret} and more`)}\nlast\n`;
    const [detection, ...others] = found(text);
    expect(others).toEqual([]);
    expect(detection).toMatchObject({ ruleId: "slack-token", line: 2 });
    expect(detection!.column).toBeGreaterThan("  value: ".length);
    expect(detection!.evidence.join()).toContain("it is written in");
  });

  test.each([900, 980, 990, 1000, 1500])("%i characters behind another escape of the line", (distance) => {
    const secret = token("ghp_{github}");
    const prose = "and so on ".repeat(200).slice(0, distance);
    const text = `\\u0022${prose} x = "${secret.slice(0, 12)}" + "${secret.slice(12)}" ${prose}\n`;
    expect(found(text)).toMatchObject([{ ruleId: "github-token" }]);
  });

  test("wrapped base64 is one text, and the place is on the right line of it", () => {
    const secret = slack();
    const text = base64(`${"words in front of it, ".repeat(9)}SLACK=${secret}\n`);
    const wrapped = text.replace(/.{64}/g, "$&\n  ");
    const [detection] = found(`data:\n  ${wrapped}\n`);
    expect(detection).toMatchObject({ ruleId: "slack-token" });
    const line = Math.floor(Math.floor((198 + 6) * 4) / 3 / 64);
    expect(detection!.line).toBe(2 + line);
  });

  test("the name in front of an encoded value counts", () => {
    const [detection] = found(
      `data:\n  password: ${base64(token("{password}"))}\n  user: ${base64("somebody")}\n`,
    );
    expect(detection).toMatchObject({ ruleId: "generic-password", line: 2 });
  });

  test("both halves of a key pair in one encoded file are found, and belong together", () => {
    const id = token("AKIA{aws-account}");
    const secret = token("{aws-secret}");
    const file = `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`;
    const detections = found(`creds: ${base64(file)}\n`);
    expect(detections.map(({ ruleId }) => ruleId).sort()).toEqual([
      "aws-access-key-id",
      "aws-secret-access-key",
    ]);
    expect(detections.every(({ partner }) => partner !== null)).toBe(true);
  });

  test("truncated base64, and what decodes to no text, say nothing and cost nothing", () => {
    expect(found(`a: ${base64("x".repeat(50)).slice(0, 37)}`)).toEqual([]);
    expect(
      found(`a: ${Buffer.from(Array.from({ length: 90 }, (_, i) => (i * 37) % 256)).toString("base64")}`),
    ).toEqual([]);
  });

  test("an allow directive on the line holds for what is encoded on it", () => {
    const [detection] = found(
      `value: ${base64(`SLACK=${slack()}`)} # leakwarden:allow slack-token -- revoked\n`,
    );
    expect(detection!.directive).toContain("slack-token");
  });
});
