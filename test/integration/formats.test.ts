import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { parse } from "csv-parse/sync";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { expect, test } from "vitest";
import { CLI, TempRepo, tempDir } from "../support/temp-repo.ts";
import { awsPair, token } from "../support/tokens.ts";

const schema = (name: string) =>
  JSON.parse(readFileSync(new URL(`../schemas/${name}.json`, import.meta.url), "utf8"));

/** Draft 4 calls an id `id`; for the rest of what SARIF's schema uses, the drafts agree. */
const { id: _id, $schema: _draft, ...sarif } = schema("sarif-2.1.0");
const ajv = new Ajv({ strict: false, validateFormats: false });
const isSarif = ajv.compile(sarif);
const isGitlab = ajv.compile(schema("gitlab-secret-detection-15.2.1"));

/** A path that tries to be more than a name. */
const HOSTILE = 'a::b,c%0A<i>"&|`x`\n=1+1.txt';

function hostileRepo() {
  const repo = new TempRepo();
  const pair = awsPair();
  const github = token("ghp_{github}");
  repo.write(HOSTILE, `${pair.lines}`).write("a.txt", `token = ${github}\n`);
  repo.commit("<script>alert(1)</script>");
  repo.write("b.txt", `again = ${github}\n`).commit();
  return { repo, secrets: [pair.id, pair.secret, github] };
}

function report(repo: TempRepo, format: string, ...args: string[]): string {
  const ran = repo.cli("history", "--format", format, ...args);
  expect(ran.code, ran.stderr).toBe(1);
  return ran.stdout;
}

test("no format holds a secret", () => {
  const { repo, secrets } = hostileRepo();
  for (const format of ["human", "json", "jsonl", "sarif", "gitlab", "github", "junit", "csv"]) {
    const text = report(repo, format);
    for (const secret of secrets) expect(text, format).not.toContain(secret);
  }
  const file = join(tempDir(), "report.sarif");
  repo.cli("history", "--format", "sarif", "--reveal", "--output", file);
  for (const secret of secrets) expect(readFileSync(file, "utf8")).not.toContain(secret);
});

test("SARIF is what its schema says, with stable fingerprints and nobody's name", () => {
  const { repo } = hostileRepo();
  const text = report(repo, "sarif");
  const log = JSON.parse(text);
  isSarif(log);
  expect(isSarif.errors).toBeNull();
  expect(text).not.toMatch(/Ada|ada@example\.org/);
  const [run] = log.runs;
  const prints = (other: string) =>
    JSON.parse(other).runs[0].results.map(
      (result: { partialFingerprints: object }) => result.partialFingerprints,
    );
  expect(prints(report(repo, "sarif"))).toEqual(prints(text));
  const hostile = run.results.find(({ ruleId }: { ruleId: string }) => ruleId === "aws-access-key-id");
  const { uri } = hostile.locations[0].physicalLocation.artifactLocation;
  expect(decodeURIComponent(uri)).toBe(HOSTILE);
  expect(uri).not.toContain("\n");
  const twice = run.results.find(({ ruleId }: { ruleId: string }) => ruleId === "github-token");
  expect(twice.relatedLocations).toHaveLength(1);
  expect(run.tool.driver.rules[twice.ruleIndex].id).toBe("github-token");
});

test("a scan without findings, and one with gaps, are valid reports too", () => {
  const repo = new TempRepo().write("a.txt", "clean\n");
  repo.commit();
  const clean = repo.cli("history", "--format", "sarif");
  expect(clean.code).toBe(0);
  expect(isSarif(JSON.parse(clean.stdout))).toBe(true);
  expect(isGitlab(JSON.parse(repo.cli("history", "--format", "gitlab").stdout))).toBe(true);
  expect(repo.cli("history", "--format", "junit").stdout).toContain('tests="1" failures="0" errors="0"');
  const clone = join(tempDir(), "clone");
  repo.commit("second");
  repo.git("clone", "--quiet", "--depth=1", `file://${repo.dir}`, clone);
  const cut = (format: string) =>
    repo.run(process.execPath, [CLI, "history", "--repo", clone, "--format", format]);
  expect(cut("sarif").code).toBe(3);
  expect(JSON.parse(cut("sarif").stdout).runs[0].invocations[0].executionSuccessful).toBe(false);
  expect(JSON.parse(cut("gitlab").stdout).scan.status).toBe("failure");
  expect(cut("junit").stdout).toContain('errors="1"');
  expect(cut("github").stdout).toMatch(/^::error title=not scanned::/m);
});

test("GitLab's report is what its schema says, and each id is another", () => {
  const { repo } = hostileRepo();
  const log = JSON.parse(report(repo, "gitlab", "--each"));
  isGitlab(log);
  expect(isGitlab.errors).toBeNull();
  const ids = log.vulnerabilities.map(({ id }: { id: string }) => id);
  expect(new Set(ids).size).toBe(4);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("GitHub's annotations and page: names stay names", () => {
  const { repo } = hostileRepo();
  const page = join(tempDir(), "summary.md");
  writeFileSync(page, "before\n");
  const ran = repo.run(process.execPath, [CLI, "history", "--format", "github"], {
    env: { GITHUB_STEP_SUMMARY: page },
  });
  expect(ran.code).toBe(1);
  const lines = ran.stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(line).toMatch(/^::error file=[^\n]*,line=\d+,[^\n]*::/);
  expect(ran.stdout).toContain('file=a%3A%3Ab%2Cc%250A<i>"&|`x`%0A=1+1.txt,line=1,');
  const summary = readFileSync(page, "utf8");
  expect(summary).toMatch(/^before\n### leakwarden: 3 found\n/);
  expect(summary).not.toContain("<i>");
  expect(summary.split("\n").filter((line) => line.startsWith("| **"))).toHaveLength(3);
});

test("JUnit's XML is well-formed, and names stay names", () => {
  const { repo } = hostileRepo();
  const text = report(repo, "junit");
  expect(XMLValidator.validate(text)).toBe(true);
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "", htmlEntities: true });
  const { testsuites } = parser.parse(text);
  expect(testsuites.failures).toBe("3");
  const cases: { file?: string; failure?: unknown }[] = testsuites.testsuite.testcase;
  expect(cases.filter(({ failure }) => failure !== undefined)).toHaveLength(3);
  expect(cases.map(({ file }) => file)).toContain(HOSTILE);
});

test("CSV is read as it was meant, and no cell is a formula", () => {
  const { repo } = hostileRepo();
  repo.write("=cmd.txt", `${awsPair().lines}`).commit();
  const rows: Record<string, string>[] = parse(report(repo, "csv"), {
    columns: true,
    record_delimiter: "\r\n",
  });
  expect(rows).toHaveLength(5);
  const paths = rows.map(({ path }) => path);
  expect(paths).toContain(HOSTILE);
  expect(paths).toContain("'=cmd.txt");
});
