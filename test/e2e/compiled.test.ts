import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TempRepo } from "../support/temp-repo.ts";
import { token } from "../support/tokens.ts";

test("what is kept of the compiled hook changes no answer, spoiled or cut off", () => {
  const repo = new TempRepo().write("a.txt", `t = ${token("ghp_{github}")}\n`);
  repo.git("add", "a.txt");
  const folder = join(repo.cacheHome, "leakwarden/compiled");
  const answer = () => {
    const { code, stdout } = repo.cli("staged");
    return { code, stdout: stdout.replace(/[\d.]+ s\)/, "") };
  };
  const first = answer();
  expect(first).toMatchObject({ code: 1, stdout: expect.stringContaining("a.txt:1") });
  const files = () =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files().length).toBeGreaterThan(0);
  expect(answer()).toEqual(first);
  for (const spoil of [
    (bytes: Buffer) => bytes.fill(0x41, 100, 4000),
    (bytes: Buffer) => bytes.subarray(0, 1000),
    () => Buffer.alloc(0),
  ]) {
    for (const { parentPath, name } of files()) {
      const path = join(parentPath, name);
      writeFileSync(path, spoil(readFileSync(path)));
    }
    expect(answer()).toEqual(first);
    expect(answer()).toEqual(first);
  }
});

test("a folder for what is kept that is none, or closed, changes neither the exit code nor what is said", () => {
  for (const [text, code] of [
    ["nothing", 0],
    [`t = ${token("ghp_{github}")}`, 1],
  ] as const) {
    const repo = new TempRepo().write("a.txt", `${text}\n`);
    repo.git("add", "a.txt");
    const parent = join(repo.cacheHome, "leakwarden");
    mkdirSync(parent);
    writeFileSync(join(parent, "compiled"), "");
    expect(repo.cli("staged")).toMatchObject({ code, stderr: "" });
    rmSync(join(parent, "compiled"));
    mkdirSync(join(parent, "compiled"), { mode: 0o500 });
    expect(repo.cli("staged")).toMatchObject({ code, stderr: "" });
  }
});
