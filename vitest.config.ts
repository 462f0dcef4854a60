import { defineConfig } from "vitest/config";
import { builtinRulesJson } from "./scripts/builtin-rules.mjs";
import { wasmAsModule } from "./scripts/rule-files.mjs";

const rules = await builtinRulesJson();
const plugins = [
  {
    name: "builtin-rules",
    resolveId: (id: string) => (id === "virtual:builtin-rules" ? `\0${id}` : undefined),
    load: (id: string) =>
      id === "\0virtual:builtin-rules" ? `export default ${JSON.stringify(rules)};` : undefined,
  },
  {
    name: "wasm",
    enforce: "pre" as const,
    load: (id: string) => (id.endsWith(".wasm") ? wasmAsModule(id) : undefined),
  },
];

/** Milliseconds. Only what hangs is ended: how fast the machine is must not decide about a test. */
const HUNG = 600_000;

const project = (name: string) => ({
  plugins,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: HUNG,
    hookTimeout: HUNG,
    env: { NO_COLOR: "1" },
  },
});

export default defineConfig({
  plugins,
  test: {
    projects: [project("unit"), project("property"), project("integration"), project("e2e")],
  },
});
