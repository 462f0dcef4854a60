import { randomBytes } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CLI, TempRepo, tempDir } from "../support/temp-repo.ts";
import { token } from "../support/tokens.ts";

const repoWith = () => {
  const repo = new TempRepo();
  repo.write("a.txt", `${token("ghp_{github}")}\n`).commit();
  return repo;
};

/** Exit 2, one sentence on standard error that holds `words`, nothing on standard output. */
function refuses(ran: { code: number | null; stdout: string; stderr: string }, ...words: string[]) {
  expect(ran.code).toBe(2);
  expect(ran.stdout).toBe("");
  for (const word of words) expect(ran.stderr).toContain(word);
  expect(ran.stderr).not.toContain("    at ");
}

/** A PATH whose git does `first` before `command`, and then what git does. */
function pathWithGit(repo: TempRepo, command: string, first: string): string {
  const bin = tempDir();
  const git = repo.run("sh", ["-c", "command -v git"]).stdout.trim();
  writeFileSync(join(bin, "git"), `#!/bin/sh\ncase "$1" in ${command}) ${first};; esac\nexec ${git} "$@"\n`);
  chmodSync(join(bin, "git"), 0o755);
  return `${bin}:${process.env.PATH}`;
}

test("not a repository", () => {
  const repo = new TempRepo(tempDir(), null);
  refuses(repo.cli("staged"), "is not in a git repository");
  refuses(repo.cli("history"), "is not in a git repository");
});

test("git is not installed", () => {
  const repo = repoWith();
  const node = process.execPath;
  refuses(repo.run(node, [CLI, "history"], { env: { PATH: "/nonexistent" } }), "git was not found");
});

test.each([
  ["exits without a word", "exit 3"],
  ["is killed", "kill -9 $$"],
])("a git that %s half way is never clean", (_how, end) => {
  const repo = repoWith();
  const env = { PATH: pathWithGit(repo, "cat-file", end) };
  refuses(repo.run(process.execPath, [CLI, "history"], { env }), "git cat-file");
});

test.each([
  ["files", "ls-files"],
  ["history", "cat-file"],
])("a thread that fails before %s has something for it to do is told of in one sentence", (command, slow) => {
  const words = Array.from({ length: 6000 }, (_, i) => `'${token("{hex:16}")}${i}'`);
  const repo = new TempRepo()
    .write("one/noise.bin", randomBytes(3_000_000))
    .write(
      ".leakwarden.toml",
      `[[rule]]\nid='x-y'\ntitle='t'\nkind='structured'\nseverity='high'\nkeywords=[${words}]\npattern='[a-z0-9]{20}'\n`,
    );
  for (let i = 0; i < 4000; i += 1) repo.write(`one/${i % 40}/${i}.txt`, "");
  repo.write("two/a.txt", "").commit();
  repo.git("repack", "-adq");
  repo.write("two/a.txt", "loose").commit();
  const paths = command === "files" ? ["one", "two"] : ["--no-cache"];
  const env = { PATH: pathWithGit(repo, slow, "sleep 1") };
  refuses(
    repo.run(process.execPath, [CLI, command, ...paths], { env }),
    "leakwarden: the rules have more keywords than the scanner has room for\n  give the [[rule]] tables",
  );
});

