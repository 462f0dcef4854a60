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

const project = (name: string, testTimeout: number) => ({
  plugins,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: testTimeout,
    env: { NO_COLOR: "1" },
  },
});

export default defineConfig({
  plugins,
  test: {
    projects: [
      project("unit", 10_000),
      project("property", 60_000),
      project("integration", 60_000),
      project("e2e", 120_000),
    ],
  },
});
