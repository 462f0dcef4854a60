import { expect, test } from "vitest";
import { Stretches } from "../../src/engine/stretches.ts";
import type { Cuts, Prefilter } from "../../src/kernel/prefilter.ts";
import { SimdPrefilter } from "../../src/kernel/simd.ts";
import { BEFORE, BEHIND } from "../../src/kernel/stretches.ts";
import { seededRandom } from "../../src/rules/samples.ts";

const kernel = () => new SimdPrefilter([{ text: "AKIA", anyCase: false, place: "anywhere" }]);

function lines(count: number): string {
  return Array.from(
    { length: count },
    (_, i) => `line ${i % 100} of ${"some text ".repeat(i % 9)} ${i * 7919}\n`,
  ).join("");
}

function place(prefilter: SimdPrefilter, text: string): Uint8Array {
  const bytes = Buffer.from(text, "latin1");
  const view = prefilter.reserve(bytes.length).subarray(0, bytes.length);
  view.set(bytes);
  return view;
}

/** The stretches that are not known, as pairs. */
function cut(prefilter: SimdPrefilter, text: string, kind = 0): [number, number][] {
  const bytes = place(prefilter, text);
  const places: number[] = [];
  expect(prefilter.cut(bytes, 0, bytes.length, kind, places)).not.toBeNull();
  return Array.from({ length: places.length / 2 }, (_, i) => [places[2 * i]!, places[2 * i + 1]!]);
}

function know(prefilter: SimdPrefilter, text: string): [number, number][] {
  const stretches = cut(prefilter, text);
  stretches.forEach((_, i) => {
    prefilter.know(i);
  });
  return stretches;
}

test("stretches follow each other, end behind lines and are of bounded length", () => {
  const text = lines(2000);
  const stretches = cut(kernel(), text);
  expect(stretches[0]![0]).toBe(0);
  expect(stretches.at(-1)![1]).toBe(text.length);
  for (const [i, [from, to]] of stretches.entries()) {
    if (i === 0) continue;
    expect(from).toBe(stretches[i - 1]![1]);
    expect(text[from - 1]).toBe("\n");
    expect(to - from).toBeLessThanOrEqual(4096);
    if (i < stretches.length - 1) expect(to - from).toBeGreaterThan(512);
  }
});

test("a line longer than the longest stretch is cut", () => {
  const stretches = cut(kernel(), "x y ".repeat(5000));
  expect(stretches.length).toBe(5);
});

test("what is known is not given again, and of a changed text what is near the change", () => {
  const prefilter = kernel();
  const text = lines(2000);
  const before = know(prefilter, text);
  expect(cut(prefilter, text)).toEqual([]);
  const at = 30_000;
  const changed = `${text.slice(0, at)}something else${text.slice(at)}`;
  const now = cut(prefilter, changed);
  expect(now.length).toBeGreaterThan(0);
  expect(now.length).toBeLessThan(before.length / 10);
  expect(now.some(([from, to]) => from <= at && at < to)).toBe(true);
  for (const [from, to] of now) expect(to > at - BEHIND && from < at + 4096 + BEFORE).toBe(true);
});

test("each byte of a stretch and of its surroundings counts, and none beyond them", () => {
  const text = lines(300);
  const stretches = cut(kernel(), text);
  const [from, to] = stretches[4]!;
  const isGiven = (at: number) => {
    const prefilter = kernel();
    know(prefilter, text);
    // A letter for a letter, and where lines end as it was: the stretches stay the same.
    const other = text[at] === "~" ? "^" : "~";
    const changed = text.slice(0, at) + other + text.slice(at + 1);
    return cut(prefilter, changed).some(([start, end]) => start === from && end === to);
  };
  const isAtLineEnd = (at: number) => text.slice(at, at + 15).includes("\n");
  for (let at = from - BEFORE - 40; at < to + BEHIND + 40; at += 1) {
    if (isAtLineEnd(at)) continue;
    expect(isGiven(at), `byte ${at - from}`).toBe(at >= from - BEFORE && at < to + BEHIND);
  }
});

test("what stands at the ends of a text is not what stands in its middle", () => {
  const prefilter = kernel();
  const text = lines(40);
  know(prefilter, text);
  expect(cut(prefilter, text + text).length).toBeGreaterThan(0);
  expect(cut(prefilter, text.slice(60)).length).toBeGreaterThan(0);
  expect(cut(prefilter, text, 1).length).toBeGreaterThan(0);
});

test("a stretch whose surroundings end in the middle of a long run is never known", () => {
  const prefilter = kernel();
  const [first] = cut(prefilter, lines(300));
  const text = `${lines(300).slice(0, first![1])}${"abc".repeat(2000)}\n`;
  know(prefilter, text);
  expect(cut(prefilter, text)[0]).toEqual(first);
});

test("bytes that lie elsewhere, and more than there is room for, are not cut", () => {
  const prefilter = kernel();
  expect(prefilter.cut(Buffer.from(lines(100)), 0, 1000, 0, [])).toBeNull();
  const long = place(prefilter, "x".repeat(2 << 20));
  expect(prefilter.cut(long, 0, long.length, 0, [])).toBeNull();
});

