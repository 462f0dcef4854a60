import fc from "fast-check";
import { expect, test } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { CORE_BYTES, ContentScanner } from "../../src/engine/scanner.ts";
import { builtinPack } from "../../src/rules/builtin.ts";
import { token } from "../support/tokens.ts";

const scanner = new ContentScanner(new Engine(builtinPack()));

const places = (content: Buffer, cuts: readonly number[]) => {
  const stream = scanner.open();
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    if (cut <= at || cut >= content.length) continue;
    stream.push(content.subarray(at, cut));
    at = cut;
  }
  stream.push(content.subarray(at));
  return stream
    .finish()
    .map(({ ruleId, line, column, endLine, endColumn }) => [ruleId, line, column, endLine, endColumn]);
};

test("how content is cut into pieces does not show", () => {
  const text = Array.from({ length: 60 }, (_, i) =>
    i % 5 === 0 ? `key_${i} = "${token("ghp_{github}")}"\n` : `plain line ${i} with words\n`,
  ).join("");
  const content = Buffer.from(text);
  const whole = places(content, []);
  expect(whole).toHaveLength(12);
  fc.assert(
    fc.property(fc.array(fc.nat(content.length), { maxLength: 12 }), (cuts) => {
      expect(places(content, cuts)).toEqual(whole);
    }),
  );
});

test("a secret is found once, at its place, wherever it lies about the edges of windows", () => {
  const secret = token("ghp_{github}");
  for (const around of [CORE_BYTES, 2 * CORE_BYTES]) {
    for (const shift of [-4000, -41, -40, -20, -3, -1, 0, 1, 39, 40000]) {
      const before = "filler of a long line "
        .repeat(Math.ceil((around + shift) / 22))
        .slice(0, around + shift - 1);
      const content = Buffer.from(`${before}\n${secret}\n${"x ".repeat(CORE_BYTES)}`);
      const cuts = Array.from({ length: 60 }, (_, i) => i * 65_536);
      expect(places(content, cuts)).toEqual([["github-token", 2, 1, 2, 41]]);
    }
  }
});

test("UTF-16 with and without a byte order mark, and Latin-1", () => {
  const secret = token("ghp_{github}");
  const text = `# übung\nvalue = ${secret}\n`;
  const utf16 = Buffer.from(text, "utf16le");
  const big = Buffer.from(utf16).swap16();
  for (const content of [
    Buffer.from(text, "utf8"),
    Buffer.from(text, "latin1"),
    utf16,
    big,
    Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]),
    Buffer.concat([Buffer.from([0xfe, 0xff]), big]),
  ]) {
    expect(places(content, [])).toEqual([["github-token", 2, 9, 2, 49]]);
  }
});
