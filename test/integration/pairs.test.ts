import { expect, test } from "vitest";
import { TempRepo } from "../support/temp-repo.ts";
import { awsPair } from "../support/tokens.ts";

const id = (pair: ReturnType<typeof awsPair>) => `id: ${pair.id}\n`;
const secret = (pair: ReturnType<typeof awsPair>) => `aws_secret_access_key = ${pair.secret}\n`;

test("halves in two files of one commit are a pair, graded as a guess", () => {
  const repo = new TempRepo();
  const pair = awsPair();
  repo.write("readme.md", "text\n").commit("first");
  repo.write("a/id.txt", id(pair)).write("b/secret.txt", `one\n${secret(pair)}`);
  repo.git("add", ".");
  const staged = repo.scan("staged").report.findings;
  repo.commit("both");
  for (const findings of [staged, repo.scan("history").report.findings]) {
    expect(findings).toMatchObject([
      { ruleId: "aws-access-key-id", severity: "critical", path: "a/id.txt" },
      { ruleId: "aws-secret-access-key", severity: "critical", path: "b/secret.txt" },
    ]);
    expect(findings[0]!.evidence).toContain(
      "its other half may be the AWS secret access key in b/secret.txt:2",
    );
    expect(findings[0]!.pairedWith).toBe(findings[1]!.fingerprint);
    expect(findings[1]!.pairedWith).toBe(findings[0]!.fingerprint);
  }
  const { stdout } = repo.cli("history");
  expect(stdout.match(/^CRITICAL/gm)).toHaveLength(1);
  expect(stdout).toContain("  b/secret.txt:2:25\n");
});

test("halves of different commits, and halves that could belong to several, are none", () => {
  const apart = new TempRepo();
  const one = awsPair();
  apart.write("id.txt", id(one)).commit("the ID");
  apart.write("other/secret.txt", secret(one)).commit("the secret");
  expect(apart.scan("history").report.findings.map(({ pairedWith }) => pairedWith)).toEqual([null, null]);

  const many = new TempRepo();
  const two = awsPair();
  many.write("a.txt", id(one)).write("b.txt", id(two)).write("c.txt", secret(one)).commit("three files");
  expect(many.scan("history").report.findings.every(({ pairedWith }) => pairedWith === null)).toBe(true);
});

test("where a commit brings in several, a folder may tell them apart; on disk only the folder does", () => {
  const repo = new TempRepo();
  const pairs = { one: awsPair(), two: awsPair() };
  for (const [folder, pair] of Object.entries(pairs)) {
    repo.write(`${folder}/id.txt`, id(pair)).write(`${folder}/secret.txt`, secret(pair));
  }
  repo.commit("both");
  for (const mode of ["history", "files"]) {
    const { findings } = repo.scan(mode).report;
    expect(findings).toHaveLength(4);
    for (const finding of findings) {
      const other = findings.find(({ fingerprint }) => fingerprint === finding.pairedWith)!;
      expect(other.path.split("/")[0]).toBe(finding.path.split("/")[0]);
    }
  }
});
