import { chmodSync, renameSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CLI, TempRepo, tempDir } from "../support/temp-repo.ts";
import { awsPair, token } from "../support/tokens.ts";

/** Ids of what a staged scan reports, and its exit code. */
function staged(repo: TempRepo, ...args: string[]) {
  const { code, report } = repo.scan("staged", ...args);
  return { code, ids: report.findings.map((finding) => finding.ruleId).sort(), report };
}

const PAIR = { code: 1, ids: ["aws-access-key-id", "aws-secret-access-key"] };
const CLEAN = { code: 0, ids: [] };

function repoWith(content = "first\nsecond\n"): TempRepo {
  const repo = new TempRepo();
  repo.write("a.txt", content).commit("first");
  return repo;
}

test("first-commit", () => {
  const repo = new TempRepo().write("a.txt", awsPair().lines);
  repo.git("add", "a.txt");
  expect(staged(repo)).toMatchObject(PAIR);
});

test("first-commit-sha256", () => {
  const repo = new TempRepo(tempDir(), ["init", "--quiet", "--object-format=sha256"]).write(
    "a.txt",
    awsPair().lines,
  );
  repo.git("add", "a.txt");
  expect(staged(repo)).toMatchObject(PAIR);
});

test("unstaged-secret-is-not-the-commit's", () => {
  const repo = repoWith();
  repo.write("a.txt", "first\nsecond\nthird\n");
  repo.git("add", "a.txt");
  repo.write("a.txt", awsPair().lines);
  expect(staged(repo)).toMatchObject(CLEAN);
});

test("partially-staged", () => {
  const repo = repoWith("1\n2\n3\n4\n5\n6\n7\n8\n9\n");
  repo.write("a.txt", `1\n${awsPair().lines}2\n3\n4\n5\n6\n7\n8\n9\nlast\n`);
  repo.run("git", ["add", "-p"], { input: "n\ny\n" });
  expect(repo.git("diff", "--cached")).toContain("+last");
  expect(staged(repo)).toMatchObject(CLEAN);
  repo.run("git", ["add", "-p"], { input: "y\n" });
  expect(staged(repo)).toMatchObject(PAIR);
});

test("old-secret-on-untouched-lines", () => {
  const repo = repoWith(`${awsPair().lines}text\n`);
  repo.write("a.txt", `${repo.git("show", "HEAD:a.txt")}more\n`);
  repo.git("add", "a.txt");
  const { code, report } = staged(repo);
  expect(code).toBe(0);
  expect(report.findings).toEqual([]);
});

test("other-half-was-already-there", () => {
  const pair = awsPair();
  const repo = repoWith(`id = ${pair.id}\n`);
  repo.write("a.txt", `id = ${pair.id}\nname, ${pair.secret}\n`);
  repo.git("add", "a.txt");
  expect(staged(repo)).toMatchObject({
    code: 1,
    ids: ["aws-access-key-id", "aws-secret-access-key-beside-id"],
  });
});

test("rename-with-edit", () => {
  const body = Array.from({ length: 30 }, (_, i) => `line ${i}\n`).join("");
  const repo = repoWith(body);
  renameSync(join(repo.dir, "a.txt"), join(repo.dir, "b.txt"));
  repo.write("b.txt", `${body}${awsPair().lines}`);
  repo.git("add", "--all");
  const result = staged(repo);
  expect(result).toMatchObject(PAIR);
  expect(result.report.findings[0]).toMatchObject({ path: "b.txt", line: 31 });
});

test("copy", () => {
  const repo = repoWith(awsPair().lines);
  repo.write("b.txt", repo.git("show", "HEAD:a.txt"));
  repo.git("add", "--all");
  expect(staged(repo)).toMatchObject(PAIR);
});

test("type-change-from-symlink-to-file", () => {
  const repo = repoWith();
  symlinkSync("a.txt", join(repo.dir, "link"));
  repo.commit("link");
  unlinkSync(join(repo.dir, "link"));
  repo.write("link", awsPair().lines);
  repo.git("add", "--all");
  expect(staged(repo)).toMatchObject(PAIR);
});

