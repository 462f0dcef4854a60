import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CLI, TempRepo, tempDir } from "../support/temp-repo.ts";
import { awsPair, token } from "../support/tokens.ts";

// Situations of real use that `staged.test.ts`, `range.test.ts`, `history.test.ts` and the hooks' tests do not name.

const PAIR = ["aws-access-key-id", "aws-secret-access-key"];

function repoWith(content = "first\nsecond\n"): TempRepo {
  const repo = new TempRepo().write("a.txt", content);
  repo.commit("first");
  return repo;
}

function found(repo: TempRepo, ...args: string[]) {
  const { code, report } = repo.scan(...args);
  return { code, ids: report.findings.map(({ ruleId }) => ruleId).sort(), report };
}

/** A bare repository, as `origin` of `repo`, with `main` pushed. */
function withRemote(repo: TempRepo): TempRepo {
  const remote = new TempRepo(tempDir(), ["init", "--quiet", "--bare", "--initial-branch=main"]);
  repo.git("remote", "add", "origin", remote.dir);
  repo.git("push", "--quiet", "origin", "main");
  return remote;
}

test("stash: what is put away is in the history until it is dropped", () => {
  const repo = repoWith();
  repo.write("a.txt", `first\n${awsPair().lines}`);
  repo.git("stash", "push", "--quiet");
  expect(found(repo, "staged")).toMatchObject({ code: 0, ids: [] });
  expect(found(repo, "history")).toMatchObject({ code: 1, ids: PAIR });
  repo.git("stash", "pop", "--quiet", "--index");
  expect(found(repo, "history", "--no-cache")).toMatchObject({ code: 0, ids: [] });
});

test("merge-with-conflict: unmerged paths are no silent pass, and what solves the conflict is scanned", () => {
  const repo = repoWith("one\n");
  repo.git("checkout", "--quiet", "-b", "work");
  repo.write("a.txt", "two\n").commit("work");
  repo.git("checkout", "--quiet", "main");
  repo.write("a.txt", "three\n").commit("main");
  expect(repo.run("git", ["merge", "work"]).code).toBe(1);
  expect(found(repo, "staged")).toMatchObject({ code: 3, ids: [] });
  repo.write("a.txt", `two\nthree\n${awsPair().lines}`);
  repo.git("add", "a.txt");
  expect(found(repo, "staged")).toMatchObject({ code: 1, ids: PAIR });
});

test("rebase in progress: the index of the step that stopped is what is scanned", () => {
  const repo = repoWith("one\n");
  repo.git("checkout", "--quiet", "-b", "work");
  repo.write("a.txt", "two\n").commit("work");
  repo.git("checkout", "--quiet", "main");
  repo.write("a.txt", "three\n").commit("main");
  repo.git("checkout", "--quiet", "work");
  expect(repo.run("git", ["rebase", "main"]).code).toBe(1);
  repo.write("a.txt", `two\n${awsPair().lines}`);
  repo.git("add", "a.txt");
  expect(found(repo, "staged")).toMatchObject({ code: 1, ids: PAIR });
});

test("CRLF-conversion: what git stores is scanned, whatever is checked out", () => {
  const repo = repoWith();
  repo.git("config", "core.autocrlf", "true");
  repo.write("k.txt", awsPair().lines.replaceAll("\n", "\r\n"));
  repo.git("add", "k.txt");
  expect(found(repo, "staged")).toMatchObject({ code: 1, ids: PAIR });
});

test("sparse: a file outside of the checked-out part is scanned", () => {
  const repo = repoWith();
  mkdirSync(join(repo.dir, "in"));
  repo.write("in/x.txt", "x\n").write("out/k.txt", awsPair().lines).commit("both");
  repo.git("sparse-checkout", "set", "in");
  expect(found(repo, "range", "HEAD~1..HEAD")).toMatchObject({ code: 1, ids: PAIR });
  expect(found(repo, "history")).toMatchObject({ code: 1, ids: PAIR });
});

test("partial-clone: versions that were not fetched are told, not taken for clean", () => {
  const repo = repoWith();
  repo.git("config", "uploadpack.allowFilter", "true");
  repo.write("k.txt", awsPair().lines).commit("bad");
  for (let i = 0; i < 12; i += 1) repo.write("k.txt", `clean ${i}\n`).commit("out again");
  const dir = join(tempDir(), "clone");
  repo.git("clone", "--quiet", "--filter=blob:none", `file://${repo.dir}`, dir);
  const clone = new TempRepo(dir, null);
  for (const args of [["history"], ["range", "HEAD~13..HEAD"]]) {
    const { code, report } = found(clone, ...args);
    expect(code).toBe(3);
    expect(report.coverage.gaps.map(({ reason }) => reason)).toEqual(["missing-object"]);
  }
});

