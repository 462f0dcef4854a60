import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadBuiltinRuleFiles } from "../../scripts/rule-files.mjs";
import { Engine } from "../../src/engine/engine.ts";
import { ContentScanner } from "../../src/engine/scanner.ts";
import { gateFiles } from "../../src/hooks/gate-patterns.ts";
import { assemblePack, loadRuleFile } from "../../src/rules/load.ts";
import { expandTemplate, SURROUNDINGS, seededRandom } from "../../src/rules/samples.ts";

const files = loadBuiltinRuleFiles(loadRuleFile);
const pack = assemblePack(files);
const scanner = new ContentScanner(new Engine(pack));
const seed = Date.now() % 1_000_000_000;
const random = seededRandom(seed);

/** How far `gate.sh` has git show what is around a change. */
const CONTEXT = 10;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "leakwarden-gate-"));
  for (const [name, text] of Object.entries(gateFiles(pack))) writeFileSync(join(dir, name), text);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What a real program makes of lines. */
function through(lines: readonly string[], program: string, ...args: string[]): string[] {
  const ran = spawnSync(program, args, {
    input: Buffer.from(lines.map((line) => `${line}\n`).join(""), "latin1"),
    env: { ...process.env, LC_ALL: "C" },
    cwd: dir,
    maxBuffer: 1 << 30,
  });
  expect([0, 1]).toContain(ran.status);
  return ran.stdout.toString("latin1").split("\n").slice(0, -1);
}

const numberOf = (line: string) => Number.parseInt(line, 10);
const SEARCH = ["-a", "-n", "-F", "-f", "words"];

/** The numbers, from 0, of the lines that open the gate, as `gate.sh` has it, when each stands behind `sign`. */
function opening(lines: readonly string[], sign: ">" | "=" | "+++ b/"): Set<number> {
  // Each line keeps its number: what is dropped is left empty.
  const script = join(dir, "lines-numbered");
  writeFileSync(script, gateFiles(pack).lines.replaceAll("/d\n", "/s/.*//\n"));
  const marked = through(
    lines.map((line) => sign + line.replaceAll("\0", "\x01")),
    "sed",
    "-f",
    script,
  );
  expect(marked).toHaveLength(lines.length);
  const found = new Set<number>();
  for (const written of [
    marked,
    marked.map((line) => line.replace(/[A-Z]/g, (letter) => letter.toLowerCase())),
  ])
    for (const line of through(written, "grep", ...SEARCH)) found.add(numberOf(line) - 1);
  const runs = through(marked, "grep", "-a", "-n", "-o", "-E", "[A-Za-z0-9_-]{16,}");
  const marks = through(
    runs.map((line) => line.slice(line.indexOf(":") + 1)),
    "sed",
    "-n",
    "-f",
    "runs",
  );
  // The first mark of each run is in front of it.
  let run = -1;
  const runOf = marks.map((mark) => (mark.startsWith("\x05") ? ++run : run));
  expect(run).toBe(runs.length - 1);
  for (const line of through(marks, "grep", ...SEARCH))
    found.add(numberOf(runs[runOf[numberOf(line) - 1]!]!) - 1);
  return found;
}

interface Case {
  readonly name: string;
  readonly text: string;
}

/** The cases in which something is reported for a change of one line, and the gate stays shut. */
function missed(cases: readonly Case[]): string[] {
  const all = cases.flatMap(({ text }) => text.split("\n"));
  const added = opening(all, ">");
  const near = opening(all, "=");
  const shut: string[] = [];
  let first = 0;
  for (const { name, text } of cases) {
    const count = text.split("\n").length;
    for (const found of scanner.scan(Buffer.from(text, "latin1"))) {
      for (const [from, to] of found.lines) {
        for (let line = from - 1; line < to; line += 1) {
          if (added.has(first + line)) continue;
          let open = false;
          for (
            let other = Math.max(0, line - CONTEXT);
            other <= Math.min(count - 1, line + CONTEXT);
            other += 1
          )
            open ||= near.has(first + other);
          if (!open) shut.push(`${found.ruleId} in ${name}, line ${line + 1}: ${text.split("\n")[line]}`);
        }
      }
    }
    first += count;
  }
  return shut;
}

/** Fresh tokens of every sample of every rule. */
function samples(): Case[] {
  return files.flatMap(({ source }) =>
    source.rule.flatMap((rule) =>
      rule.samples.flatMap((template) =>
        SURROUNDINGS.flatMap(({ name, wrap }) => {
          const sample = expandTemplate(template, random);
          const placed = sample.placed || sample.text.includes("\n");
          if (placed && name !== "bare" && name !== "line") return [];
          return [
            {
              name: `${rule.id}, ${name}`,
              text: placed && name === "bare" ? sample.text : wrap(sample.text),
            },
          ];
        }),
      ),
    ),
  );
}

const escaped = (text: string, write: (code: number) => string) =>
  [...text].map((char) => (/[\n\t a-zA-Z0-9]/.test(char) ? char : write(char.charCodeAt(0)))).join("");
const hex = (code: number, digits: number) => code.toString(16).padStart(digits, "0");

describe("what is reported when one line of it is added opens the gate", () => {
  test("every sample of every rule, in every surrounding", () => {
    const cases = samples();
    expect(cases.length).toBeGreaterThan(5000);
    expect(missed(cases), `seed ${seed}`).toEqual([]);
  });

  test.each([
    ["base64", (text: string) => `data: ${Buffer.from(text).toString("base64")}`],
    [
      "wrapped base64",
      (text: string) =>
        Buffer.from(`${text}\n# ${"nothing more in here. ".repeat(9)}`)
          .toString("base64")
          .replace(/.{76}/g, "$&\n"),
    ],
    ["hex", (text: string) => `data = "${Buffer.from(text).toString("hex")}"`],
    ["percent", (text: string) => escaped(text, (code) => `%${hex(code, 2)}`)],
    ["\\x", (text: string) => escaped(text, (code) => `\\x${hex(code, 2)}`)],
    ["\\u", (text: string) => escaped(text, (code) => `\\u${hex(code, 4)}`)],
    ["entities", (text: string) => escaped(text, (code) => `&#x${hex(code, 2)};`)],
    ["decimal entities", (text: string) => escaped(text, (code) => `&#${code};`)],
    ["joined pieces", (text: string) => text.replace(/([A-Za-z0-9]{12})([A-Za-z0-9]{8})/, `$1" + "$2`)],
    [
      "base64 of base64",
      (text: string) => Buffer.from(Buffer.from(text).toString("base64")).toString("base64"),
    ],
    ["UTF-16", (text: string) => Buffer.from(`\ufeff${text}`, "utf16le").toString("latin1")],
  ])(
    "samples in %s",
    (writing, write) => {
      const cases = samples()
        .filter((_, index) => index % 5 === 0)
        .map(({ name, text }) => ({ name: `${name}, ${writing}`, text: write(text) }));
      expect(missed(cases), `seed ${seed}`).toEqual([]);
    },
    120_000,
  );

  test("a file of a telling name, whatever is changed in it", () => {
    const names = pack.files.length;
    const paths = files.flatMap(({ source }) =>
      source.file.flatMap(({ samples }) => samples.map((sample) => sample.split("\n")[0]!)),
    );
    expect(paths.length).toBeGreaterThanOrEqual(names);
    expect(opening(paths, "+++ b/").size).toBe(paths.length);
  });
});