test("symlink-target-holds-a-token", () => {
  const repo = repoWith();
  symlinkSync(`https://x.corp.net/${awsPair().id}`, join(repo.dir, "link"));
  repo.git("add", "--all");
  expect(staged(repo).ids).toEqual(["aws-access-key-id"]);
});

test("mode-change-only", () => {
  const repo = repoWith(awsPair().lines);
  chmodSync(join(repo.dir, "a.txt"), 0o755);
  repo.git("add", "--all");
  expect(staged(repo)).toMatchObject(CLEAN);
});

test("submodule-is-in-the-ledger", () => {
  const inner = repoWith();
  const repo = repoWith();
  repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.dir, "inner");
  const { code, report } = staged(repo);
  expect(code).toBe(0);
  expect(report.coverage).toMatchObject({
    complete: true,
    gaps: [{ reason: "submodule", count: 1, examples: ["inner"] }],
  });
});

test("merge-in-progress-blames-only-its-own-content", () => {
  const repo = repoWith();
  repo.git("checkout", "--quiet", "-b", "side");
  repo.write("side.txt", awsPair().lines).commit("side");
  repo.git("checkout", "--quiet", "main");
  repo.write("main.txt", "x\n").commit("main");
  repo.git("merge", "--quiet", "--no-commit", "side");
  expect(staged(repo)).toMatchObject(CLEAN);
  repo.write("a.txt", awsPair().lines);
  repo.git("add", "a.txt");
  expect(staged(repo)).toMatchObject(PAIR);
});

test("unmerged-paths-make-the-scan-incomplete", () => {
  const repo = repoWith();
  repo.git("checkout", "--quiet", "-b", "side");
  repo.write("a.txt", "one\n").commit("side");
  repo.git("checkout", "--quiet", "main");
  repo.write("a.txt", "two\n").commit("main");
  repo.run("git", ["merge", "side"]);
  const { code, report } = staged(repo);
  expect(code).toBe(3);
  expect(report.coverage.gaps[0]).toMatchObject({ reason: "unmerged-path" });
});

test("linked-worktree", () => {
  const repo = repoWith();
  const dir = join(tempDir(), "linked");
  repo.git("worktree", "add", "--quiet", dir);
  const linked = new TempRepo(dir, null);
  linked.write("w.txt", awsPair().lines);
  linked.git("add", "w.txt");
  expect(staged(linked)).toMatchObject(PAIR);
  expect(staged(repo)).toMatchObject(CLEAN);
});

test("sparse-checkout", () => {
  const repo = repoWith();
  repo.write("in/a.txt", "x\n").write("out/b.txt", "y\n").commit("folders");
  repo.git("sparse-checkout", "set", "in");
  repo.write("in/a.txt", awsPair().lines);
  repo.git("add", "in/a.txt");
  expect(staged(repo)).toMatchObject(PAIR);
});

test("names-that-are-not-utf8-or-hold-newlines", () => {
  const repo = repoWith();
  const blob = repo.run("git", ["hash-object", "-w", "--stdin"], { input: awsPair().lines }).stdout.trim();
  repo.run("git", ["update-index", "-z", "--index-info"], { input: `100644 ${blob}\tna\nme.txt\0` });
  repo.run("sh", ["-c", `printf '100644 ${blob}\\tcaf\\351.txt\\0' | git update-index -z --index-info`]);
  const { code, report } = staged(repo, "--each");
  expect(code).toBe(1);
  expect([...new Set(report.findings.map((finding) => finding.path))].sort()).toEqual([
    "caf\\xe9.txt",
    "na\nme.txt",
  ]);
});

test("gitattributes-cannot-hide-a-file", () => {
  const repo = repoWith();
  repo.write(".gitattributes", "*.txt -diff\n*.cfg binary\n*.ini diff=hide\n").commit("attributes");
  repo.git("config", "diff.hide.textconv", "true");
  repo.git("config", "diff.external", "true");
  repo.write("a.txt", `first\nsecond\n${awsPair().lines}`);
  repo.write("b.cfg", awsPair().lines).write("c.ini", awsPair().lines);
  repo.git("add", "--all");
  expect(staged(repo).ids).toHaveLength(6);
});

