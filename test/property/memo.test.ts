import { expect, test } from "vitest";
import { loadBuiltinRuleFiles } from "../../scripts/rule-files.mjs";
import { Engine } from "../../src/engine/engine.ts";
import { ContentScanner } from "../../src/engine/scanner.ts";
import { SimdPrefilter } from "../../src/kernel/simd.ts";
import { builtinPack } from "../../src/rules/builtin.ts";
import { loadRuleFile } from "../../src/rules/load.ts";
import { expandTemplate, SURROUNDINGS, seededRandom } from "../../src/rules/samples.ts";

/** Versions of one file, each a few lines away from the one before, as a history has them. */
const VERSIONS = 60;
const LINES = 120;

const NOISE = [
  "password = your-password-here",
  'password: "changeme"',
  "const token = getToken(user.id);",
  "see https://user:password@example.com/path for how to",
  "# key=xxxxxxxxxxxxxxxxxxxxxxxx",
  "api_key = os.environ['API_KEY']",
  "the quick brown fox jumps over the lazy dog",
  "integrity sha512-2Nkq1rSqzlO7C3Lk5bXxxC8m3q6X9tYbDe4mVQ==",
  "",
];

test("what is remembered of other contents does not show in what is found", () => {
  const seed = Date.now() % 1_000_000_000;
  const random = seededRandom(seed);
  const templates = loadBuiltinRuleFiles(loadRuleFile).flatMap(({ source }) =>
    source.rule.flatMap((rule) => rule.samples),
  );
  const line = (): string => {
    if (random(3) > 0) return NOISE[random(NOISE.length)]!;
    const { text, placed } = expandTemplate(templates[random(templates.length)]!, random);
    return placed ? text : SURROUNDINGS[random(SURROUNDINGS.length)]!.wrap(text);
  };
  const remembering = new Engine(builtinPack());
  const kernel = remembering.prefilter as SimdPrefilter;
  expect(kernel).toBeInstanceOf(SimdPrefilter);
  const lines = Array.from({ length: LINES }, line);
  const cut = new Map<string, string>();
  let found = 0;
  for (let version = 0; version < VERSIONS; version += 1) {
    for (let edits = 0; edits < 4; edits += 1) {
      const at = random(lines.length);
      const now = lines[at]!;
      // A line cut short gives nothing, and something when it is whole in the next version.
      const whole = cut.get(now);
      if (whole !== undefined) lines[at] = whole;
      else if (random(3) > 0) {
        const next = line();
        const short = next.slice(0, -1 - random(12));
        cut.set(short, next);
        lines[at] = short;
      } else lines.splice(random(lines.length), 0, ...lines.splice(at, 1));
    }
    for (const [at, now] of lines.entries()) if (random(8) === 0) lines[at] = cut.get(now) ?? now;
    const content = Buffer.from(lines.join("\n"), "latin1");
    const placed = kernel.reserve(content.length).subarray(0, content.length);
    placed.set(content);
    const told = (engine: Engine, bytes: Uint8Array) =>
      new ContentScanner(engine)
        .scan(bytes)
        .map(({ secret, ...others }) => ({ ...others, value: secret.reveal(), masked: secret.masked }));
    const expected = told(remembering, content);
    expect(told(remembering, placed), `seed ${seed}, version ${version}`).toEqual(expected);
    found += expected.length;
  }
  expect(found).toBeGreaterThan(VERSIONS);
});
