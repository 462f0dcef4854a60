// Measures how likely one character follows another in names, words and paths, for
// src/engine/likeness-table.ts. Usage: node scripts/train-likeness.mjs TREE… > src/engine/likeness-table.ts
//
// Only counts leave this script: tokens of 6 and more characters in source and prose files, each
// distinct token once per tree, without lock files, minified code and anything that is hexadecimal
// or holds three digits, so that the table does not learn from hashes.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const SYMBOLS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0_-./ ";
const WIDTH = SYMBOLS.length;
const indexOf = (char) => {
  if (char >= "0" && char <= "9") return SYMBOLS.indexOf("0");
  const at = SYMBOLS.indexOf(char);
  return at < 0 ? WIDTH - 1 : at;
};

const counts = Array.from({ length: WIDTH }, () => new Float64Array(WIDTH).fill(0.5));

function learn(token) {
  let before = WIDTH - 1;
  for (const char of token) {
    const now = indexOf(char);
    counts[before][now] += 1;
    before = now;
  }
  counts[before][WIDTH - 1] += 1;
}

function walk(dir, tokens) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) walk(path, tokens);
    else if (
      entry.isFile() &&
      statSync(path).size < 1 << 20 &&
      !/(?:lock|\.min\.|\.svg$|\.map$|\.pem$)/.test(entry.name)
    ) {
      const text = readFileSync(path, "latin1");
      if (text.includes("\0")) continue;
      for (const [token] of text.matchAll(/[A-Za-z][A-Za-z0-9_./-]{5,60}/g)) {
        if (!/^[0-9a-fA-F]+$/.test(token) && (token.match(/\d/g) ?? []).length < 3) tokens.add(token);
      }
    }
  }
}

for (const tree of process.argv.slice(2)) {
  const tokens = new Set();
  walk(tree, tokens);
  for (const token of tokens) learn(token);
}

const CODE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const rows = counts.map((row) => {
  const total = row.reduce((sum, count) => sum + count, 0);
  return Array.from(row, (count) => CODE[Math.min(63, Math.round(-Math.log2(count / total) * 4))]).join("");
});
console.log(`/**
 * -4 * log2 P(next | previous), rounded, in the digits A-Z a-z 0-9 + / (0 to 63); one row for each
 * previous symbol, one column for each next symbol, both in the order of SYMBOLS. A digit is any
 * digit, a space is any other character or the edge of the token.
 * Made by scripts/train-likeness.mjs from the source trees of six public projects.
 */
export const SYMBOLS = ${JSON.stringify(SYMBOLS)};
export const COSTS = [
${rows.map((row) => `  ${JSON.stringify(row)},`).join("\n")}
].join("");`);