test("crlf", () => {
  const repo = repoWith();
  repo.write("a.txt", `first\r\n${awsPair().lines.replaceAll("\n", "\r\n")}`);
  repo.git("add", "a.txt");
  expect(staged(repo)).toMatchObject(PAIR);
});

test("intent-to-add", () => {
  const repo = repoWith();
  repo.write("later.txt", awsPair().lines);
  repo.git("add", "--intent-to-add", "later.txt");
  expect(staged(repo)).toMatchObject(CLEAN);
});

test("nothing-staged", () => {
  expect(staged(repoWith())).toMatchObject(CLEAN);
});

test("inline-allow-needs-the-rule-and-a-reason", () => {
  const repo = repoWith();
  const id = awsPair().id;
  repo.write("a.txt", `key = ${id} # leakwarden:allow aws-access-key-id -- revoked in 2024\n`);
  repo.git("add", "a.txt");
  expect(staged(repo)).toMatchObject({
    code: 0,
    report: { suppressed: [{ by: "inline", reason: "revoked in 2024" }] },
  });
  repo.write("a.txt", `key = ${id} # leakwarden:allow aws-access-key-id\n`);
  repo.git("add", "a.txt");
  const { code, report } = staged(repo);
  expect(code).toBe(1);
  expect(report.warnings[0]).toContain("it gives no reason");
});

test("missing-object-is-never-clean", () => {
  const repo = repoWith();
  repo.write("a.txt", "changed\n");
  repo.git("add", "a.txt");
  const id = repo.git("rev-parse", ":a.txt").trim();
  rmSync(join(repo.dir, ".git/objects", id.slice(0, 2), id.slice(2)));
  const { code, report } = staged(repo);
  expect(code).toBe(3);
  expect(report.coverage.gaps).toMatchObject([{ reason: "missing-object", examples: ["a.txt"] }]);
});

test("no-secret-reaches-any-output", () => {
  const repo = repoWith();
  const pair = awsPair();
  repo.write("a.txt", `${pair.lines}both: ${pair.id}:${pair.secret}\n`);
  repo.git("add", "a.txt");
  for (const format of ["human", "json", "jsonl"]) {
    const { stdout, stderr } = repo.cli("staged", "--format", format);
    expect(stdout + stderr).not.toContain(pair.secret);
    expect(stdout + stderr).not.toContain(pair.secret.slice(4, 24));
    expect(stdout + stderr).not.toContain(pair.id);
  }
});

test("in UTF-16 git counts other lines: a secret is not taken for an old one", () => {
  const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le");
  const repo = new TempRepo();
  // The first byte of each of these characters is a newline to git.
  const text = "\u4e0a\u4e0a\u4e0a\nsecond\n";
  repo.write("a.txt", utf16(text)).commit("first");
  repo.write("a.txt", utf16(`${text}key: ${token("ghp_{github}")}\n`));
  repo.git("add", "a.txt");
  const { code, report } = repo.scan("staged");
  expect(code).toBe(1);
  expect(report.findings).toMatchObject([{ line: 3 }]);
});

test("a value that was committed or pushed before is told: taking it out of this commit is not enough", () => {
  const remote = new TempRepo(tempDir(), ["init", "--quiet", "--bare"]);
  const secret = token("ghp_{github}");
  const repo = repoWith();
  repo.git("remote", "add", "origin", remote.dir);
  repo.git("push", "--quiet", "--set-upstream", "origin", "main");
  repo.write("old.txt", `x ${secret}\n`).commit("in");
  repo.write("new.txt", `token = "${secret}"\n`);
  repo.git("add", "--all");
  expect(staged(repo).report.warnings.join()).toContain(
    "new.txt:1: this value is in HEAD already (old.txt), not pushed",
  );
  repo.git("push", "--quiet", "origin", "main");
  expect(staged(repo).report.warnings.join()).toContain(
    "this value is in origin/main already (old.txt): it was pushed",
  );
});

