import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CLI, TempRepo, tempDir } from "../support/temp-repo.ts";
import { awsPair } from "../support/tokens.ts";

function repoWithBranch(): TempRepo {
  const repo = new TempRepo().write("a.txt", "first\n");
  repo.commit("first");
  return repo;
}

test("--dry-run says what it would do, and does nothing", () => {
  const repo = repoWithBranch();
  const ran = repo.cli("init", "--dry-run");
  expect(ran.code).toBe(0);
  expect(ran.stdout).toContain("would write the hook '.git/hooks/pre-commit'");
  expect(existsSync(join(repo.dir, ".git/hooks/pre-commit"))).toBe(false);
  repo.cli("init");
  expect(repo.cli("uninstall", "--dry-run").stdout).toContain("would remove");
  expect(existsSync(join(repo.dir, ".git/hooks/pre-commit"))).toBe(true);
});

test("a merge that makes a commit is scanned for what it brings of its own", () => {
  const repo = repoWithBranch();
  repo.git("checkout", "--quiet", "-b", "work");
  repo.write("k.txt", awsPair().lines).commit("known on the branch");
  repo.git("checkout", "--quiet", "main");
  repo.write("b.txt", "main\n").commit("main");
  expect(repo.cli("init").stdout).toContain("pre-merge-commit");
  // What the other branch has is in the history already: it is not this commit's.
  const merged = repo.run("git", ["merge", "--no-edit", "work"]);
  expect(merged.code, merged.stderr).toBe(0);
});

test("a merge whose two sides make a pair is stopped", () => {
  const { id, secret } = awsPair();
  const middle = Array.from({ length: 8 }, (_, i) => `line ${i}\n`).join("");
  const repo = new TempRepo().write("a.txt", `top\n${middle}end\n`);
  repo.commit("first");
  repo.git("checkout", "--quiet", "-b", "work");
  repo.write("a.txt", `top\n${middle}aws_secret_access_key = ${secret}\nend\n`).commit("one half");
  repo.git("checkout", "--quiet", "main");
  repo.write("a.txt", `top\naws_access_key_id = ${id}\n${middle}end\n`).commit("the other");
  repo.cli("init");
  expect(repo.run("git", ["merge", "--no-edit", "work"]).code).toBe(1);
});

test("pre-push: a push with a secret is stopped, and the hook that was there still gets git's lines", () => {
  const remote = new TempRepo(tempDir(), ["init", "--quiet", "--bare"]);
  const repo = repoWithBranch();
  repo.git("remote", "add", "origin", remote.dir);
  const seen = join(tempDir(), "seen");
  repo.write(".git/hooks/pre-push", `#!/bin/sh\ncat > '${seen}'\n`);
  chmodSync(join(repo.dir, ".git/hooks/pre-push"), 0o755);
  const before = readFileSync(join(repo.dir, ".git/hooks/pre-push"), "utf8");
  expect(repo.cli("init", "--pre-push").stdout).toContain("pushes are now scanned");
  expect(existsSync(join(repo.dir, ".git/hooks/pre-commit"))).toBe(false);
  const first = repo.run("git", ["push", "--quiet", "origin", "main"]);
  expect(first.code, first.stderr).toBe(0);
  expect(readFileSync(seen, "utf8")).toMatch(/^refs\/heads\/main [0-9a-f]{40} refs\/heads\/main 0+\n$/);
  repo.write("k.txt", awsPair().lines).commit("bad");
  const refused = repo.run("git", ["push", "origin", "main"]);
  expect(refused.code).toBe(1);
  expect(refused.stdout + refused.stderr).toContain("k.txt:1");
  expect(remote.git("rev-parse", "main")).not.toBe(repo.git("rev-parse", "main"));
  repo.cli("uninstall");
  expect(readFileSync(join(repo.dir, ".git/hooks/pre-push"), "utf8")).toBe(before);
});