test.each([
  ["no TOML", "= 1", ".leakwarden.toml:1:"],
  ["an unknown key", "[rules]\ndisabled = []\n", ":2:1: unknown key 'rules.disabled'"],
  ["an unknown rule", "[rules]\ndisable = ['github-tokn']\n", "did you mean 'github-token'"],
  ["a wrong severity", "[severity]\ngithub-token = 'huge'\n", ":2:1:"],
  ["a pattern that is none", "[[allow]]\nreason='x'\nvalues=['(']\n", ":3:"],
  ["look-around", "[[allow]]\nreason='x'\nvalues=['a(?=b)']\n", "look-around"],
  ["a pattern that looks around", "[[allow]]\nreason='x'\nvalues=['a(?=b)']\n", "look-around is not allowed"],
  ["no rule left on", "[rules]\nonly = ['jwt']\ndisable = ['jwt']\n", "leaves no rule on"],
  ["an allow for every value", "[[allow]]\nreason='x'\nvalues=['.*']\n", "would allow every value"],
  ["an allow for everything", "[[allow]]\nreason='x'\npaths=['**']\n", "would hide every file"],
  [
    "a rule with a used id",
    "[[rule]]\nid='github-token'\ntitle='t'\nkind='structured'\nseverity='high'\nkeywords=['abc']\npattern='abc'\n",
    "already used",
  ],
])("a configuration with %s", (_what, text, words) => {
  const repo = repoWith();
  repo.write(".leakwarden.toml", text);
  refuses(repo.cli("history"), words);
});

test("a configuration, a path or a flag that does not exist", () => {
  const repo = repoWith();
  refuses(repo.cli("history", "--config", "none.toml"), "does not exist");
  refuses(repo.cli("files", "none"), "'none' does not exist");
  refuses(repo.cli("files", "--formt", "json"), "unknown option");
  refuses(repo.cli("history", "--max-commits", "none"), "whole number");
  refuses(repo.cli("rules", "show", "none"), "no rule has the id");
});

test("a report that cannot be written", () => {
  const repo = repoWith();
  refuses(repo.cli("history", "--output", "none/report.txt"), "could not be written");
  const full = repo.run("sh", ["-c", `"${process.execPath}" "${CLI}" history > /dev/full`]);
  refuses(full, "no space left");
  const closed = repo.run("bash", [
    "-c",
    `"${process.execPath}" "${CLI}" history --format json | true; exit \${PIPESTATUS[0]}`,
  ]);
  expect(closed.code).not.toBe(0);
});

test("--reveal shows secrets only to a file", () => {
  const repo = repoWith();
  refuses(repo.cli("history", "--reveal"), "needs a terminal or a file");
  expect(repo.cli("history", "--reveal", "--output", "out.txt").code).toBe(1);
  const mode = repo.run("stat", ["-c", "%a", "out.txt"]).stdout.trim();
  expect(mode).toBe("600");
});

test("a bare repository has nothing staged, and its inside is no text", () => {
  const repo = repoWith();
  const bare = join(tempDir(), "r.git");
  repo.git("clone", "--quiet", "--bare", ".", bare);
  refuses(repo.cli("staged", "--repo", bare), "is a bare repository");
  refuses(repo.cli("files", bare), "leakwarden history --repo");
  expect(repo.cli("history", "--repo", bare).code).toBe(1);
});

test("a repository that does not exist, is a file, or a date that is none", () => {
  const repo = repoWith();
  refuses(repo.cli("history", "--repo", join(repo.dir, "nope")), "nope' does not exist");
  refuses(repo.cli("history", "--repo", join(repo.dir, "a.txt")), "a.txt' is not a folder");
  refuses(repo.cli("history", "--since", "garbage"), "'garbage' is no date");
});

test("git's reason is given, not its hints", () => {
  const repo = repoWith();
  const tree = repo.git("rev-parse", "HEAD^{tree}").trim();
  writeFileSync(join(repo.dir, ".git/info/grafts"), "");
  const path = join(repo.dir, ".git/objects", tree.slice(0, 2), tree.slice(2));
  chmodSync(path, 0o644);
  writeFileSync(path, "broken");
  const ran = repo.cli("history");
  expect(ran.code).toBe(2);
  expect(ran.stderr).toMatch(/^leakwarden: git diff-tree failed: .*(?:inflate|corrupt|unable)/);
  expect(ran.stderr).not.toContain("hint");
});

test("a pipe among the named files is in the ledger and holds nothing up", () => {
  const repo = repoWith();
  repo.run("mkfifo", ["pipe"]);
  const { code, report } = repo.scan("files", "pipe");
  expect(code).toBe(3);
  expect(report.coverage.gaps).toContainEqual(expect.objectContaining({ reason: "unreadable-file" }));
});
