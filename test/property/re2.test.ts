import fc from "fast-check";
import { RE2JS } from "re2js";
import { expect, test } from "vitest";
import { LinearPattern } from "../../src/engine/linear.ts";
import { translateRe2 } from "../../src/foreign/re2.ts";
import { programOf } from "../../src/rules/automaton.ts";
import { PatternError, parseTranslated, readPattern } from "../../src/rules/pattern.ts";
import { byRe2, spansOf } from "../support/re2-proof.ts";

/** Expressions that hold most of RE2's syntax, over few letters so that they match something. */
const atoms = fc.constantFrom(
  ..."abk_-=:\"'",
  "\\.",
  "key",
  "KEY",
  "é",
  ".",
  "\\d",
  "\\w",
  "\\s",
  "\\S",
  "\\b",
  "\\B",
  "[a-c]",
  "[^a-c\\n]",
  "[[:alnum:]]",
  "[[:^alpha:]b]",
  "[]a]",
  "[^]a]",
  "[\\w.-]",
  "[A-Z0-9é]",
  "\\x61",
  "\\x{e9}",
  "\\Qa.b\\E",
  "(?i:key)",
  "(?i)kEy",
  "(?-i:Key)",
  "(?s:.)",
  "{",
  "a{,2}",
);
const ends = fc.constantFrom("", "", "", "^", "\\A");
const times = fc.constantFrom("", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{0,2}?", "{2,}");
/** What is repeated holds a character: what may be empty RE2 repeats in a way of its own. */
const solid = atoms.filter((atom) => !/^\\[bB]$|^\(\?i\)/.test(atom));
const one = fc.oneof(
  atoms,
  fc.tuple(solid, times).map(([atom, count]) => `(?:${atom})${count}`),
);
const group = fc
  .tuple(fc.constantFrom("(", "(?:", "(?P<n>", "(?i:", "(?U:", "(?s:"), solid, one, fc.option(solid), times)
  .map(
    ([open, first, next, other, count]) =>
      `${open}${first}${next}${other === null ? "" : `|${other}`})${count}`,
  );
const expression = fc
  .array(fc.array(fc.oneof({ weight: 2, arbitrary: one }, group), { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 2,
  })
  .map((branches) => branches.map((pieces) => pieces.join("")).join("|"));
const expressions = fc
  .tuple(fc.constantFrom("", "", "(?i)", "(?m)^", "(?s)"), ends, expression, fc.constantFrom("", "", "$"))
  .map(([flags, start, body, end]) => `${flags}${start}${body}${end}`)
  // A name may be used once.
  .map((text) => {
    let number = 0;
    return text.replaceAll("(?P<n>", () => `(?P<n${number++}>`);
  });
const texts = fc
  .array(fc.constantFrom(..."abckKeyEY01_-=:.\"' \n", "é", "ü", "€", "key", "KEY", "a.b"), {
    maxLength: 60,
    size: "max",
  })
  .map((chars) => chars.join(""));

/** Null when a RegExp could take too long. */
function asRegExp(pattern: string): RegExp | null {
  try {
    const { source, flags } = readPattern(pattern, { ignoreCase: false });
    return new RegExp(source, `${flags}g`);
  } catch (error) {
    if (error instanceof PatternError) return null;
    throw error;
  }
}

test("an expression of RE2 finds here what it finds there, as a RegExp and as an automaton", () => {
  let compared = 0;
  fc.assert(
    fc.property(expressions, fc.array(texts, { minLength: 2, maxLength: 4 }), (expression, all) => {
      let expected: string[][];
      try {
        expected = all.map((text) => byRe2(expression, 0, text).map(({ span }) => span));
      } catch {
        // RE2 does not take it.
        return;
      }
      // Ends of lines and ends of the text in one expression are the one thing that cannot be said here.
      if (/\(\?m\)/.test(expression) && /\\A/.test(expression)) return;
      const { pattern } = translateRe2(expression);
      let read: ReturnType<typeof readPattern>;
      try {
        read = readPattern(pattern, { ignoreCase: false, automaton: true });
      } catch (error) {
        if (error instanceof PatternError) return;
        throw error;
      }
      const program = programOf(parseTranslated(read), read.flags)!;
      const regexp = read.program === undefined ? new RegExp(read.source, `${read.flags}g`) : null;
      for (const [index, text] of all.entries()) {
        const bytes = Buffer.from(text).toString("latin1");
        const context = `${expression} as ${pattern} on ${JSON.stringify(text)}`;
        for (const pattern of [...(regexp === null ? [] : [regexp]), new LinearPattern(program, "g")])
          expect(spansOf(pattern, bytes), context).toEqual(expected[index]);
        compared += expected[index]!.length;
      }
    }),
    {
      numRuns: 1500,
      examples: [
        // Within a character there is no word's end.
        ["(?:\\S)*\\B", ["€a"]],
        ["\\B\\S+", ["a€"]],
      ],
    },
  );
  expect(compared).toBeGreaterThan(1000);
});

test("each match holds what is said of it: its literals, where they begin, its length", () => {
  let told = 0;
  fc.assert(
    fc.property(expressions, fc.array(texts, { minLength: 2, maxLength: 4 }), (expression, all) => {
      let translated: ReturnType<typeof translateRe2>;
      try {
        RE2JS.compile(expression);
        translated = translateRe2(expression);
      } catch {
        return;
      }
      const regexp = asRegExp(translated.pattern);
      if (regexp === null) return;
      for (const text of all) {
        const bytes = Buffer.from(text).toString("latin1");
        for (const span of spansOf(regexp, bytes)) {
          const [from, to] = span.split("-").map(Number) as [number, number];
          expect(to - from, expression).toBeLessThanOrEqual(translated.longest);
          const match = bytes.slice(from, to);
          for (const { literals, anyCase, at } of translated.needs) {
            const starts = literals.map((literal) =>
              (anyCase ? match.toLowerCase() : match).indexOf(literal),
            );
            expect(
              starts.some((start) => start >= 0 && start <= at),
              `${expression}: ${literals} at ${at} in ${JSON.stringify(match)}`,
            ).toBe(true);
            told += 1;
          }
        }
      }
    }),
    { numRuns: 1500 },
  );
  expect(told).toBeGreaterThan(50);
});
