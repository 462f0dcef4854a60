import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TempRepo } from "../support/temp-repo.ts";
import { awsPair, token } from "../support/tokens.ts";

function locked(): TempRepo {
  const repo = new TempRepo().write("a.txt", awsPair().lines);
  repo.write("b.txt", `t = ${token("ghp_{github}")}\n`).commit();
  expect(repo.cli("rules", "lock").code).toBe(0);
  return repo;
}

test("scans by the locked rules go on, by others they are refused", () => {
  const repo = locked();
  expect(repo.scan("history").code).toBe(1);
  repo.write(".leakwarden.toml", '[rules]\ndisable = ["github-token"]\n');
  for (const command of ["history", "staged", "files"]) {
    const refused = repo.cli(command);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("rules upgrade --dry-run");
  }
});

test("upgrade says what other rules find more and less, and a dry run writes nothing", () => {
  const repo = locked();
  const lock = () => readFileSync(join(repo.dir, ".leakwarden.lock"), "utf8");
  const before = lock();
  expect(repo.cli("rules", "upgrade", "--dry-run")).toMatchObject({ code: 0 });
  repo.write(
    ".leakwarden.toml",
    `[rules]\ndisable = ["aws-access-key-id"]\n[[rule]]\nid = "acme"\ntitle = "Acme"\nkind = "structured"\nseverity = "high"\nkeywords = ["acme_"]\npattern = '''acme_[a-z0-9]{16}'''\n`,
  );
  repo.write("c.txt", `x ${token("acme_{hex:16}")}\n`).commit();
  const dry = repo.cli("rules", "upgrade", "--dry-run");
  expect(dry.code).toBe(1);
  expect(dry.stdout).toMatch(/^\+ [0-9a-f]{24} acme c\.txt$/m);
  expect(dry.stdout).toMatch(/^- [0-9a-f]{24} aws-access-key-id a\.txt$/m);
  expect(lock()).toBe(before);
  expect(repo.cli("rules", "upgrade").code).toBe(0);
  expect(lock()).not.toBe(before);
  expect(repo.cli("history").code).toBe(1);
});

test("a lock that is none, and none at all, are named", () => {
  const repo = new TempRepo().write("a.txt", "x\n");
  repo.commit();
  expect(repo.cli("rules", "upgrade").stderr).toContain("there is no .leakwarden.lock");
  repo.write(".leakwarden.lock", "<<<<<<< ours\n");
  const refused = repo.cli("history");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(".leakwarden.lock:1:1: this is no lock");
});

test("in a range the base's lock counts", () => {
  const repo = locked();
  repo.commit("lock");
  repo.git("checkout", "--quiet", "-b", "work");
  repo.run("rm", [".leakwarden.lock"]);
  repo.write("n.txt", "clean\n").commit("no lock any more");
  const { code, report } = repo.scan("range", "main..work");
  expect(code).toBe(0);
  expect(report.warnings.join()).toContain("these commits change .leakwarden.lock");
});
