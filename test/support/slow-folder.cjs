// Preloaded into programs under test: reading the folder LEAKWARDEN_TEST_SLOW takes ten seconds, and the file `asked` beside
// it says when that begins.
const { basename, dirname, join } = require("node:path");
const fs = require("node:fs");

const slow = process.env.LEAKWARDEN_TEST_SLOW;
const { readdirSync } = fs;
fs.readdirSync = (folder, ...rest) => {
  if (basename(String(folder)) === slow) {
    fs.writeFileSync(join(dirname(folder), "asked"), "");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
  }
  return readdirSync(folder, ...rest);
};
