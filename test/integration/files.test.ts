import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CLI, TempRepo, tempDir } from "../support/temp-repo.ts";
import { token } from "../support/tokens.ts";

test(".gitignore hides what git does not track, and nothing else", () => {
  const repo = new TempRepo();
  repo.write(".gitignore", "*.log\nbuild/\n").write("tracked.log", token("ghp_{github}"));
  repo.git("add", "--force", "tracked.log");
  repo.write("untracked.log", token("ghp_{github}")).write("build/out.txt", token("ghp_{github}"));
  const paths = (...args: string[]) =>
    repo
      .scan("files", ...args)
      .report.findings.map((finding) => finding.path)
      .sort();
  expect(paths()).toEqual(["tracked.log"]);
  expect(paths("--no-ignore")).toEqual(["build/out.txt", "tracked.log", "untracked.log"]);
  expect(paths("--no-ignore", "--exclude", "build/**")).toEqual(["tracked.log", "untracked.log"]);
});

test("outside a repository .gitignore means nothing", () => {
  const repo = new TempRepo(tempDir(), null);
  repo.write(".gitignore", "*\n").write("a.txt", token("ghp_{github}"));
  expect(repo.scan("files").report.findings).toHaveLength(1);
});

test("symbolic links are not followed, loops included", () => {
  const repo = new TempRepo(tempDir(), null);
  repo.write("dir/a.txt", token("ghp_{github}"));
  symlinkSync("..", join(repo.dir, "dir/up"));
  const { report } = repo.scan("files");
  expect(report.findings).toMatchObject([{ occurrenceCount: 1 }]);
  expect(report.coverage.gaps).toMatchObject([{ reason: "symlink", examples: ["dir/up"] }]);
});

test("standard input", () => {
  const repo = new TempRepo(tempDir(), null);
  const ran = repo.run(process.execPath, [CLI, "files", "-", "--format", "json"], {
    input: `x ${token("ghp_{github}")}\n`,
  });
  expect(ran.code).toBe(1);
  expect(JSON.parse(ran.stdout).findings).toMatchObject([{ path: "(standard input)", line: 1, column: 3 }]);
});

test("an empty folder is nothing scanned", () => {
  const repo = new TempRepo(tempDir(), null);
  mkdirSync(join(repo.dir, "empty"));
  expect(repo.scan("files", "empty")).toMatchObject({
    code: 3,
    report: { coverage: { gaps: [{ reason: "nothing-scanned" }] } },
  });
});

test("a file is called by its place in the folder of the call, whatever folder it was found through", () => {
  const repo = new TempRepo(tempDir(), null);
  repo.write("here/a.txt", token("ghp_{github}")).write("there/b.txt", token("ghp_{github}"));
  const cwd = join(repo.dir, "here");
  const pathsFrom = (...paths: string[]) => {
    const ran = repo.run(process.execPath, [CLI, "files", ...paths, "--format", "json"], { cwd });
    return JSON.parse(ran.stdout)
      .findings.map(({ path }: { path: string }) => path)
      .sort();
  };
  const outside = join(repo.dir, "there/b.txt");
  expect(pathsFrom(".")).toEqual(["a.txt"]);
  expect(pathsFrom("..")).toEqual([outside, "a.txt"]);
  expect(pathsFrom("../there")).toEqual([outside]);
});

test("a wrong path beside a large folder ends at once, and names the path", () => {
  const repo = new TempRepo(tempDir(), null);
  for (let i = 0; i < 1200; i += 1) repo.write(`many/${i % 40}/${i}.txt`, "");
  const ran = repo.run(process.execPath, [CLI, "files", "many", "gone"]);
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain("'gone' does not exist");
});

/** Folders of `count` files each. */
function writeFolders(repo: TempRepo, names: readonly string[], count: number): void {
  for (const name of names) for (let i = 0; i < count; i += 1) repo.write(`${name}/${i % 20}/${i}.txt`, "");
}

test("a thread that cannot be started while files are listed ends the scan, and the threads before it", () => {
  const repo = new TempRepo(tempDir(), null);
  writeFolders(repo, ["many"], 2400);
  const preload = new URL("../support/few-threads.cjs", import.meta.url).pathname;
  const ran = repo.run(process.execPath, [CLI, "files", "many"], {
    env: { NODE_OPTIONS: `--require ${preload}`, LEAKWARDEN_TEST_THREADS: "3" },
  });
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toMatch(
    /^leakwarden: a thread could not be started: no thread is left\n .*\n2 ended\n$/,
  );
});

test("a file that grew past the limit is in the ledger", () => {
  const repo = new TempRepo(tempDir(), null);
  repo
    .write(".leakwarden.toml", "[limits]\nmax_file_bytes = 100\n")
    .write("big.txt", `${"x".repeat(200)} ${token("ghp_{github}")}`);
  expect(repo.scan("files")).toMatchObject({
    code: 3,
    report: { coverage: { gaps: [{ reason: "size-limit", examples: ["big.txt"] }] } },
  });
});

test("a file that vanishes or cannot be read is in the ledger", () => {
  const repo = new TempRepo(tempDir(), null);
  repo.write("a.txt", "x").write("closed.txt", "y");
  chmodSync(join(repo.dir, "closed.txt"), 0);
  symlinkSync("nowhere", join(repo.dir, "dangling"));
  const { report } = repo.scan("files");
  expect(report.coverage.gaps.map((gap) => gap.reason)).toContain("symlink");
});
