import fc from "fast-check";
import { expect, test } from "vitest";
import { HitList } from "../../src/kernel/prefilter.ts";
import { ScalarPrefilter } from "../../src/kernel/scalar.ts";

const literal = fc.string({ unit: fc.constantFrom(..."abckey_-.:12".split("")), minLength: 3, maxLength: 9 });

function pairs(prefilter: ScalarPrefilter, bytes: Uint8Array, from: number, to: number): string[] {
  const hits = new HitList();
  prefilter.scan(bytes, from, to, hits);
  return Array.from({ length: hits.length }, (_, i) => `${hits.offsets[i]}:${hits.literals[i]}`).sort();
}

test("the prefilter finds what a search for each literal finds, and nothing else", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(literal, { minLength: 1, maxLength: 30 }),
      fc.string({ unit: fc.constantFrom(..."abckeyABCKEY_-.:12 ".split("")), maxLength: 300 }),
      fc.nat(20),
      (literals, text, from) => {
        const bytes = Buffer.from(text, "latin1");
        const start = Math.min(from, bytes.length);
        const folded = text.toLowerCase();
        const expected: string[] = [];
        literals.forEach((word, index) => {
          for (let at = folded.indexOf(word, start); at >= 0; at = folded.indexOf(word, at + 1))
            expected.push(`${at}:${index}`);
        });
        expect(pairs(new ScalarPrefilter(literals), bytes, start, bytes.length)).toEqual(expected.sort());
      },
    ),
    { numRuns: 500 },
  );
});

test("bytes beyond ASCII never hit", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const high = bytes.map((byte) => byte | 0x80);
      expect(pairs(new ScalarPrefilter(["key", "abc"]), high, 0, high.length)).toEqual([]);
    }),
  );
});
