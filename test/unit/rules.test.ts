import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { ContentScanner } from "../../src/engine/scanner.ts";
import { checkRules } from "../../src/rules/check.ts";
import { assemblePack, loadRuleFile } from "../../src/rules/load.ts";

const dir = new URL("../../rules/", import.meta.url);
const files = readdirSync(dir).filter((name) => name.endsWith(".toml"));
const loaded = files.map((name) => loadRuleFile(`rules/${name}`, readFileSync(new URL(name, dir), "utf8")));

test("every built-in rule proves itself", () => {
  expect(checkRules(loaded)).toEqual([]);
});

test("at least 60 credential file names are known", () => {
  expect(
    loaded.flatMap((file) => file.source.file.flatMap((rule) => rule.names)).length,
  ).toBeGreaterThanOrEqual(60);
});

const HEAD = "[provider]\nname = 'P'\nfamily = 'p'\nremediation = 'r'\n";
const RULE = "[[rule]]\nid = 'p-token'\ntitle = 't'\nkind = 'structured'\nseverity = 'high'\n";
const load = (text: string) => assemblePack([loadRuleFile("x.toml", HEAD + text)]);

describe("a rule file is refused with file and line", () => {
  test.each([
    [
      "unknown key",
      `${RULE}keywords = ['abc']\npattern = 'abc'\ncolour = 'red'\n`,
      /x\.toml:12:1: unknown key 'rule\.colour'/,
    ],
    [
      "short keyword",
      `${RULE}keywords = ['ab']\npattern = 'abc'\n`,
      /x\.toml:10:\d+: keyword 'ab' must be 3 to 64/,
    ],
    ["no pattern", `${RULE}keywords = ['abc']\n`, /'rule\.pattern' is missing/],
    ["bad id", RULE.replace("p-token", "P Token"), /x\.toml:6:1: 'rule\.id'/],
    [
      "not linear",
      `${RULE}keywords = ['abc']\npattern = 'abc(?:a+)+b'\n`,
      /x\.toml:11:1: the pattern is not linear/,
    ],
    [
      "branches that compete",
      `${RULE}keywords = ['abc']\npattern = 'abc(?:a|b|ab)*!'\n`,
      /x\.toml:11:1: the pattern is not linear: it can match the same text in many ways, such as "abc[ab]+"/,
    ],
    [
      "branches that compete in nested repetitions",
      `${RULE}keywords = ['abc']\npattern = 'abc(?:(?:a|aa){1,7}){1,7}!'\n`,
      /x\.toml:11:1: the pattern is not linear: it can match the same text in many ways/,
    ],
    [
      "branches that compete when case does not count",
      `${RULE}keywords = ['abc']\nignore_case = true\npattern = 'abc(?:a|A)*!'\n`,
      /x\.toml:12:1: the pattern is not linear: it can match the same text in many ways/,
    ],
    ...[
      ["optional parts in repetitions", "abc(?:a(?:a|b)?)*!"],
      ["repetitions with bounds that multiply", "abc(?:(?:a|b){1,3}){1,40}!"],
      ["words of any length in a row", "abc(?:[a-z]{1,20} ?){1,5}!"],
      ["optional parts in a row", `abc${"(?:a|aa)?".repeat(30)}!`],
      ["three long parts of the same letters", "abc[a-z_]{0,300}[a-z_]{0,300}[a-z_]{0,300}[0-9]"],
      ["long parts that may be cut anywhere", "abc([a-z]{20,40}){1,10}x?[0-9]"],
      ["empty branches in a row", `abc${"(?:|)".repeat(30)}!`],
      ["nested bounds too many to follow", "abc(?:(?:(?:a{1,50}){1,50}){1,50}){1,50}!"],
    ].map(([name, pattern]): [string, string, RegExp] => [
      name!,
      `${RULE}keywords = ['abc']\npattern = '${pattern}'\n`,
      /x\.toml:11:1: the pattern is not linear/,
    ]),
    [
      "groups in groups without end",
      `${RULE}keywords = ['abc']\npattern = 'abc${"(?:".repeat(9000)}a${")".repeat(9000)}'\n`,
      /x\.toml:11:1: the pattern is nested too deeply/,
    ],
    [
      "a repetition of nothing",
      `${RULE}keywords = ['abc']\npattern = '(?:x?)+abc[0-9]{20}'\n`,
      /x\.toml:11:1: what is repeated must match something: \(\?:x\?\)\+/,
    ],
    [
      "a keyword that no match begins with",
      `${RULE}keywords = ['abc']\npattern = 'ab[0-9]{9}'\n`,
      /x\.toml:10:\d+: no match of the pattern begins with the keyword 'abc'/,
    ],
    [
      "unknown checksum",
      `${RULE}keywords = ['abc']\npattern = 'abc'\nchecksum = 'crc99'\n`,
      /no checksum is named 'crc99'/,
    ],
    ["no such group", `${RULE}keywords = ['abc']\npattern = 'abc'\nsecret = 1\n`, /the pattern has 0 groups/],
    [
      "unknown pair",
      `${RULE}keywords = ['abc']\npattern = 'abc'\npair = { with = 'nobody', within = 9 }\n`,
      /no rule has the id 'nobody'/,
    ],
  ])("%s", (_what, text, message) => {
    expect(() => load(text)).toThrow(message);
  });
});

test("two rules with one id", () => {
  const one = loadRuleFile("one.toml", `${HEAD}${RULE}keywords = ['abc']\npattern = 'abc'\n`);
  expect(() => assemblePack([one, one])).toThrow(/already used at one\.toml:6/);
});

test("a rule without samples, and one that misses its sample, are problems", () => {
  const file = loadRuleFile(
    "x.toml",
    `${HEAD}${RULE}keywords = ['abc_']\npattern = 'abc_[0-9]{9}'\nsamples = ['abc_{hex:9}x']\n`,
  );
  expect(checkRules([file])[0]).toMatchObject({
    place: "x.toml:12",
    problem: expect.stringContaining("misses its sample"),
  });
});

test("a word that is longer than any literal is looked for by its beginning", () => {
  const word = `${"a word of a text ".repeat(20)}zqxj`;
  const pack = load(`${RULE}keywords = ['abc_']\npattern = 'abc_[0-9a-f]{20}'\nwith_words = ['${word}']\n`);
  const scanner = new ContentScanner(new Engine(pack));
  const found = (text: string) => scanner.scan(Buffer.from(text)).length;
  const value = `abc_${"0f1e2d3c4b"}5a69788796`;
  expect(found(`x = ${value}\n`)).toBe(0);
  expect(found(`${word.toUpperCase()}\nx = ${value}\n`)).toBe(1);
});
