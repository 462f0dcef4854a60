import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HitList, type Literal, PLACES, type Prefilter } from "../../src/kernel/prefilter.ts";
import { eachGeneratedRun, runTail } from "../../src/kernel/runs.ts";
import { ScalarPrefilter } from "../../src/kernel/scalar.ts";
import { ShortTextFinder } from "../../src/kernel/short-text.ts";
import { SimdPrefilter } from "../../src/kernel/simd.ts";

const LETTERS = "abckeyABCKEY_-.:12@`[{ ";
/** A literal that may be wanted at that place, or null. */
function literalOf(text: string, anyCase: boolean, place: Literal["place"]): Literal | null {
  const tail = runTail(text);
  if (place === "anywhere") return { text: anyCase ? text.toLowerCase() : text, anyCase, place };
  const fits = place === "in-run" ? tail === text.length : text.length - tail >= 3;
  return fits ? { text, anyCase: false, place } : null;
}

const literal = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(...LETTERS.split("")), minLength: 3, maxLength: 9 }),
    fc.boolean(),
    fc.constantFrom(...PLACES),
  )
  .map((parts) => literalOf(...parts))
  .filter((made) => made !== null);
const word = (text: string, anyCase = false): Literal => ({ text, anyCase, place: "anywhere" });
const literals = fc.uniqueArray(literal, {
  minLength: 1,
  maxLength: 40,
  selector: ({ text, anyCase, place }) => `${text}${anyCase}${place}`,
});

function found(prefilter: Pick<Prefilter, "scan">, bytes: Uint8Array, from: number, to: number): string[] {
  const hits = new HitList();
  prefilter.scan(bytes, from, to, hits);
  return Array.from({ length: hits.length }, (_, i) => `${hits.offsets[i]}:${hits.literals[i]}`).sort();
}

/** What a search for each literal by itself finds. */
function expected(words: readonly Literal[], text: string, from: number, to = text.length): string[] {
  const pairs: string[] = [];
  words.forEach((literal, index) => {
    const { text: word, anyCase } = literal;
    const within = (anyCase ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text).slice(0, to);
    for (let at = within.indexOf(word, from); at >= 0; at = within.indexOf(word, at + 1))
      if (wanted(literal, within, from, at)) pairs.push(`${at}:${index}`);
  });
  return pairs.sort();
}

function wanted({ text: word, place }: Literal, text: string, from: number, at: number): boolean {
  if (place === "anywhere") return true;
  const start = place === "in-run" ? at : at + word.length - runTail(word);
  const before = /[\w-]*$/.exec(text.slice(from, start))![0].length;
  const behind = /^[\w-]*/.exec(text.slice(start))![0].length;
  if (place === "before-run") return before === 0 && behind >= 16;
  return before + behind >= 16 && (before <= 5 || text[start - 1] === "-");
}

describe.each([
  ["scalar", ScalarPrefilter],
  ["simd", SimdPrefilter],
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
      word("AKIA"),
      word("://", true),
      word("aws_secret_access_key", true),
      { text: "ghp_", anyCase: false, place: "in-run" },
      { text: "SG.", anyCase: false, place: "before-run" },
      { text: "v1.0-", anyCase: false, place: "before-run" },
    ];
    const prefilter = new Kernel(words);
    words.forEach(({ text, place }, index) => {
      for (let before = 0; before < 70; before += 1) {
        const bytes = Buffer.from(`${" ".repeat(before)}${text}${"y".repeat(40)}`, "latin1");
        const end = before + text.length;
        const least = place === "anywhere" ? end : end + 16 - runTail(text);
        expect(found(prefilter, bytes, 0, least)).toEqual([`${before}:${index}`]);
        expect(found(prefilter, bytes, 0, least - 1)).toEqual([]);
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

test("more hits than the kernel's list holds, in one run and in many", () => {
  const words: Literal[] = [
    word("abc", true),
    word("bcab"),
    word("cabcabcabcab", true),
    { text: "Abc", anyCase: false, place: "in-run" },
    { text: "bcAb", anyCase: false, place: "in-run" },
  ];
  const count = (prefilter: Prefilter, text: string) => {
    const bytes = Buffer.from(text, "latin1");
    return found(prefilter, bytes, 7, bytes.length);
  };
  for (const text of ["abcAbcabc".repeat(40_000), "abcAbcabcabcAbc. ".repeat(20_000)]) {
    expect(count(new SimdPrefilter(words), text)).toEqual(count(new ScalarPrefilter(words), text));
  }
});

test("names in short texts are found as a search for each finds them", () => {
  fc.assert(
    fc.property(
      literals,
      fc.string({ unit: fc.constantFrom(...LETTERS.split("")), maxLength: 300 }),
      (list, text) => {
        const bytes = Buffer.from(text, "latin1");
        for (const anyCase of [false, true]) {
          const words = list.map((literal): Literal => {
            return { text: anyCase ? literal.text.toLowerCase() : literal.text, anyCase, place: "anywhere" };
          });
          const finder = new ShortTextFinder(
            words.map((literal) => literal.text),
            anyCase,
          );
          expect(found(finder, bytes, 0, bytes.length)).toEqual(expected(words, text, 0));
        }
      },
    ),
  );
});

test("text in the kernel's own memory is scanned where it is", () => {
  const prefilter = new SimdPrefilter([word("akia", true)]);
  const before = prefilter.reserve(100);
  before.set(Buffer.from("....AKIA"), 10);
  const place = prefilter.reserve(3_000_000);
  place.set(Buffer.from("akia"), 2_999_996);
  expect(found(prefilter, place.subarray(10), 0, 2_999_990)).toEqual(["2999986:0", "4:0"]);
});

describe.each([
  ["scalar", new ScalarPrefilter([word("AKIA")])],
  ["simd", new SimdPrefilter([word("AKIA")])],
] as const)("runs by the %s prefilter", (_name, kernel) => {
  test("every generated run of 16 and more, and no other", () => {
    const piece = fc.string({ unit: fc.constantFrom(..."abZY0_-"), minLength: 0, maxLength: 40 });
    const gap = fc.string({ unit: fc.constantFrom(..." @`[{/+\xe9:^"), minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, gap), { maxLength: 12 }), (parts) => {
        const text = parts.map(([run, between]) => `${run}${between}`).join("");
        const bytes = Buffer.from(text, "latin1");
        const found: string[] = [];
        const hits = new HitList();
        kernel.scan(bytes, 0, bytes.length, hits);
        eachGeneratedRun(bytes, 0, bytes.length, hits.runs, (start, end) =>
          found.push(text.slice(start, end)),
        );
        const all: string[] = text.match(/[A-Za-z0-9_-]{16,}/g) ?? [];
        const changes = (run: string) => run.replace(/[-_]/g, "").match(/[A-Z]+|[a-z]+|[0-9]+/g)?.length ?? 0;
        const generated = (run: string) =>
          /\d/.test(run) && changes(run) >= Math.max(4, Math.min(8, (run.length * 3) / 25));
        expect(found).toEqual(all.filter(generated));
      }),
      { numRuns: 1000 },
    );
  });
});
