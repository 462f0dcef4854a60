// node scripts/train-frequency.mjs FOLDER… prints the table of src/kernel/frequency.ts, from source trees.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const SYMBOLS = "abcdefghijklmnopqrstuvwxyz0_- .:/=\"'(,;$@&%+|~[{}])<>*#!?\\`\n";
const OTHER = SYMBOLS.length;
const SIZE = OTHER + 1;
const symbolOf = new Uint8Array(256).fill(OTHER);
for (let i = 0; i < SYMBOLS.length; i += 1) {
  symbolOf[SYMBOLS.charCodeAt(i)] = i;
  symbolOf[SYMBOLS[i].toUpperCase().charCodeAt(0)] = i;
}
for (const digit of "123456789") symbolOf[digit.charCodeAt(0)] = SYMBOLS.indexOf("0");

const counts = new Float64Array(SIZE * SIZE);
function read(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== ".git") read(path);
    if (!entry.isFile()) continue;
    const bytes = readFileSync(path);
    if (bytes.includes(0)) continue;
    for (let i = 1; i < bytes.length; i += 1) counts[symbolOf[bytes[i - 1]] * SIZE + symbolOf[bytes[i]]] += 1;
  }
}
for (const folder of process.argv.slice(2)) read(folder);

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const total = counts.reduce((sum, count) => sum + count, 0);
for (let row = 0; row < SIZE; row += 1) {
  const line = Array.from(counts.subarray(row * SIZE, (row + 1) * SIZE), (count) => {
    const cost = Math.round(-3 * Math.log2((count + 0.5) / total));
    return DIGITS[Math.min(63, cost)];
  });
  console.log(`  ${JSON.stringify(line.join(""))},`);
}