test("pre-receive: on a server, with a time limit that refuses", () => {
  const server = new TempRepo(tempDir(), ["init", "--quiet", "--bare", "--initial-branch=main"]);
  expect(server.cli("init").code).toBe(2);
  expect(server.cli("init", "--pre-receive").stdout).toContain("pushes to this repository are now scanned");
  const repo = repoWithBranch();
  repo.git("remote", "add", "origin", server.dir);
  const clean = repo.run("git", ["push", "--quiet", "origin", "main"]);
  expect(clean.code, clean.stderr).toBe(0);
  repo.write("k.txt", awsPair().lines).commit("bad");
  const refused = repo.run("git", ["push", "origin", "main"]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("pre-receive hook declined");
  expect(server.cli("uninstall").stdout).toContain("is removed");
});

test("lefthook: its file gets the command, and is restored byte for byte", () => {
  const repo = repoWithBranch();
  const before = "# ours\npre-push:\n  commands:\n    test:\n      run: npm test";
  repo.write("lefthook.yml", before);
  expect(repo.cli("init").stdout).toContain("scanned by lefthook");
  const after = readFileSync(join(repo.dir, "lefthook.yml"), "utf8");
  expect(after).toContain("\npre-commit:\n  commands:\n    leakwarden:\n");
  expect(repo.cli("init").stdout).toContain("nothing was changed");
  expect(existsSync(join(repo.dir, ".git/hooks/pre-commit"))).toBe(false);
  repo.cli("uninstall");
  expect(readFileSync(join(repo.dir, "lefthook.yml"), "utf8")).toBe(before);
  repo.write("lefthook.yml", "pre-commit:\n  parallel: true\n");
  const refused = repo.cli("init");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("leakwarden staged");
});

test("the pre-commit framework: its list gets an entry with the list's own indentation", () => {
  const repo = repoWithBranch();
  const before =
    "minimum_pre_commit_version: 3.0.0\nrepos:\n  - repo: https://example.org/x\n    rev: v1\n    hooks: [{ id: x }]\n";
  repo.write(".pre-commit-config.yaml", before);
  expect(repo.cli("init").code).toBe(0);
  const after = readFileSync(join(repo.dir, ".pre-commit-config.yaml"), "utf8");
  expect(after).toContain("\n  - repo: local\n    hooks:\n      - id: leakwarden\n");
  repo.cli("uninstall");
  expect(readFileSync(join(repo.dir, ".pre-commit-config.yaml"), "utf8")).toBe(before);
});

test("--global: a repository that is made afterwards is protected, and uninstall leaves nothing", () => {
  const home = tempDir();
  const env = { HOME: home, XDG_CONFIG_HOME: "" };
  const repo = repoWithBranch();
  const run = (command: string, ...args: string[]) => repo.run(command, args, { env });
  const made = run(process.execPath, CLI, "init", "--global");
  expect(made.code, made.stderr).toBe(0);
  const dir = join(home, "new");
  mkdirSync(dir);
  expect(repo.run("git", ["init", "--quiet", "."], { env, cwd: dir }).code).toBe(0);
  expect(statSync(join(dir, ".git/hooks/pre-commit")).mode & 0o111).not.toBe(0);
  const inside = new TempRepo(dir, null).write("k.txt", awsPair().lines);
  inside.git("add", "--all");
  expect(inside.run("git", ["commit", "-m", "bad"]).code).toBe(1);
  expect(run(process.execPath, CLI, "uninstall", "--global").stdout.match(/is removed/g)).toHaveLength(2);
  expect(run("git", "config", "--global", "--get", "init.templateDir").stdout).toBe("");
  expect(existsSync(join(home, ".config/leakwarden"))).toBe(false);
});

test("lint-staged's list of files is a hint: all that is staged is scanned", () => {
  const repo = repoWithBranch();
  repo.write("k.txt", awsPair().lines).write("b.txt", "clean\n");
  repo.git("add", "--all");
  expect(repo.cli("staged", join(repo.dir, "b.txt")).code).toBe(1);
});

test("doctor: proves the hook, gate included, and finds what passes it by", () => {
  const repo = repoWithBranch();
  const doctor = (...args: string[]) => repo.cli("doctor", ...args);
  expect(doctor()).toMatchObject({ code: 1 });
  expect(doctor().stdout).toContain("git runs no pre-commit hook here");
  repo.cli("init");
  const objects = repo.git("count-objects", "-v");
  const healthy = doctor();
  expect(healthy.stdout).toContain("the hook stopped 5 commits with made-up secrets of 5 kinds");
  expect(healthy.stdout).toContain("it lets pass a commit without any");
  expect(healthy.stdout).toContain("no pipeline runs leakwarden");
  expect(healthy.code).toBe(0);
  expect(repo.git("count-objects", "-v")).toBe(objects);
  expect(repo.git("status", "--porcelain")).toBe("");
  // A configuration that lets a kind through is seen, whatever the reason.
  repo.write(".leakwarden.toml", '[rules]\nonly = ["jwt"]\n');
  expect(doctor()).toMatchObject({ code: 1 });
  expect(doctor().stdout).toContain("the hook let pass: an AWS key pair, a GitHub token in code");
  repo.run("rm", [".leakwarden.toml"]);
  chmodSync(join(repo.dir, ".git/hooks/pre-commit"), 0o644);
  expect(doctor().stdout).toContain("may not be executed");
  chmodSync(join(repo.dir, ".git/hooks/pre-commit"), 0o755);
  mkdirSync(join(repo.dir, "other"));
  repo.git("config", "core.hooksPath", "other");
  expect(doctor().stdout).toContain("core.hooksPath sends git to");
});

test("doctor: credential files, .gitignore, pipelines and AWS sources", () => {
  const repo = repoWithBranch();
  repo.cli("init");
  repo.write(".env", `DB_PASSWORD=${"x7Kq2mPz9w".repeat(2)}\n`);
  const env = { AWS_ACCESS_KEY_ID: "x", AWS_SHARED_CREDENTIALS_FILE: join(repo.dir, "creds") };
  repo.write("creds", "[default]\n");
  const told = repo.run(process.execPath, [CLI, "doctor"], { env }).stdout;
  expect(told).toContain("'git add .' would take: .env");
  expect(told).toContain(".gitignore does not cover .env");
  expect(told).toContain("hides the profile 'default'");
  expect(repo.cli("doctor", "--fix").stdout).toContain(".gitignore now covers .env");
  expect(repo.cli("doctor").stdout).toContain(".gitignore covers the usual credential files");
  repo.git("add", "--force", ".env");
  expect(repo.cli("doctor").stdout).toContain("credential files are in git: .env");
  repo.write(".github/workflows/ci.yml", "run: npx leakwarden range\n");
  expect(repo.cli("doctor").stdout).toContain("a pipeline runs leakwarden");
});

test("uninstall restores what was there, byte for byte, and no more", () => {
  const hook = (repo: TempRepo) => join(repo.dir, ".git/hooks/pre-commit");
  const repo = repoWithBranch();
  repo.write(".git/hooks/pre-commit", "#!/bin/sh\n");
  chmodSync(hook(repo), 0o755);
  repo.cli("init");
  repo.cli("init");
  repo.cli("uninstall");
  expect(readFileSync(hook(repo), "utf8")).toBe("#!/bin/sh\n");
  const both = repoWithBranch().write("lefthook.yml", "pre-push: {}");
  both.cli("init", "--pre-push");
  both.cli("init");
  expect(both.cli("uninstall").stdout).toContain("pre-push' is removed");
  expect(readFileSync(join(both.dir, "lefthook.yml"), "utf8")).toBe("pre-push: {}");
  const quoted = repoWithBranch().write("lefthook.yml", '"pre-commit":\n  parallel: true\n');
  expect(quoted.cli("init").code).toBe(2);
});

test("hooks that are switched off are named, and a hook that ends before the scan is found", () => {
  const repo = repoWithBranch();
  repo.git("config", "core.hooksPath", "/dev/null");
  for (const command of ["init", "uninstall", "doctor"]) {
    const ran = repo.cli(command);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain("core.hooksPath switches hooks off");
  }
  repo.git("config", "--unset", "core.hooksPath");
  repo.cli("init");
  repo.run("sed", ["-i", "1a exit 0", ".git/hooks/pre-commit"]);
  mkdirSync(join(repo.dir, "d"));
  repo.run("ln", ["-s", "d", ".env"]);
  const told = repo.cli("doctor");
  expect(told.code).toBe(1);
  expect(told.stdout).toContain("runs something in front of the scan, which may end it: exit 0");
});

test("doctor is not fooled by a hook that only speaks of pre-commit", () => {
  const repo = repoWithBranch();
  repo.write(".git/hooks/pre-commit", "#!/bin/sh\n# our pre-commit checks\ntrue\n");
  chmodSync(join(repo.dir, ".git/hooks/pre-commit"), 0o755);
  const told = repo.cli("doctor");
  expect(told.code).toBe(1);
  expect(told.stdout).toContain("does not run leakwarden");
});
