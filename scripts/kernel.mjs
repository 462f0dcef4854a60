// Compiles src/kernel/assembly to src/kernel/simd.wasm. The module is committed, so that an install
// compiles nothing; test/unit/kernel-module.test.ts compiles it again and compares.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));

/** @returns {Promise<Uint8Array>} the module's bytes */
export async function compileKernel() {
  let binary;
  const { error, stderr } = await asc.main(
    [
      `${root}src/kernel/assembly/index.ts`,
      ...["--outFile", "simd.wasm", "--runtime", "stub", "--enable", "simd", "--importMemory"],
      ...["-O3", "--converge", "--noAssert"],
    ],
    {
      writeFile(name, contents) {
        if (name.endsWith(".wasm")) binary = contents;
      },
    },
  );
  if (error !== null || binary === undefined) throw new Error(`the kernel does not compile: ${stderr}`);
  return binary;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(`${root}src/kernel/simd.wasm`, await compileKernel());
}
