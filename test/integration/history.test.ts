import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TempRepo, tempDir } from "../support/temp-repo.ts";
import { token } from "../support/tokens.ts";

function repoWith(): TempRepo {
  const repo = new TempRepo();
  repo.write("a.txt", "first\n").commit("first");
  return repo;
}

test("a secret that was removed again is attributed to the commit that brought it in", () => {
  const repo = repoWith();
  const secret = token("ghp_{github}");
  const guilty = repo.write("a.txt", `one\nkey ${secret}\n`).commit("adds the key");
  repo.write("a.txt", `one\ntwo\nkey ${secret}\n`).commit("moves it");
  repo.write("a.txt", "one\n").commit("removes it");
  const { code, report } = repo.scan("history");
  expect(code).toBe(1);
  expect(report.findings).toMatchObject([
    {
      ruleId: "github-token",
      path: "a.txt",
      line: 2,
      state: "history",
      occurrenceCount: 2,
      commit: { id: guilty, author: "Ada", summary: "adds the key" },
    },
  ]);
});

test("a secret that is still in HEAD says so", () => {
  const repo = repoWith();
  repo.write("a.txt", token("ghp_{github}")).commit();
  expect(repo.scan("history").report.findings).toMatchObject([{ state: "head" }]);
});

test("content that only a merge brought is seen", () => {
  const repo = repoWith();
  repo.git("checkout", "--quiet", "-b", "side");
  repo.write("side.txt", "x\n").commit("side");
  repo.git("checkout", "--quiet", "main");
  repo.write("main.txt", "y\n").commit("main");
  repo.git("merge", "--quiet", "--no-commit", "side");
  repo.write("evil.txt", token("ghp_{github}"));
  const merge = repo.commit("merge");
  expect(repo.scan("history").report.findings).toMatchObject([{ path: "evil.txt", commit: { id: merge } }]);
});

test("other branches, tags and the stash are reached; what nothing reaches is not reported", () => {
  const repo = repoWith();
  repo.git("checkout", "--quiet", "-b", "other");
  repo.write("b.txt", token("ghp_{github}")).commit("on a branch");
  repo.git("checkout", "--quiet", "main");
  repo.write("a.txt", `first\n${token("ghp_{github}")}\n`);
  repo.git("stash");
  repo.git("checkout", "--quiet", "--detach");
  repo.write("c.txt", token("ghp_{github}")).commit("tagged");
  repo.git("tag", "-a", "v1", "-m", "v1");
  repo.git("checkout", "--quiet", "main");
  repo.run("git", ["hash-object", "-w", "--stdin"], { input: token("ghp_{github}") });
  const { report } = repo.scan("history");
  expect(report.findings.map((finding) => finding.path).sort()).toEqual(["a.txt", "b.txt", "c.txt"]);
});

test("one finding per secret, one per place with --each", () => {
  const repo = repoWith();
  const secret = token("ghp_{github}");
  repo.write("a.txt", secret).write("b.txt", `again ${secret}`).commit();
  expect(repo.scan("history").report.findings).toMatchObject([{ occurrenceCount: 2 }]);
  expect(repo.scan("history", "--each").report.findings).toHaveLength(2);
});

test("a credential file is known by its name in history", () => {
  const repo = repoWith();
  repo.write(".npmrc", `//npm.corp.net/:_authToken=${token("{uuid}")}\n`).commit();
  repo.write("pw/.pgpass", `db.corp.net:5432:app:app:${token("{password}")}\n`).commit();
  const ids = repo.scan("history").report.findings.map((finding) => finding.ruleId);
  expect(ids).toContain("file-pgpass");
  expect(ids).toContain("npm-legacy-token");
});

test("--max-commits, --since and --branch narrow", () => {
  const repo = repoWith();
  repo.write("a.txt", token("ghp_{github}")).commit("old");
  repo.write("a.txt", "clean\n").commit("new");
  expect(repo.scan("history", "--max-commits", "1").report.findings).toEqual([]);
  expect(repo.scan("history", "--max-commits", "2").report.findings).toHaveLength(1);
  expect(repo.scan("history", "--branch", "main~2").report.findings).toEqual([]);
  expect(repo.cli("history", "--branch", "nowhere")).toMatchObject({ code: 2 });
});

test("a bare repository is scanned", () => {
  const repo = repoWith();
  repo.write("a.txt", token("ghp_{github}")).commit();
  const bare = new TempRepo(tempDir(), ["clone", "--quiet", "--bare", repo.dir, "."]);
  expect(bare.scan("history").report.findings).toHaveLength(1);
});

test("a shallow clone is incomplete, an empty repository is nothing scanned", () => {
  const repo = repoWith();
  repo.write("a.txt", "second\n").commit();
  const shallow = new TempRepo(tempDir(), ["clone", "--quiet", "--depth=1", `file://${repo.dir}`, "."]);
  expect(shallow.scan("history")).toMatchObject({
    code: 3,
    report: { coverage: { gaps: [{ reason: "shallow-boundary" }] } },
  });
  expect(new TempRepo().scan("history")).toMatchObject({
    code: 3,
    report: { coverage: { gaps: [{ reason: "nothing-scanned" }] } },
  });
});

