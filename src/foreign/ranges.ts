/** Code points from the first to the second, both included. */
export type Range = readonly [number, number];

export const LAST = 0x10ffff;
export const DIGIT: readonly Range[] = [[0x30, 0x39]];
export const WORD: readonly Range[] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
export const SPACE: readonly Range[] = [
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
];
export const POSIX: Readonly<Record<string, readonly Range[]>> = {
  alnum: [...DIGIT, [0x41, 0x5a], [0x61, 0x7a]],
  alpha: [
    [0x41, 0x5a],
    [0x61, 0x7a],
  ],
  ascii: [[0, 0x7f]],
  blank: [
    [0x09, 0x09],
    [0x20, 0x20],
  ],
  cntrl: [
    [0, 0x1f],
    [0x7f, 0x7f],
  ],
  digit: DIGIT,
  graph: [[0x21, 0x7e]],
  lower: [[0x61, 0x7a]],
  print: [[0x20, 0x7e]],
  punct: [
    [0x21, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
  ],
  space: [
    [0x09, 0x0d],
    [0x20, 0x20],
  ],
  upper: [[0x41, 0x5a]],
  word: WORD,
  xdigit: [...DIGIT, [0x41, 0x46], [0x61, 0x66]],
};
/** Ranges of more code points beyond ASCII are not folded: none is written by hand. */
const MOST_FOLDED = 2048;

/** Sorted, what touches joined. */
function merged(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last !== undefined && low <= last[1] + 1)
      result[result.length - 1] = [last[0], Math.max(last[1], high)];
    else result.push([low, high]);
  }
  return result;
}

export function negated(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  let from = 0;
  for (const [low, high] of merged(ranges)) {
    if (low > from) result.push([from, low - 1]);
    from = high + 1;
  }
  if (from <= LAST) result.push([from, LAST]);
  return result;
}

/** With the other case, of each letter when `i`. The two letters beyond ASCII that RE2 takes for `k` and `s` are left out. */
export function fold(ranges: readonly Range[], i: boolean): Range[] {
  if (!i) return merged(ranges);
  const more: Range[] = [];
  for (const [low, high] of ranges) {
    if (high - low > MOST_FOLDED && low >= 0x80) continue;
    for (let code = low; code <= Math.min(high, low + MOST_FOLDED); code += 1) {
      const char = String.fromCodePoint(code);
      for (const other of [char.toLowerCase(), char.toUpperCase()]) {
        const folded = other.codePointAt(0)!;
        if ([...other].length === 1 && code < 0x80 === folded < 0x80) more.push([folded, folded]);
      }
    }
  }
  return merged([...ranges, ...more]);
}

const unicodeClasses = new Map<string, readonly Range[]>();

/** A general category or a script; null when there is none of the name. */
export function unicodeClass(name: string): readonly Range[] | null {
  if (name === "Any") return [[0, LAST]];
  const known = unicodeClasses.get(name);
  if (known !== undefined) return known;
  let pattern: RegExp;
  try {
    pattern = new RegExp(`^(?:\\p{${name.length <= 2 ? "gc" : "sc"}=${name}})$`, "u");
  } catch {
    return null;
  }
  const ranges: [number, number][] = [];
  for (let code = 0; code <= LAST; code += 1) {
    if ((code >= 0xd800 && code <= 0xdfff) || !pattern.test(String.fromCodePoint(code))) continue;
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === code - 1) last[1] = code;
    else ranges.push([code, code]);
  }
  unicodeClasses.set(name, ranges);
  return ranges;
}
