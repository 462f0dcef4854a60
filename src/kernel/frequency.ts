/**
 * Occurrences of each byte in 100,000 bytes of source text of six projects in five languages, both
 * cases of a letter together. It only chooses where a literal is looked for: a poor figure costs
 * time, never a hit.
 */
const PER_100K: Readonly<Record<string, number>> = {
  " ": 17224, e: 7523, t: 5582, r: 4651, s: 4523, a: 4405, n: 4055, i: 3797, o: 3696, "\n": 2960,
  c: 2915, l: 2818, d: 2233, u: 2097, "\t": 2053, p: 1729, f: 1660, m: 1649, ",": 1521, h: 1316,
  ".": 1282, ")": 1212, "(": 1208, g: 1197, '"': 1114, _: 1066, b: 1028, "=": 803, y: 730, "/": 695,
  ":": 678, "*": 677, v: 669, w: 591, "-": 585, ";": 570, k: 561, "{": 544, "}": 544, x: 514,
  "0": 493, "1": 422, "2": 312, q: 298, j: 287, "'": 286, "[": 224, "]": 223, ">": 220, z: 215,
  "4": 190, "\\": 190, "3": 189, "6": 164, "5": 150, "&": 147, "`": 136, "#": 136, "<": 127, "8": 119,
  $: 117, "7": 116, "+": 110, "9": 108, "!": 102, "%": 85, "|": 68, "@": 36, "?": 21,
}; // biome-ignore format: a table

/** Of a letter's occurrences, the part that is upper case. */
const UPPER = 0.1;

const FOLDED = Float64Array.from({ length: 256 }, (_, byte) => {
  return (PER_100K[String.fromCharCode(byte).toLowerCase()] ?? 10) / 100_000;
});

const EXACT = FOLDED.map((share, byte) => {
  if (byte >= 0x41 && byte <= 0x5a) return share * UPPER;
  return byte >= 0x61 && byte <= 0x7a ? share * (1 - UPPER) : share;
});

/** The share of a byte in source text, whatever its case. */
export function commonness(byte: number): number {
  return FOLDED[byte]!;
}

/** The share of a byte in source text, its case as it is. */
export function exactCommonness(byte: number): number {
  return EXACT[byte]!;
}
