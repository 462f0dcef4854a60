import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileKernel } from "../../scripts/kernel.mjs";

test("the compiled kernel that is shipped is what its source compiles to", async () => {
  const shipped = readFileSync(join(import.meta.dirname, "../../src/kernel/simd.wasm"));
  expect(Buffer.from(await compileKernel()).equals(shipped), "run 'node scripts/kernel.mjs'").toBe(true);
});
