import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../support/temp-repo.ts";

const project = new URL("../..", import.meta.url).pathname;

test("the package holds the command, the library with its types, and the schema, and the library's types are right", () => {
  const dir = tempDir();
  const run = (command: string, args: readonly string[], cwd: string) => {
    const ran = spawnSync(command, args, { cwd, encoding: "utf8" });
    expect(`${ran.stdout}${ran.status === 0 ? "" : ran.stderr}`, command).toBe(
      ran.status === 0 ? ran.stdout : "",
    );
    return ran.stdout;
  };
  run("npx", ["tsc", "-p", "tsconfig.build.json"], project);
  const packed = JSON.parse(
    run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", dir], project),
  ) as { filename: string; files: { path: string }[] }[];
  const paths = packed[0]!.files.map(({ path }) => path);
  for (const path of [
    "dist/leakwarden.cjs",
    "dist/staged.cjs",
    "dist/commands.cjs",
    "dist/rules.json",
    "dist/scan-worker.cjs",
    "dist/index.js",
  ]) {
    expect(paths).toContain(path);
  }
  expect(paths).toContain("dist/types/index.d.ts");
  expect(paths).toContain("schema/report.json");
  expect(paths.filter((path) => /^(?:src|test|rules|scripts)\//.test(path))).toEqual([]);

  mkdirSync(join(dir, "node_modules"));
  run("tar", ["-xzf", join(dir, packed[0]!.filename), "-C", dir], dir);
  symlinkSync(join(dir, "package"), join(dir, "node_modules/leakwarden"));
  symlinkSync(join(project, "node_modules"), join(dir, "package/node_modules"));
  writeFileSync(join(dir, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(
    join(dir, "use.ts"),
    `import { scanText, scanHistory } from "leakwarden";
const rules: string[] = scanText("text").map(({ ruleId }) => ruleId);
for await (const finding of scanHistory(".")) rules.push(finding.ruleId, finding.place.path);
`,
  );
  const flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--skipLibCheck"];
  run(
    join(project, "node_modules/.bin/tsc"),
    [...flags, "--types", "node", "--typeRoots", join(project, "node_modules/@types"), "use.ts"],
    dir,
  );
});
