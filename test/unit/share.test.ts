import { expect, test } from "vitest";
import { listed, unlisted } from "../../src/app/share.ts";

/** Characters that V8 puts into one string at most, on any machine. */
const LONGEST_STRING = 2 ** 29 - 24;
/** Bytes of a path that systems take at most. */
const LONGEST_PATH = 4096;

test("a list of files crosses between threads as it is, in texts that V8 can hold whatever the paths", () => {
  const files = Array.from({ length: 130_001 }, (_, i) => ({ absolute: `/a/b/${i}`, path: `b/${i}` }));
  for (const count of [0, 1, 50_000, 50_001, files.length]) {
    const texts = listed(files.slice(0, count));
    expect(unlisted(texts)).toEqual(files.slice(0, count));
    for (const text of texts)
      expect((text.split("\0").length + 1) * (LONGEST_PATH + 1)).toBeLessThan(LONGEST_STRING);
  }
});
