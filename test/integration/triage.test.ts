import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CLI, TempRepo } from "../support/temp-repo.ts";
import { token } from "../support/tokens.ts";

function leaky(count: number): { repo: TempRepo; secrets: string[] } {
  const repo = new TempRepo();
  const secrets = Array.from({ length: count }, () => token("ghp_{github}"));
  for (const [i, secret] of secrets.entries()) repo.write(`${i}.txt`, `t = ${secret}\n`);
  repo.commit();
  return { repo, secrets };
}

const entries = (repo: TempRepo) =>
  readFileSync(join(repo.dir, ".leakwardenignore"), "utf8")
    .split("\n")
    .filter((line) => / -- /.test(line) && !line.startsWith("#"));

/** Runs triage on a pseudo-terminal, with the answers typed into it. */
function onTerminal(repo: TempRepo, answers: string) {
  const command = `"${process.execPath}" "${CLI}" triage --no-color`;
  return repo.run("script", ["--quiet", "--return", "--command", command, "/dev/null"], { input: answers });
}

test("on a terminal: real stays, false and later are written, and no secret is shown", () => {
  const { repo, secrets } = leaky(4);
  const ran = onTerminal(repo, "r\nf\nmade up for a test\nx\nl\n\nq\n");
  expect(ran.code, ran.stdout).toBe(0);
  expect(ran.stdout).toContain("1 of 4");
  expect(ran.stdout).toContain("it stays reported");
  expect(ran.stdout).toContain("2 written to .leakwardenignore, 2 are reported as before");
  for (const secret of secrets) expect(ran.stdout).not.toContain(secret);
  expect(entries(repo).filter((line) => line.endsWith(" -- made up for a test"))).toHaveLength(1);
  expect(
    entries(repo).filter((line) => / until=\d{4}-\d\d-\d\d -- to be looked at$/.test(line)),
  ).toHaveLength(1);
  // What was decided is not asked again.
  expect(onTerminal(repo, "q\n").stdout).toContain("1 of 2");
});

test("what was decided before the terminal is closed is kept", () => {
  const { repo } = leaky(3);
  expect(onTerminal(repo, "f\nmine\n\x04").stdout).toContain("1 written to .leakwardenignore");
  expect(entries(repo)).toHaveLength(1);
});

test("verdicts from JSON", () => {
  const { repo } = leaky(3);
  const prints = repo.scan("history").report.findings.map(({ fingerprint }) => fingerprint);
  const give = (verdicts: unknown) =>
    repo.run(process.execPath, [CLI, "triage", "--verdicts", "-"], { input: JSON.stringify(verdicts) });
  const ran = give([
    { fingerprint: prints[0], verdict: "false", reason: "a test", owner: "ada" },
    { fingerprint: prints[1], verdict: "real" },
    { fingerprint: prints[2], verdict: "later", until: "2999-01-01" },
  ]);
  expect(ran.stdout).toBe("2 written to .leakwardenignore, 1 is reported as before\n");
  expect(repo.scan("history").report.findings.map(({ fingerprint }) => fingerprint)).toEqual([prints[1]]);
  const before = entries(repo);
  for (const [verdicts, words] of [
    [[{ fingerprint: "0".repeat(24), verdict: "false" }], "no secret that is open has the fingerprint"],
    [[{ fingerprint: prints[1], verdict: "maybe" }], "0.verdict"],
    [{}, "'-'"],
  ] as const) {
    const refused = give(verdicts);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(words);
  }
  expect(entries(repo)).toEqual(before);
  expect(repo.cli("triage")).toMatchObject({ code: 2 });
});
