import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CLI, TempRepo, tempDir } from "../support/temp-repo.ts";
import { awsPair } from "../support/tokens.ts";

const project = new URL("../..", import.meta.url).pathname;

/** A project that uses husky, with leakwarden and husky in its node_modules as npm would link them. */
function huskyRepo(): TempRepo {
  const repo = new TempRepo();
  repo.write(
    "package.json",
    JSON.stringify({ name: "app", devDependencies: { husky: "9", leakwarden: "0" } }),
  );
  repo.write(".gitignore", "node_modules\n").write("a.txt", "first\n");
  mkdirSync(join(repo.dir, "node_modules/.bin"), { recursive: true });
  symlinkSync(join(project, "node_modules/husky"), join(repo.dir, "node_modules/husky"));
  symlinkSync(CLI, join(repo.dir, "node_modules/.bin/leakwarden"));
  repo.run(process.execPath, ["node_modules/husky/bin.js"]);
  expect(repo.cli("init")).toMatchObject({ code: 0 });
  repo.git("add", "--all");
  repo.git("commit", "--quiet", "-m", "first");
  return repo;
}

function plainRepo(): TempRepo {
  const repo = new TempRepo().write("a.txt", "first\n");
  repo.commit("first");
  expect(repo.cli("init")).toMatchObject({ code: 0 });
  return repo;
}

const commit = (repo: TempRepo, ...args: string[]) =>
  repo.run("git", ["commit", "--quiet", "-m", "try", ...args]);
const addAndCommit = (repo: TempRepo, ...args: string[]) => {
  repo.git("add", "a.txt");
  return commit(repo, ...args);
};
const count = (repo: TempRepo) => Number(repo.git("rev-list", "--count", "HEAD"));

describe.each([
  ["husky", huskyRepo],
  ["plain", plainRepo],
])("a real git commit through the %s hook", (_name, make) => {
  test.each([
    ["add", (repo: TempRepo) => addAndCommit(repo)],
    ["commit -a", (repo: TempRepo) => commit(repo, "-a")],
    ["commit -- path", (repo: TempRepo) => commit(repo, "--", "a.txt")],
    ["commit --amend", (repo: TempRepo) => addAndCommit(repo, "--amend")],
    [
      "commit -a in a subfolder",
      (repo: TempRepo) => {
        mkdirSync(join(repo.dir, "sub"), { recursive: true });
        return repo.run("git", ["commit", "--quiet", "-m", "try", "-a"], { cwd: join(repo.dir, "sub") });
      },
    ],
  ])("%s is blocked on an AWS key pair and passes without it", (_how, act) => {
    const repo = make();
    const before = repo.git("rev-parse", "HEAD");
    const pair = awsPair();
    repo.write("a.txt", `first\n${pair.lines}`);
    const blocked = act(repo);
    expect(blocked.code).toBe(1);
    expect(blocked.stdout + blocked.stderr).toContain("a.txt:2");
    expect(blocked.stdout + blocked.stderr).not.toContain(pair.secret);
    expect(repo.git("rev-parse", "HEAD")).toBe(before);
    repo.write("a.txt", "first\nsecond\n");
    expect(act(repo)).toMatchObject({ code: 0 });
    expect(repo.git("rev-parse", "HEAD")).not.toBe(before);
  });

  test("an empty commit passes", () => {
    const repo = make();
    const before = count(repo);
    expect(commit(repo, "--allow-empty")).toMatchObject({ code: 0 });
    expect(count(repo)).toBe(before + 1);
  });

  test("commit -a in a linked worktree is blocked", () => {
    const repo = make();
    const dir = join(tempDir(), "linked");
    repo.git("worktree", "add", "--quiet", dir);
    const linked = new TempRepo(dir, null);
    if (existsSync(join(repo.dir, "node_modules")))
      symlinkSync(join(repo.dir, "node_modules"), join(dir, "node_modules"));
    linked.write("a.txt", awsPair().lines);
    const env = existsSync(join(repo.dir, ".husky/_"))
      ? ["-c", `core.hooksPath=${join(repo.dir, ".husky/_")}`]
      : [];
    expect(linked.run("git", [...env, "commit", "--quiet", "-a", "-m", "try"]).code).toBe(1);
  });
});

