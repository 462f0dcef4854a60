// Preloaded into programs under test: of four cores, where the n-th thread cannot be started; says at the end how many of
// the others were ended. LEAKWARDEN_TEST_THREADS=2
const { EventEmitter } = require("node:events");
const { writeSync } = require("node:fs");
const threads = require("node:worker_threads");

let made = 0;
let ended = 0;
require("node:os").availableParallelism = () => 4;
threads.Worker = class extends EventEmitter {
  constructor() {
    super();
    made += 1;
    if (made === Number(process.env.LEAKWARDEN_TEST_THREADS)) throw new Error("no thread is left");
  }
  postMessage() {}
  unref() {}
  terminate() {
    ended += 1;
  }
};
process.on("exit", () => writeSync(2, `${ended} ended\n`));
