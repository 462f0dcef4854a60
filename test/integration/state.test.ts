import { spawn } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import * as v from "valibot";
import { expect, test } from "vitest";
import { replaceFile } from "../../src/state/replace-file.ts";
import { StateFile } from "../../src/state/state-file.ts";
import { tempDir } from "../support/temp-repo.ts";

const SCHEMA = v.strictObject({ count: v.number() });
/** A process that has ended. */
const DEAD = 4_194_000;

test("a state is there as a whole, for its owner alone, and told when it is none", () => {
  const path = join(tempDir(), "deep/state.json");
  const file = new StateFile(path, SCHEMA, "plan");
  expect(file.read()).toBeNull();
  file.write({ count: 1 });
  expect(file.read()).toEqual({ count: 1 });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  writeFileSync(path, '{"count":"many"}');
  expect(() => file.read()).toThrow(/state\.json' is no plan of this version: count/);
  writeFileSync(path, "{");
  expect(() => file.read()).toThrow(/cannot be read/);
});

test("what a run that was killed has left half written is removed", () => {
  const path = join(tempDir(), "file");
  writeFileSync(`${path}.tmp-${DEAD}`, "half");
  writeFileSync(`${path}.tmp-${process.ppid}`, "somebody writes");
  replaceFile(path, "whole");
  expect(readFileSync(path, "utf8")).toBe("whole");
  expect(existsSync(`${path}.tmp-${DEAD}`)).toBe(false);
  expect(existsSync(`${path}.tmp-${process.ppid}`)).toBe(true);
});

test("a folder that cannot be written to is told", () => {
  const dir = tempDir();
  writeFileSync(join(dir, "file"), "");
  chmodSync(dir, 0o700);
  expect(() => replaceFile(join(dir, "file/state.json"), "x")).toThrow(/cannot be written/);
});

const CONTENDER = `
  import { appendFileSync } from "node:fs";
  import { StateFile } from "./state-file.ts";
  const [path, log] = process.argv.slice(2);
  for (let i = 0; i < 20; i += 1) {
    await new StateFile(path, null, "plan")
      .hold(async () => {
        appendFileSync(log, "in\\n");
        await new Promise((resolve) => setTimeout(resolve, 2));
        appendFileSync(log, "out\\n");
      })
      .catch((error) => {
        if (!/is at it already/.test(error.message)) throw error;
      });
  }
`;

test("one process at a time holds it, and a lock of one that is dead is taken over once", async () => {
  const dir = tempDir();
  const path = join(dir, "state.json");
  const log = join(dir, "log");
  writeFileSync(log, "");
  writeFileSync(`${path}.lock`, String(DEAD));
  const script = join(dir, "contend.mjs");
  buildSync({
    stdin: { contents: CONTENDER, resolveDir: new URL("../../src/state", import.meta.url).pathname },
    bundle: true,
    format: "esm",
    platform: "node",
    outfile: script,
  });
  const run = () =>
    new Promise<{ code: number | null; said: string }>((resolve) => {
      const child = spawn(process.execPath, [script, path, log]);
      let said = "";
      child.stderr.on("data", (chunk) => {
        said += chunk;
      });
      child.on("close", (code) => resolve({ code, said }));
    });
  const ended = await Promise.all(Array.from({ length: 6 }, run));
  expect(ended.map(({ code, said }) => (code === 0 ? "" : said))).toEqual(ended.map(() => ""));
  const lines = readFileSync(log, "utf8").trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(2);
  expect(lines).toEqual(lines.map((_, i) => (i % 2 === 0 ? "in" : "out")));
  expect(readdirSync(dir).filter((name) => name.includes(".lock"))).toEqual([]);
});
