// Preloaded into programs under test: ends them, as a power cut would, before or after the n-th file is put in place or
// removed. LEAKWARDEN_TEST_DIE_AT=3:before
const fs = require("node:fs");

const [at, when] = process.env.LEAKWARDEN_TEST_DIE_AT.split(":");
let count = 0;
for (const name of ["renameSync", "rmSync"]) {
  const original = fs[name];
  fs[name] = (...args) => {
    count += 1;
    const now = count === Number(at);
    if (now && when === "before") process.kill(process.pid, "SIGKILL");
    const result = original(...args);
    if (now) process.kill(process.pid, "SIGKILL");
    return result;
  };
}
