import fc from "fast-check";
import { expect, test } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { ContentScanner } from "../../src/engine/scanner.ts";
import { builtinPack } from "../../src/rules/builtin.ts";
import { token } from "../support/tokens.ts";

const scanner = new ContentScanner(new Engine(builtinPack()));

const leaks = [
  `const token = "${token("ghp_{github}")}";\n`,
  `aws_access_key_id = AKIA${token("{base32:16}")}\naws_secret_access_key = ${token("{base64:40}")}\n`,
  `password: "${token("{base62:24}")}"\n`,
  `DATABASE_URL=postgres://app:${token("{base62:20}")}@db.internal.corp:5432/app\n`,
  `curl -u deploy:${token("{base62:20}")} https://files.internal.corp/\n`,
  `data: ${Buffer.from(`GITHUB_TOKEN=${token("ghp_{github}")}\n`).toString("base64")}\n`,
  `-----BEGIN RSA PRIVATE KEY-----\n${Array.from({ length: 12 }, () => token("{base64:64}")).join("\n")}\n-----END RSA PRIVATE KEY-----\n`,
];

const prose = fc
  .array(
    fc.constantFrom("the reader waits\n", "  return rows.length;\n", "# notes\n", "\n", "x = (a + b) / 2;\n"),
    {
      maxLength: 60,
    },
  )
  .map((lines) => lines.join(""));

const isQuiet = (content: Buffer) => {
  const stream = scanner.open();
  stream.push(content);
  stream.finish();
  return stream.quiet;
};

/** `text` with what lies between two offsets taken out or replaced, wherever the cut falls. */
const edit = fc.record({
  from: fc.nat(1_000_000),
  length: fc.nat(60),
  put: fc.constantFrom("", "\n", "?", "{ }\n"),
});

test("what is made of a quiet content is quiet only when a scan of the whole says so", () => {
  let quietBases = 0;
  let leaksSeen = 0;
  fc.assert(
    fc.property(
      prose,
      fc.constantFrom("", ...leaks),
      prose,
      edit,
      (before, leak, after, { from, length, put }) => {
        const text = before + leak + after;
        const at = before.length + (leak === "" ? 0 : from % leak.length);
        const end = Math.min(text.length, at + length);
        const base = Buffer.from(text.slice(0, at) + put + text.slice(end));
        if (!isQuiet(base)) return;
        quietBases++;
        const content = Buffer.from(text);
        if (scanner.scan(content).length === 0) return;
        leaksSeen++;
        expect(scanner.staysQuiet(content, [at, end])).toBe(false);
      },
    ),
    { numRuns: 2000 },
  );
  expect(quietBases).toBeGreaterThan(100);
  expect(leaksSeen).toBeGreaterThan(50);
});

test("a quiet change far from any credential is recognised as such", () => {
  const text = Buffer.from(
    `${"the reader waits\n".repeat(400)}  return rows.length;\n${"# notes\n".repeat(400)}`,
  );
  expect(scanner.staysQuiet(text, [6800, 6823])).toBe(true);
  expect(scanner.staysQuiet(text, [6800, 6800])).toBe(true);
});
