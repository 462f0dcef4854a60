/**
 * Occurrences of each byte in 100,000 bytes of source text of six projects in five languages, both
 * cases of a letter together: those of CHARS, in its order. It only chooses where a literal is looked for: a poor figure costs
 * time, never a hit.
 */
const CHARS = " etrsanio\ncldu\tpfm,h.)(g\"_b=y/:*vw-;k{}x012qj'[]>z4\\365&`#<8$7+9!%|@?";
const PER_100K = [
  17224, 7523, 5582, 4651, 4523, 4405, 4055, 3797, 3696, 2960, 2915, 2818, 2233, 2097, 2053, 1729, 1660, 1649,
  1521, 1316, 1282, 1212, 1208, 1197, 1114, 1066, 1028, 803, 730, 695, 678, 677, 669, 591, 585, 570, 561, 544,
  544, 514, 493, 422, 312, 298, 287, 286, 224, 223, 220, 215, 190, 190, 189, 164, 150, 147, 136, 136, 127,
  119, 117, 116, 110, 108, 102, 85, 68, 36, 21,
];

/** Of a letter's occurrences, the part that is upper case. */
const UPPER = 0.1;

const FOLDED = Float64Array.from({ length: 256 }, (_, byte) => {
  return (PER_100K[CHARS.indexOf(String.fromCharCode(byte).toLowerCase())] ?? 10) / 100_000;
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