test("a corrupt object is in the ledger, and what stands behind it is scanned", () => {
  const repo = repoWith();
  for (let i = 0; i < 6; i += 1) repo.write(`f${i}.txt`, `${i} ${token("ghp_{github}")}\n`);
  repo.commit();
  const id = repo.git("rev-parse", "HEAD:f2.txt").trim();
  const object = join(repo.dir, ".git/objects", id.slice(0, 2), id.slice(2));
  repo.run("chmod", ["+w", object]);
  writeFileSync(object, "garbage");
  const { code, report } = repo.scan("history");
  expect(code).toBe(1);
  expect(report.findings).toHaveLength(5);
  expect(report.coverage.complete).toBe(false);
});

test("replace refs cannot hide a blob", () => {
  const repo = repoWith();
  repo.write("a.txt", token("ghp_{github}")).commit();
  const clean = repo.run("git", ["hash-object", "-w", "--stdin"], { input: "clean\n" }).stdout.trim();
  repo.git("replace", repo.git("rev-parse", "HEAD:a.txt").trim(), clean);
  expect(repo.scan("history").report.findings).toHaveLength(1);
});

test("what only a tag or an older stash holds is scanned", () => {
  const repo = repoWith();
  const blob = repo
    .run("git", ["hash-object", "-w", "--stdin"], { input: token("ghp_{github}") })
    .stdout.trim();
  repo.git("tag", "blob-tag", blob);
  const entries = `100644 blob ${blob}\tinside.txt\n120000 blob ${blob}\tlink\n`;
  const tree = repo.run("git", ["mktree"], { input: entries }).stdout.trim();
  repo.git("tag", "-a", "-m", "a tree", "tree-tag", tree);
  repo.git("tag", "-a", "-m", "a blob", "inner", blob);
  repo.git("tag", "-a", "-m", "a tag", "outer", "inner");
  repo.git("tag", "-d", "inner");
  repo.write("a.txt", token("ghp_{github}"));
  repo.git("stash", "--quiet");
  repo.write("a.txt", "harmless\n");
  repo.git("stash", "--quiet");
  const { report } = repo.scan("history", "--each");
  expect(report.findings.map(({ path }) => path).sort()).toEqual([
    "a.txt",
    "refs/tags/blob-tag",
    "refs/tags/outer",
    "refs/tags/tree-tag/inside.txt",
    "refs/tags/tree-tag/link",
  ]);
});

test("an older stash that cannot be read is a gap, and the others are scanned", () => {
  const repo = repoWith();
  for (const content of [token("ghp_{github}"), "harmless\n", "newest\n"]) {
    repo.write("a.txt", content);
    repo.git("stash", "--quiet");
  }
  const lost = repo.git("rev-parse", "stash@{1}").trim();
  rmSync(join(repo.dir, ".git/objects", lost.slice(0, 2), lost.slice(2)), { force: true });
  const { code, report } = repo.scan("history");
  expect(code).toBe(1);
  expect(report.findings).toHaveLength(1);
  expect(report.coverage).toMatchObject({
    complete: false,
    gaps: [{ reason: "missing-object", examples: [`${lost.slice(0, 12)} a stash`] }],
  });
});

test("every named branch is scanned, and one that is not there is said so", () => {
  const repo = repoWith();
  for (const name of ["one", "two", "three"]) {
    repo.git("switch", "--quiet", "-c", name, "main");
    repo.write(`${name}.txt`, token("ghp_{github}")).commit();
  }
  const { report } = repo.scan("history", "--branch", "one", "--branch", "three");
  expect(report.findings.map(({ path }) => path).sort()).toEqual(["one.txt", "three.txt"]);
  const missing = repo.cli("history", "--branch", "nope");
  expect(missing).toMatchObject({ code: 2, stdout: "" });
  expect(missing.stderr).toContain("there is no branch, tag or commit 'nope' here");
});

test("what other refs name may be gone when branches are named", () => {
  const repo = repoWith();
  repo.write("a.txt", token("ghp_{github}")).commit();
  repo.git("switch", "--quiet", "-c", "other");
  const lost = repo.write("b.txt", token("ghp_{github}")).commit();
  repo.git("tag", "here", lost);
  repo.git("switch", "--quiet", "main");
  rmSync(join(repo.dir, ".git/objects", lost.slice(0, 2), lost.slice(2)), { force: true });
  const { code, report } = repo.scan("history", "--branch", "main");
  expect(code).toBe(1);
  expect(report.findings).toMatchObject([{ path: "a.txt", state: "head" }]);
  expect(report.coverage.complete).toBe(true);
});

test("a file name cannot steer the terminal, nor break a line of the report", () => {
  const repo = new TempRepo();
  const name = "\u001b[31mred\nline";
  repo.write(name, token("ghp_{github}")).commit("subject \u001b[32m");
  const { stdout } = repo.cli("history");
  expect(stdout).toContain("·[31mred·line:1:1");
  expect(stdout).not.toContain("\u001b");
});