/** Texts behind each other, each made of the one in front. */
class Chain {
  /** All of a stretch that decides what is known of it. */
  readonly known = new Set<string>();
  private readonly prefilter = kernel();
  private readonly texts: { end: number; cuts: Cuts | null }[] = [];

  /** The stretches of a text that are not known, behind `depth` others. Those with an odd beginning are known from now on. */
  add(depth: number, text: string, kind: number): string[] {
    this.texts.splice(depth);
    const base = this.texts.at(-1);
    const start = base?.end ?? 0;
    const end = start + text.length;
    const bytes = this.prefilter.reserve(end).subarray(start, end);
    bytes.set(Buffer.from(text, "latin1"));
    const places: number[] = [];
    const cuts = this.prefilter.cut(bytes, 0, text.length, kind, places, base?.cuts);
    this.texts.push({ end, cuts });
    return Array.from({ length: places.length / 2 }, (_, i) => {
      const [from, to] = [places[2 * i]!, places[2 * i + 1]!];
      if (from % 2 === 1) {
        this.prefilter.know(i);
        this.known.add(meant(text, kind, from, to));
      }
      return `${from}-${to}`;
    });
  }
}

function meant(text: string, kind: number, from: number, to: number): string {
  const begin = Math.max(0, from - BEFORE);
  return `${kind} ${from - begin} ${to - from} ${text.slice(begin, to + BEHIND)}`;
}

test("a text that is like another is cut as it would be without it, and what is known was told", () => {
  const seed = Date.now() % 1_000_000_000;
  const random = seededRandom(seed);
  const line = () =>
    random(30) === 0
      ? "aB3".repeat(random(900))
      : `${"word of text ".repeat(random(8))}${random(1e6)}${random(12) === 0 ? "" : "\n"}`;
  const some = (most: number) => Array.from({ length: random(most) }, line);
  const [alone, chain] = [kernel(), new Chain()];
  const versions: string[][] = [];
  let passed = 0;
  let all = 0;
  for (let count = 0; count < 400; count += 1) {
    // Usually deeper, now and then back to an earlier one, and once in a while something else.
    const depth = Math.min(40, random(5) > 0 ? versions.length : random(versions.length + 1));
    versions.splice(depth);
    const next = depth > 0 && random(20) > 0 ? [...versions[depth - 1]!] : some(600);
    for (let edits = random(5); edits > 0; edits -= 1) {
      const isLarge = random(12) === 0;
      const at = random(next.length + 1);
      next.splice(at, random(isLarge ? 300 : 4), ...some(isLarge ? 300 : 4));
    }
    versions.push(next);
    const kind = random(40) === 0 ? 1 : 0;
    const text = next.join("");
    const before = new Set(chain.known);
    const listed = new Set(chain.add(depth, text, kind));
    for (const [from, to] of cut(alone, text, kind)) {
      all += 1;
      if (listed.delete(`${from}-${to}`)) continue;
      passed += 1;
      expect(before.has(meant(text, kind, from, to)), `seed ${seed}, text ${count}, ${from}`).toBe(true);
    }
    expect([...listed], `seed ${seed}, text ${count}`).toEqual([]);
  }
  expect(passed).toBeGreaterThan(all / 10);
});

/** The numbers of the stretches that are known after `look`, of three: [1000, 2000), [2000, 3000), [5000, 6000). */
function knownAfter(look: (stretches: Stretches) => void, length = 10_000): number[] {
  const known: number[] = [];
  const prefilter: Pick<Prefilter, "cut" | "know"> = {
    cut(_bytes, _from, _to, _kind, places) {
      places.push(1000, 2000, 2000, 3000, 5000, 6000);
      return null;
    },
    know: (number) => known.push(number),
  };
  const stretches = new Stretches(prefilter as Prefilter);
  stretches.take(new Uint8Array(length), 0, length, 0, null);
  expect([...stretches.ranges()]).toEqual([
    [1000, 3000],
    [5000, 6000],
  ]);
  look(stretches);
  stretches.know();
  return known;
}

test("stretches of which nothing comes are known", () => {
  expect(knownAfter(() => {})).toEqual([0, 1, 2]);
});

test("a stretch that something may come of is not known, in whatever order it is told", () => {
  expect(knownAfter((stretches) => stretches.spoil(1999))).toEqual([1, 2]);
  const outOfOrder = (stretches: Stretches) => {
    for (const offset of [5999, 1000, 4000, 999, 6000]) stretches.spoil(offset);
  };
  expect(knownAfter(outOfOrder)).toEqual([1]);
});

test("a stretch is not known when what was looked at lies further from it than it is known by", () => {
  const note = (from: number, to: number) => knownAfter((stretches) => stretches.note(2500, from, to));
  expect(note(2000 - BEFORE, 3000 + BEHIND)).toEqual([0, 1, 2]);
  expect(note(2000 - BEFORE - 1, 3000)).toEqual([0, 2]);
  expect(note(2000, 3000 + BEHIND + 1)).toEqual([0, 2]);
});

test("behind the ends of a text there is nothing to be known by", () => {
  expect(knownAfter((stretches) => stretches.note(5500, 5400, 9000), 6100)).toEqual([0, 1, 2]);
});
