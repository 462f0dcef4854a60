import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { TempRepo } from "../support/temp-repo.ts";
import { awsPair, token } from "../support/tokens.ts";

const schema = JSON.parse(readFileSync(new URL("../../schema/report.json", import.meta.url), "utf8"));
const validate = new Ajv2020({ strict: false }).compile(schema);

function repoWith() {
  const repo = new TempRepo();
  const pair = awsPair();
  repo
    .write("a.txt", `${pair.lines}x ${token("ghp_{github}")} # leakwarden:allow github-token -- test\n`)
    .commit();
  return { repo, pair };
}

test("the JSON report is what the schema says, in every mode", () => {
  const { repo } = repoWith();
  repo.write("b.txt", awsPair().lines);
  repo.git("add", "--all");
  for (const mode of ["history", "files", "staged"]) {
    const { report } = repo.scan(mode);
    validate(report);
    expect(validate.errors).toBeNull();
    expect(report.findings.length).toBeGreaterThan(0);
  }
});

test("halves name each other", () => {
  const { repo } = repoWith();
  const [a, b] = repo.scan("history").report.findings;
  expect(a!.pairedWith).toBe(b!.fingerprint);
  expect(b!.pairedWith).toBe(a!.fingerprint);
  expect([a!.severity, b!.severity]).toEqual(["critical", "critical"]);
});

test("JSON lines: findings, then one summary", () => {
  const { repo } = repoWith();
  const lines = repo
    .cli("history", "--format", "jsonl")
    .stdout.trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map((line) => line.type)).toEqual(["finding", "finding", "summary"]);
  expect(lines.at(-1).suppressed).toHaveLength(1);
});

test("a fingerprint survives moves and renames, and is this repository's own", () => {
  const { repo, pair } = repoWith();
  const prints = (other: TempRepo) =>
    other
      .scan("history")
      .report.findings.map((finding) => finding.fingerprint)
      .sort();
  const before = prints(repo);
  repo
    .write("a.txt", "moved\n")
    .write("sub/b.txt", `\n\n  ${pair.lines.replaceAll("\n", "\r\n")}`)
    .commit();
  expect(prints(repo)).toEqual(before);
  const other = new TempRepo();
  other.write("other.txt", "another root\n").commit();
  other.write("a.txt", pair.lines).commit();
  expect(prints(other)).not.toEqual(before);
});

test("the human report says what, where, why, what to do, and how to allow it", () => {
  const { repo, pair } = repoWith();
  const { stdout, code } = repo.cli("history");
  expect(code).toBe(1);
  for (const words of [
    "CRITICAL AWS access key ID with its AWS secret access key",
    "a.txt:1:21",
    "why:",
    "now:",
    "leakwarden:allow aws-access-key-id",
    "1 allowed",
  ]) {
    expect(stdout).toContain(words);
  }
  expect(stdout).not.toContain(pair.secret);
  expect(stdout).not.toContain("\x1b[");
});
