import { expect, test } from "vitest";
import { loadBuiltinRuleFiles } from "../../scripts/rule-files.mjs";
import { Engine } from "../../src/engine/engine.ts";
import { ContentScanner, type ContentStream } from "../../src/engine/scanner.ts";
import type { Cuts } from "../../src/kernel/prefilter.ts";
import type { SimdPrefilter } from "../../src/kernel/simd.ts";
import { builtinPack } from "../../src/rules/builtin.ts";
import { loadRuleFile } from "../../src/rules/load.ts";
import { expandTemplate, SURROUNDINGS, seededRandom } from "../../src/rules/samples.ts";

const VERSIONS = 600;
const LINES = 700;

const seed = Date.now() % 1_000_000_000;
const random = seededRandom(seed);
const templates = loadBuiltinRuleFiles(loadRuleFile).flatMap(({ source }) =>
  source.rule.flatMap((rule) => rule.samples),
);

function text(length: number, characters: string): string {
  return Array.from({ length }, () => characters[random(characters.length)]).join("");
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz    ";
/** Lines that nothing comes of, of every kind that the engine looks at: names, runs, digits, escapes, long ones. */
const DULL: readonly (() => string)[] = [
  () => text(random(60), LETTERS),
  () => text(random(60), LETTERS),
  () => "",
  () => `token := next(${text(6, LETTERS)})`,
  () => "password = your-password-here",
  () => `// see https://example.com/${text(20, LETTERS).trim()}`,
  () => `const NAME_${random(9)} = get${text(8, LETTERS).replace(/ /g, "")}();`,
  () => text(16 + random(30), "abcdefghij0123456789-_"),
  () => text(76, "ABCDEFabcdef0123456789+/"),
  () => `"\\u0041${text(20, LETTERS)}\\x3d" + "${text(9, LETTERS)}"`,
  () => text(600, LETTERS),
  () => text(500, "aB3"),
];
const dull = () => DULL[random(DULL.length)]!();

/** A secret, as it is or in another writing. */
function telling(): string {
  const { text: sample, placed } = expandTemplate(templates[random(templates.length)]!, random);
  const line = placed ? sample : SURROUNDINGS[random(SURROUNDINGS.length)]!.wrap(sample);
  switch (random(6)) {
    case 0:
      return Buffer.from(line).toString("base64");
    case 1:
      return line.replace(/[=:"]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
    default:
      return line;
  }
}

test("what is passed over because other contents held it does not show in what is found", () => {
  const engine = new Engine(builtinPack());
  const kernel = engine.prefilter as SimdPrefilter;
  const scanner = new ContentScanner(engine);
  let scanned = 0;
  const scan = kernel.scan.bind(kernel);
  kernel.scan = (bytes, from, to, hits) => {
    scanned += to - from;
    scan(bytes, from, to, hits);
  };
  const plain = new ContentScanner(new Engine(builtinPack()));
  const base = Array.from({ length: LINES }, dull);
  const chain: { length: number; cuts: Cuts | null }[] = [];
  let planted = { at: 0, line: "" };
  let dullBytes = 0;
  let searched = 0;
  let found = 0;
  for (let version = 0; version < VERSIONS; version += 1) {
    for (let edits = version % 4 === 0 ? 4 : 0; edits > 0; edits -= 1) {
      base.splice(random(base.length), random(3), ...Array.from({ length: random(3) }, dull));
    }
    const lines = [...base];
    const put = (at: number, line: string) => lines.splice(Math.min(at, lines.length), 0, line);
    // First without its end, then, with the same around it, as a whole, and then again without.
    const { at: height, line } = planted;
    if (version % 4 === 0) planted = { at: random(3) === 0 ? 350 : random(LINES), line: telling() };
    else put(height, version % 4 === 2 ? line : line.slice(0, -1 - random(Math.min(line.length / 2, 400))));
    const content = Buffer.from(lines.join("\n"), "latin1");
    // As in a pack, some begin a chain of versions and each other one lies behind what it is made of.
    if (chain.length > random(6)) chain.splice(random(chain.length + 1));
    const at = chain.reduce((sum, { length }) => sum + length + 16, 0);
    const placed = kernel.reserve(at + content.length).subarray(at, at + content.length);
    placed.set(content);
    const told = (stream: ContentStream, bytes: Uint8Array) => {
      stream.push(bytes);
      return stream
        .finish()
        .map(({ secret, ...others }) => ({ ...others, value: secret.reveal(), masked: secret.masked }));
    };
    const expected = told(plain.open(), content);
    scanned = 0;
    const stream = scanner.open({ cuts: chain.at(-1)?.cuts ?? null });
    expect(told(stream, placed), `seed ${seed}, version ${version}`).toEqual(expected);
    chain.push({ length: content.length, cuts: stream.cuts });
    if (expected.length > 0) found += 1;
    else if (version > 0) {
      dullBytes += content.length;
      searched += scanned;
    }
  }
  expect(found).toBeGreaterThan(VERSIONS / 10);
  expect(found).toBeLessThan(VERSIONS);
  expect(searched).toBeLessThan(dullBytes / 2);
});
