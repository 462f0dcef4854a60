import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HitList, type Literal, type Prefilter } from "../../src/kernel/prefilter.ts";
import { eachGeneratedRun } from "../../src/kernel/runs.ts";
import { ScalarPrefilter } from "../../src/kernel/scalar.ts";
import { ShortTextFinder } from "../../src/kernel/short-text.ts";
import { SimdPrefilter } from "../../src/kernel/simd.ts";

const LETTERS = "abckeyABCKEY_-.:12@`[{ ";
const literal = fc
  .record({
    text: fc.string({ unit: fc.constantFrom(...LETTERS.split("")), minLength: 3, maxLength: 9 }),
    anyCase: fc.boolean(),
  })
  .map(({ text, anyCase }): Literal => ({ text: anyCase ? text.toLowerCase() : text, anyCase }));
const literals = fc.uniqueArray(literal, {
  minLength: 1,
  maxLength: 40,
  selector: ({ text, anyCase }) => `${text}${anyCase}`,
});

function found(prefilter: Pick<Prefilter, "scan">, bytes: Uint8Array, from: number, to: number): string[] {
  const hits = new HitList();
  prefilter.scan(bytes, from, to, hits);
  return Array.from({ length: hits.length }, (_, i) => `${hits.offsets[i]}:${hits.literals[i]}`).sort();
}

/** What a search for each literal by itself finds. */
function expected(words: readonly Literal[], text: string, from: number): string[] {
  const pairs: string[] = [];
  words.forEach(({ text: word, anyCase }, index) => {
    const within = anyCase ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text;
    for (let at = within.indexOf(word, from); at >= 0; at = within.indexOf(word, at + 1))
      pairs.push(`${at}:${index}`);
  });
  return pairs.sort();
}

describe.each([
  ["scalar", ScalarPrefilter],
  ["simd", SimdPrefilter],
  ["short-text", ShortTextFinder],
] as const)("the %s prefilter", (_name, Kernel) => {
  test("finds what a search for each literal finds, and nothing else", () => {
    fc.assert(
      fc.property(
        literals,
        fc.string({ unit: fc.constantFrom(...LETTERS.split(""), "\0", "\xe9"), maxLength: 300 }),
        fc.nat(20),
        (words, text, from) => {
          const bytes = Buffer.from(text, "latin1");
          const start = Math.min(from, bytes.length);
          expect(found(new Kernel(words), bytes, start, bytes.length)).toEqual(expected(words, text, start));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("finds a literal at every alignment, up to the last byte and not behind it", () => {
    const words: Literal[] = [
      { text: "AKIA", anyCase: false },
      { text: "://", anyCase: true },
      { text: "aws_secret_access_key", anyCase: true },
    ];
    const prefilter = new Kernel(words);
    words.forEach(({ text }, index) => {
      for (let before = 0; before < 70; before += 1) {
        const bytes = Buffer.from(`${"x".repeat(before)}${text}${"y".repeat(40)}`, "latin1");
        const end = before + text.length;
        expect(found(prefilter, bytes, 0, end)).toEqual([`${before}:${index}`]);
        expect(found(prefilter, bytes, 0, end - 1)).toEqual([]);
        if (before > 0) expect(found(prefilter, bytes, before + 1, bytes.length)).toEqual([]);
      }
    });
  });

  test("is not confused by random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), literals, (bytes, words) => {
        const text = Buffer.from(bytes).toString("latin1");
        expect(found(new Kernel(words), bytes, 0, bytes.length)).toEqual(expected(words, text, 0));
      }),
    );
  });
});

test("text longer than the kernel's piece, full of hits, gives what the specification gives", () => {
  const words: Literal[] = [
    { text: "abc", anyCase: true },
    { text: "bcab", anyCase: false },
    { text: "cabcabcabcab", anyCase: true },
  ];
  const bytes = Buffer.from("abcAbcabc".repeat(80_000), "latin1");
  const count = (prefilter: Prefilter) => new Set(found(prefilter, bytes, 7, bytes.length));
  expect(count(new SimdPrefilter(words))).toEqual(count(new ScalarPrefilter(words)));
});

test("text in the kernel's own memory is scanned where it is", () => {
  const prefilter = new SimdPrefilter([{ text: "akia", anyCase: true }]);
  const before = prefilter.reserve(100);
  before.set(Buffer.from("....AKIA"), 10);
  const place = prefilter.reserve(3_000_000);
  place.set(Buffer.from("akia"), 2_999_996);
  expect(found(prefilter, place.subarray(10), 0, 2_999_990)).toEqual(["2999986:0", "4:0"]);
});

describe.each([
  ["scalar", new ScalarPrefilter([{ text: "AKIA", anyCase: false }])],
  ["simd", new SimdPrefilter([{ text: "AKIA", anyCase: false }])],
] as const)("runs by the %s prefilter", (_name, kernel) => {
  test("every run of 16 and more, and no shorter one", () => {
    const piece = fc.string({ unit: fc.constantFrom(..."abZY0_-"), minLength: 0, maxLength: 40 });
    const gap = fc.string({ unit: fc.constantFrom(..." @`[{/+\xe9:^"), minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, gap), { maxLength: 12 }), (parts) => {
        const text = parts.map(([run, between]) => `${run}${between}`).join("");
        const bytes = Buffer.from(text, "latin1");
        const found: string[] = [];
        const hits = new HitList();
        kernel.scan(bytes, 0, bytes.length, hits);
        eachGeneratedRun(bytes, hits.places, (start, end) => found.push(text.slice(start, end)));
        const all: string[] = text.match(/[A-Za-z0-9_-]{16,}/g) ?? [];
        const changes = (run: string) => run.replace(/[-_]/g, "").match(/[A-Z]+|[a-z]+|[0-9]+/g)?.length ?? 0;
        const generated = (run: string) =>
          /\d/.test(run) && changes(run) >= Math.max(4, Math.min(8, run.length * 0.12));
        expect(found).toEqual(all.filter(generated));
      }),
      { numRuns: 1000 },
    );
  });
});