test("partial-clone: a file with a secret, of which another branch has a version that was not fetched", () => {
  const repo = repoWith();
  repo.git("config", "uploadpack.allowFilter", "true");
  repo.git("checkout", "--quiet", "-b", "other");
  repo.write("k.txt", "never fetched\n").commit("clean");
  repo.git("checkout", "--quiet", "main");
  repo.write("k.txt", awsPair().lines).commit("bad");
  const dir = join(tempDir(), "clone");
  repo.git("clone", "--quiet", "--filter=blob:none", `file://${repo.dir}`, dir);
  const { code, report } = found(new TempRepo(dir, null), "history");
  expect(code).toBe(1);
  expect(report.findings.map(({ state }) => state)).toEqual(PAIR.map(() => "head"));
  expect(report.coverage.gaps.map(({ reason }) => reason)).toEqual(["missing-object"]);
});

test("force-push, tag-push, branch-deletion, first-push and a reused branch name through the pre-push hook", () => {
  const repo = repoWith();
  const remote = withRemote(repo);
  expect(repo.cli("init", "--pre-push").code).toBe(0);
  const push = (...args: string[]) => repo.run("git", ["push", "--quiet", "origin", ...args]).code;
  repo.git("checkout", "--quiet", "-b", "work");
  repo.write("b.txt", "clean\n").commit("clean");
  expect(push("work")).toBe(0);
  // Rewritten, with a secret in a commit below the tip.
  repo.git("reset", "--quiet", "--hard", "main");
  repo.write("k.txt", `t = ${token("ghp_{github}")}\n`).commit("bad");
  repo.write("k.txt", "clean\n").commit("out again");
  expect(push("--force", "work")).toBe(1);
  expect(push("HEAD:refs/heads/other")).toBe(1);
  repo.git("tag", "v1");
  expect(push("v1")).toBe(1);
  expect(push("--delete", "work")).toBe(0);
  // The same name again, for other commits.
  expect(push("work")).toBe(1);
  repo.git("reset", "--quiet", "--hard", "main");
  repo.write("c.txt", "clean\n").commit("clean again");
  expect(push("work")).toBe(0);
  expect(remote.git("rev-parse", "work")).toBe(repo.git("rev-parse", "HEAD"));
});

test("commits past the hook: the push is stopped, whatever was committed with --no-verify", () => {
  const repo = repoWith();
  withRemote(repo);
  repo.cli("init");
  repo.cli("init", "--pre-push");
  repo.write("k.txt", awsPair().lines);
  repo.git("add", "--all");
  expect(repo.run("git", ["commit", "--quiet", "-m", "bad"]).code).toBe(1);
  expect(repo.run("git", ["commit", "--quiet", "--no-verify", "-m", "bad"]).code).toBe(0);
  expect(repo.run("git", ["push", "--quiet", "origin", "main"]).code).toBe(1);
});

test("linked worktree and subfolder: range and allow work there as in the main one", () => {
  const repo = repoWith();
  const dir = join(tempDir(), "linked");
  repo.git("worktree", "add", "--quiet", "-b", "work", dir);
  const linked = new TempRepo(dir, null);
  mkdirSync(join(dir, "sub"));
  linked.write("sub/k.txt", `t = ${token("ghp_{github}")}\n`).commit("bad");
  expect(found(linked, "range", "main..HEAD")).toMatchObject({ code: 1, ids: ["github-token"] });
  const inSub = (...args: string[]) =>
    linked.run(process.execPath, [CLI, ...args], { cwd: join(dir, "sub") });
  expect(inSub("range", "main..HEAD").code).toBe(1);
  expect(inSub("allow", "sub/k.txt:1", "--reason", "test").code).toBe(0);
  expect(inSub("history").code).toBe(0);
});

test("mode-change and exec bit of a file with an old secret: nothing is new", () => {
  const repo = repoWith(awsPair().lines);
  chmodSync(join(repo.dir, "a.txt"), 0o755);
  repo.git("add", "a.txt");
  expect(found(repo, "staged")).toMatchObject({ code: 0, ids: [] });
});