test("init keeps an existing hook working, changes nothing twice, and uninstall restores it byte for byte", () => {
  const repo = new TempRepo().write("a.txt", "x\n");
  repo.commit("first");
  const hook = join(repo.dir, ".git/hooks/pre-commit");
  const original = "#!/bin/sh\necho ran >> ran.log\n";
  repo.write(".git/hooks/pre-commit", original);
  repo.run("chmod", ["+x", hook]);
  repo.cli("init");
  const installed = readFileSync(hook, "utf8");
  expect(repo.cli("init").stdout).toContain("nothing was changed");
  expect(readFileSync(hook, "utf8")).toBe(installed);
  commit(repo, "--allow-empty");
  expect(readFileSync(join(repo.dir, "ran.log"), "utf8")).toBe("ran\n");
  repo.write("a.txt", awsPair().lines);
  expect(commit(repo, "-a").code).toBe(1);
  expect(repo.cli("uninstall")).toMatchObject({ code: 0 });
  expect(readFileSync(hook, "utf8")).toBe(original);
});

test("uninstall removes a hook that held nothing else", () => {
  const repo = plainRepo();
  repo.cli("uninstall");
  expect(existsSync(join(repo.dir, ".git/hooks/pre-commit"))).toBe(false);
});

test("a hook that git would not run is never written: hooks are put where the user's git looks", () => {
  const repo = new TempRepo().write("a.txt", "x\n");
  repo.commit("first");
  const shared = tempDir();
  const config = join(tempDir(), "gitconfig");
  writeFileSync(config, `[core]\n\thooksPath = ${shared}\n`);
  const env = { GIT_CONFIG_GLOBAL: config };
  const ran = repo.run(process.execPath, [CLI, "init"], { env });
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain(`core.hooksPath sends this repository's hooks to '${shared}'`);
  expect(existsSync(join(repo.dir, ".git/hooks/pre-commit"))).toBe(false);
});

test("husky in a subfolder gets the hook beside what it makes itself", () => {
  const repo = new TempRepo().write("web/.husky/_/pre-commit", "#!/bin/sh\n").write("a.txt", "x\n");
  repo.git("config", "core.hooksPath", "web/.husky/_");
  expect(repo.cli("init")).toMatchObject({ code: 0 });
  expect(readFileSync(join(repo.dir, "web/.husky/pre-commit"), "latin1")).toContain("leakwarden staged");
  expect(readFileSync(join(repo.dir, "web/.husky/_/pre-commit"), "latin1")).toBe("#!/bin/sh\n");
});

test.each([
  ["a binary", Buffer.from("\x7fELF\x02\x01\x01\0\0\0", "latin1"), 0o755, "is not a shell script"],
  [
    "a hook of another language",
    Buffer.from("#!/opt/sh/bin/python3\nexit(0)\n"),
    0o755,
    "is not a shell script",
  ],
  ["a hook that is switched off", Buffer.from("#!/bin/sh\nexit 1\n"), 0o644, "is switched off"],
])("%s is left as it is", (_what, content, mode, sentence) => {
  const repo = new TempRepo().write("a.txt", "x\n");
  repo.commit("first");
  const hook = join(repo.dir, ".git/hooks/pre-commit");
  repo.write(".git/hooks/pre-commit", content);
  chmodSync(hook, mode);
  const ran = repo.cli("init");
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain(sentence);
  expect(readFileSync(hook)).toEqual(content);
  expect(statSync(hook).mode & 0o777).toBe(mode);
});

test("a hook in another encoding keeps its bytes and its mode, in and out", () => {
  const repo = new TempRepo().write("a.txt", "x\n");
  repo.commit("first");
  const hook = join(repo.dir, ".git/hooks/pre-commit");
  const content = Buffer.from("#!/bin/sh\necho 'gr\xfc\xdfe'\n", "latin1");
  repo.write(".git/hooks/pre-commit", content);
  chmodSync(hook, 0o750);
  expect(repo.cli("init")).toMatchObject({ code: 0 });
  expect(readFileSync(hook, "latin1")).toContain("gr\xfc\xdfe");
  expect(repo.cli("uninstall")).toMatchObject({ code: 0 });
  expect(readFileSync(hook)).toEqual(content);
  expect(statSync(hook).mode & 0o777).toBe(0o750);
});
