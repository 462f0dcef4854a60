import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const root = new URL("../../src", import.meta.url).pathname;

/** What each folder may import; `text` and `errors` are open to everybody. */
const ALLOWED: Record<string, readonly string[]> = {
  bin: ["cache", "cli", "version.ts"],
  aws: ["engine", "policy", "state"],
  state: [],
  "index.ts": ["app", "config", "engine", "git", "policy", "rules", "sources", "version.ts"],
  "errors.ts": [],
  "version.ts": [],
  text: [],
  kernel: [],
  rules: ["engine", "kernel"],
  engine: ["kernel", "rules"],
  git: [],
  ci: [],
  policy: ["rules", "engine"],
  config: ["engine", "foreign", "policy", "rules"],
  foreign: ["kernel", "policy", "rules"],
  sources: ["git", "policy"],
  cache: [],
  app: ["cache", "version.ts", "config", "engine", "git", "kernel", "policy", "rules", "sources"],
  report: ["policy", "rules"],
  hooks: ["engine", "git", "kernel", "rules", "version.ts"],
  cli: [
    "app",
    "aws",
    "cache",
    "ci",
    "config",
    "engine",
    "foreign",
    "git",
    "hooks",
    "policy",
    "report",
    "rules",
    "sources",
    "state",
    "version.ts",
  ],
};

function sources(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? sources(path) : entry.name.endsWith(".ts") ? [path] : [];
  });
}

const room = (path: string) => relative(root, path).split("/")[0]!;

test("imports point one way", () => {
  const wrong = sources(root).flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)]
      .map(([, target]) => resolve(dirname(file), target!))
      .filter((target) => room(target) !== room(file) && !["text", "errors.ts"].includes(room(target)))
      .filter((target) => !ALLOWED[room(file)]?.includes(room(target)))
      .map((target) => `${relative(root, file)} -> ${relative(root, target)}`),
  );
  expect(wrong).toEqual([]);
});

test("kernel, engine, policy and report do no input or output", () => {
  const impure = sources(root)
    .filter((file) => ["kernel", "engine", "policy", "report"].includes(room(file)))
    .filter((file) =>
      /"node:(?:fs|child_process|net|http|worker_threads|os)"|\bprocess\.|console\./.test(
        readFileSync(file, "utf8"),
      ),
    );
  expect(impure).toEqual([]);
});

test("no source file is longer than 400 lines", () => {
  expect(sources(root).filter((file) => readFileSync(file, "utf8").split("\n").length > 400)).toEqual([]);
});
