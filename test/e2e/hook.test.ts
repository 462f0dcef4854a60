import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
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

  const body = Array.from({ length: 30 }, (_, i) => `line ${i}\n`).join("");
  /** Brings a repository into a state in which `lines` are staged. */
  const situations: [string, (repo: TempRepo) => void, (repo: TempRepo, lines: string) => void][] = [
    [
      "partial staging",
      () => {},
      (repo, lines) => {
        repo.write("a.txt", `first\n${lines}`).git("add", "a.txt");
        repo.write("a.txt", "first\nsomething else\n");
      },
    ],
    [
      "a merge in progress",
      (repo) => {
        repo.git("switch", "--quiet", "-c", "other");
        repo.write("b.txt", "b\n").commit("other");
        repo.git("switch", "--quiet", "-");
        repo.write("c.txt", "c\n").commit("own");
        repo.git("merge", "--quiet", "--no-commit", "--no-ff", "other");
      },
      (repo, lines) => repo.write("a.txt", `first\n${lines}`).git("add", "a.txt"),
    ],
    [
      "a rename with an edit",
      (repo) => {
        repo.write("long.txt", body).commit("long");
        repo.git("mv", "long.txt", "moved.txt");
      },
      (repo, lines) => repo.write("moved.txt", body + lines).git("add", "moved.txt"),
    ],
    [
      "a copy",
      (repo) => repo.write("long.txt", body).commit("long"),
      (repo, lines) => repo.write("copy.txt", body + lines).git("add", "copy.txt"),
    ],
    [
      "a link that becomes a file",
      (repo) => {
        symlinkSync("a.txt", join(repo.dir, "link"));
        repo.commit("link");
        rmSync(join(repo.dir, "link"));
      },
      (repo, lines) => repo.write("link", lines).git("add", "link"),
    ],
    [
      "attributes that hide differences",
      (repo) => repo.write(".gitattributes", "* -diff -text\n").commit("attributes"),
      (repo, lines) => repo.write("a.txt", lines).git("add", "a.txt"),
    ],
    [
      "CRLF",
      () => {},
      (repo, lines) => repo.write("a.txt", `first\r\n${lines.replaceAll("\n", "\r\n")}`).git("add", "a.txt"),
    ],
    [
      "a sparse checkout",
      (repo) => {
        repo.write("in/x.txt", "x\n").write("out/y.txt", "y\n").commit("two folders");
        repo.git("sparse-checkout", "set", "in", "node_modules", ".husky");
      },
      (repo, lines) => repo.write("in/x.txt", lines).git("add", "in/x.txt"),
    ],
    [
      "a name with a newline",
      () => {},
      (repo, lines) => repo.write("od\nd é.txt", lines).git("add", "--all"),
    ],
    [
      "a file that was only meant to be added",
      (repo) => repo.write("n.txt", "x\n").git("add", "--intent-to-add", "n.txt"),
      (repo, lines) => repo.write("n.txt", lines).git("add", "n.txt"),
    ],
    [
      "a submodule beside it",
      (repo) => {
        const inner = new TempRepo().write("x.txt", "x\n");
        inner.commit("inner");
        repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.dir, "sub");
      },
      (repo, lines) => repo.write("a.txt", lines).git("add", "a.txt"),
    ],
  ];

  test.each(situations)("%s: blocked on an AWS key pair, and passes without it", (_how, prepare, stage) => {
    const repo = make();
    prepare(repo);
    const before = repo.git("rev-parse", "HEAD");
    stage(repo, awsPair().lines);
    expect(commit(repo).code).toBe(1);
    expect(repo.git("rev-parse", "HEAD")).toBe(before);
    stage(repo, "harmless\n");
    expect(commit(repo)).toMatchObject({ code: 0 });
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
