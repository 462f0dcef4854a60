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

  test("where an encoded secret ends is the end of its last digit", () => {
    const secret = slack();
    const encoded = base64(`SLACK=${secret}`);
    expect(found(`v: ${encoded}\n`)).toMatchObject([
      { line: 1, column: 4 + 8, endLine: 1, endColumn: 4 + Math.ceil(((6 + secret.length) * 4) / 3) },
    ]);
    // The last line of a wrapped text ends with the secret.
    const text = `${"words ".repeat(11)}${"x ".repeat((192 - 66 - secret.length - 6) / 2)} KEY=${secret}`;
    const wrapped = base64(text.slice(-144)).replace(/.{64}(?=.)/g, "$&\n");
    expect(found(`${wrapped}\nafter: it\n`)).toMatchObject([{ endLine: 3, endColumn: 65 }]);
  });

  const long = (bytes: number) => {
    const words = `${"some words of a long text that is none of a secret's business, ".repeat(20)}\n`;
    return words.repeat(Math.ceil(bytes / words.length));
  };
  const at = (text: string, offset: number, secret: string) =>
    `${text.slice(0, offset)} SLACK=${secret}\n${text.slice(offset)}`;

  // 128 KiB and its multiples are where pieces end, 786432 is a core, and in front of it one, two, three characters.
  test.each([150_000, 196_580, 220_000, 393_200, 786_380, 786_420, 786_433, 1_500_000])(
    "base64 in one line is read to its end: a secret behind %i characters",
    (offset) => {
      const secret = slack();
      for (const lead of ["", "x", "xy", "xyz"]) {
        const encoded = base64(at(long(1_600_000), offset, secret));
        const detections = found(`${lead} : ${encoded}\n`);
        expect(detections).toMatchObject([{ ruleId: "slack-token", line: 1 }]);
        const column = lead.length + 4 + Math.floor(((offset + 7) * 4) / 3);
        expect(detections[0]!.column).toBe(column);
      }
    },
  );

  test.each([64, 75, 76])("wrapped base64 of any length, %i in a line, is read to its end", (width) => {
    const secret = slack();
    const encoded = base64(at(long(400_000), 300_000, secret));
    const wrapped = encoded.replace(new RegExp(`.{${width}}`, "g"), "$&\n");
    const line = Math.floor((300_007 * 4) / 3 / width);
    expect(found(wrapped)).toMatchObject([{ ruleId: "slack-token", line: line + 1 }]);
  });

  test("a line that is no text does not hide the lines behind it", () => {
    const secret = slack();
    const line = (text: string) => base64(text.padEnd(57, "."));
    const binary = Buffer.from(Array.from({ length: 57 }, (_, i) => (i * 37) % 256)).toString("base64");
    const lines = [
      line("words and words"),
      binary,
      line(`SLACK=${secret.slice(0, 51)}`),
      line(secret.slice(51)),
    ];
    expect(found(`${lines.join("\n")}\n`)).toMatchObject([{ ruleId: "slack-token", line: 3 }]);
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
    expect(detection!.directive!.text).toContain("slack-token");
  });
});