test("--fix without a terminal asks nobody and unstages nothing", () => {
  const repo = new TempRepo().write("k.txt", awsPair().lines);
  repo.git("add", "--all");
  const ran = repo.cli("staged", "--fix");
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain("here is nobody to ask");
  expect(repo.git("diff", "--cached", "--name-only")).toBe("k.txt\n");
});

test.each([
  ["# gitleaks:allow", "same"],
  ["// trufflehog:ignore", "same"],
  ["# pragma: allowlist secret", "same"],
  ["# betterleaks:allow", "same"],
  ["# kingfisher:ignore", "same"],
  ["# ggignore", "same"],
  ["// secretlint-disable-line", "same"],
  ["# pragma: allowlist nextline secret", "above"],
  ["// secretlint-disable-next-line", "above"],
])("another scanner's '%s' counts, unless the configuration says no", (remark, place) => {
  const line = `token = "${token("ghp_{github}")}"`;
  const repo = repoWith();
  repo.write("k.txt", place === "same" ? `${line} ${remark}\n` : `${remark}\n${line}\n`);
  repo.git("add", "--all");
  const allowed = staged(repo);
  expect(allowed).toMatchObject({ code: 0, ids: [] });
  expect(allowed.report.suppressed[0]!.reason).toBe(remark.replace(/^\W+/, ""));
  repo.write(".leakwarden.toml", "foreign_allows = false\n");
  expect(staged(repo)).toMatchObject({ code: 1, ids: ["github-token"] });
  // It is for its own line, and for no other.
  repo.run("rm", [".leakwarden.toml"]);
  repo.write("k.txt", `${remark}\n\n${line}\n`);
  repo.git("add", "--all");
  expect(staged(repo)).toMatchObject({ code: 1, ids: ["github-token"] });
});

test("the screen of a blocked commit has the ways out", () => {
  const repo = repoWith();
  repo.write(".env", awsPair().lines).write("sub dir/x.ini", awsPair().lines);
  repo.git("add", "--all");
  const { stdout } = repo.cli("staged");
  expect(stdout).toContain("git reset -q -- .env 'sub dir/x.ini'\n");
  expect(stdout).toContain("leakwarden allow .env:1 --reason '…'\n");
  expect(stdout).toContain(".env: a file for credentials is better named in .gitignore");
  expect(stdout).not.toContain("x.ini: a file for credentials");
});

test("the way out that the screen names works before the first commit too", () => {
  const repo = new TempRepo().write("a.env", awsPair().lines);
  repo.git("add", "--all");
  const advice = /^ {2}git (reset .*)$/m.exec(repo.cli("staged").stdout)![1]!;
  repo.git(...advice.split(" "));
  expect(repo.git("status", "--porcelain")).toBe("?? a.env\n");
});

test("--fix on a terminal unstages what it is told to, and leaves the file as it is", () => {
  const lines = awsPair().lines;
  const onTerminal = (repo: TempRepo, answer: string) =>
    repo.run(
      "script",
      ["--quiet", "--return", "--command", `"${process.execPath}" "${CLI}" staged --fix`, "/dev/null"],
      {
        input: answer,
      },
    );
  const repo = repoWith();
  const first = new TempRepo();
  for (const each of [repo, first]) {
    each.write("k.txt", lines).write("b.txt", "clean\n");
    each.git("add", "--all");
    expect(onTerminal(each, "n\n").code).toBe(1);
    expect(each.git("diff", "--cached", "--name-only")).toBe("b.txt\nk.txt\n");
    const ran = onTerminal(each, "y\n");
    expect(ran.code, ran.stdout).toBe(1);
    expect(ran.stdout).toContain("unstaged it");
    expect(each.git("diff", "--cached", "--name-only")).toBe("b.txt\n");
    expect(each.run("cat", ["k.txt"]).stdout).toBe(lines);
  }
});
