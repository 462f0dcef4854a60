import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TempRepo, tempDir } from "../support/temp-repo.ts";
import { awsPair, token } from "../support/tokens.ts";

const PAIR = ["aws-access-key-id", "aws-secret-access-key"];

/** A repository with a branch `work` on top of `main`, checked out. */
function branched(content = "first\nsecond\nthird\n"): TempRepo {
  const repo = new TempRepo().write("a.txt", content);
  repo.commit("first");
  repo.git("checkout", "--quiet", "-b", "work");
  return repo;
}

function range(repo: TempRepo, ...args: string[]) {
  const { code, report } = repo.scan("range", ...(args.length === 0 ? ["main..work"] : args));
  return { code, ids: report.findings.map(({ ruleId }) => ruleId).sort(), report };
}

test("a-secret-that-a-later-commit-takes-out-again", () => {
  const repo = branched();
  const brought = repo.write("k.txt", awsPair().lines).commit("oops");
  repo.write("k.txt", "clean\n").commit("out again");
  const { code, ids, report } = range(repo);
  expect({ code, ids }).toEqual({ code: 1, ids: PAIR });
  expect(report.findings[0]).toMatchObject({ path: "k.txt", state: "history", commit: { id: brought } });
});

test("a-secret-of-the-base-is-not-the-branch's", () => {
  const repo = new TempRepo().write("a.txt", `${awsPair().lines}text\n`);
  repo.commit("old sin");
  repo.git("checkout", "--quiet", "-b", "work");
  repo.write("a.txt", `${repo.git("show", "main:a.txt")}more\n`).commit("harmless");
  const { code, report } = range(repo);
  expect(code).toBe(0);
  expect(report.scan.counts.commits).toBe(1);
});

test("a-half-added-below-the-half-that-was-there", () => {
  const { id, secret } = awsPair();
  const repo = branched(`aws_access_key_id = ${id}\n`);
  repo
    .write("a.txt", `aws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`)
    .commit("its other half");
  expect(range(repo)).toMatchObject({ code: 1, ids: PAIR });
});

test("evil-merge", () => {
  const repo = branched();
  repo.write("b.txt", "work\n").commit("work");
  repo.git("checkout", "--quiet", "main");
  repo.write("c.txt", "main\n").commit("main goes on");
  repo.git("checkout", "--quiet", "work");
  repo.git("merge", "--quiet", "--no-commit", "main");
  repo.write("a.txt", `first\n${awsPair().lines}`);
  const merge = repo.commit("merge, and more");
  const { ids, report } = range(repo);
  expect(ids).toEqual(PAIR);
  expect(report.findings[0]!.commit!.id).toBe(merge);
});

test("what-a-merge-brings-from-the-base-is-not-the-branch's", () => {
  const repo = branched();
  repo.write("b.txt", "work\n").commit("work");
  repo.git("checkout", "--quiet", "main");
  repo.write("c.txt", awsPair().lines).commit("main has a secret");
  repo.git("checkout", "--quiet", "work");
  repo.git("merge", "--quiet", "--no-edit", "main");
  expect(range(repo)).toMatchObject({ code: 0, ids: [] });
});

test("octopus-merge-with-content-of-its-own", () => {
  const repo = branched();
  for (const name of ["one", "two"]) {
    repo.git("checkout", "--quiet", "-b", name, "main");
    repo.write(`${name}.txt`, "x\n").commit(name);
  }
  repo.git("checkout", "--quiet", "work");
  repo.git("merge", "--quiet", "--no-commit", "one", "two");
  repo.write("k.txt", awsPair().lines).commit("octopus");
  expect(range(repo).ids).toEqual(PAIR);
});

test("halves-that-come-together-in-the-merge", () => {
  const { id, secret } = awsPair();
  const middle = Array.from({ length: 8 }, (_, i) => `line ${i}\n`).join("");
  const repo = branched(`top\n${middle}end\n`);
  repo.write("a.txt", `top\n${middle}aws_secret_access_key = ${secret}\nend\n`).commit("one half");
  repo.git("checkout", "--quiet", "main");
  repo.write("a.txt", `top\naws_access_key_id = ${id}\n${middle}end\n`).commit("the other");
  const { ids, report } = range(repo);
  expect(ids).toContain("aws-secret-access-key");
  expect(report.findings.find(({ ruleId }) => ruleId === "aws-secret-access-key")?.pairedWith).not.toBeNull();
});

test("rename-with-edit, rename-across-case, mode-change, symlink-swap", () => {
  const old = awsPair();
  const repo = branched(`${old.lines}${"text\n".repeat(30)}`);
  repo.git("mv", "a.txt", "b.txt");
  repo.write("b.txt", `${old.lines}${"text\n".repeat(30)}more\n`).commit("moved");
  repo.git("mv", "b.txt", "B.txt");
  repo.commit("case");
  repo.git("update-index", "--chmod=+x", "B.txt");
  repo.git("commit", "--quiet", "-m", "mode");
  expect(range(repo)).toMatchObject({ code: 0, ids: [] });
  repo.run("sh", ["-c", "rm B.txt && ln -s elsewhere B.txt"]);
  repo.commit("symlink");
  expect(range(repo)).toMatchObject({ code: 0, ids: [] });
  repo.run("rm", ["B.txt"]);
  repo.write("B.txt", old.lines).commit("a file again");
  expect(range(repo).ids).toEqual(PAIR);
});

test("cherry-pick, revert, rebase and squash: each commit is looked at, wherever it came from", () => {
  const repo = branched();
  const bad = repo.write("k.txt", awsPair().lines).commit("bad");
  repo.git("revert", "--no-edit", bad);
  expect(range(repo).ids).toEqual(PAIR);
  repo.git("checkout", "--quiet", "-b", "picked", "main");
  repo.git("cherry-pick", bad);
  expect(range(repo, "main..picked").ids).toEqual(PAIR);
  repo.git("checkout", "--quiet", "-b", "squashed", "main");
  repo.git("merge", "--quiet", "--squash", "work");
  repo.commit("squashed");
  expect(range(repo, "main..squashed")).toMatchObject({ code: 0, ids: [] });
  repo.git("checkout", "--quiet", "main");
  repo.write("main.txt", "x\n").commit("main goes on");
  repo.git("checkout", "--quiet", "work");
  repo.git("rebase", "--quiet", "main");
  expect(range(repo).ids).toEqual(PAIR);
});

test("non-ascii-path and CRLF", () => {
  const repo = branched();
  repo.write("übung\tand\nmore.txt", awsPair().lines.replaceAll("\n", "\r\n")).commit("odd");
  const { ids, report } = range(repo);
  expect(ids).toEqual(PAIR);
  expect(report.findings[0]!.path).toBe("übung\tand\nmore.txt");
});

test("attributes and configuration of the repository hide nothing", () => {
  const repo = branched();
  repo.write(".gitattributes", "* -diff binary\n*.txt diff=mine\n");
  repo.git("config", "diff.mine.textconv", "true");
  repo.write("k.txt", awsPair().lines).commit("hidden");
  expect(range(repo).ids).toEqual(PAIR);
});

test("an allow that comes with the branch is listed and does not count", () => {
  const { id } = awsPair();
  const line = `key = ${id} # leakwarden:allow aws-access-key-id -- revoked\n`;
  const repo = branched();
  repo.write("k.txt", line).commit("allowed by itself");
  const first = range(repo);
  expect(first).toMatchObject({ code: 1, ids: ["aws-access-key-id"] });
  expect(first.report.warnings.join()).toContain("comes with these commits and does not count");
  expect(range(repo, "main..work", "--policy-from", "head")).toMatchObject({ code: 0, ids: [] });
});

test("an allow that the base has counts, for the same secret only", () => {
  const line = (id: string) => `key = ${id} # leakwarden:allow aws-access-key-id -- revoked\n`;
  const known = awsPair().id;
  const repo = branched(`${line(known)}\n`);
  repo.write("a.txt", `moved down\n  ${line(known)}\n`).commit("moved");
  expect(range(repo)).toMatchObject({ code: 0, ids: [] });
  repo.write("a.txt", `moved down\n  ${line(known)}${line(awsPair().id)}\n`).commit("another");
  expect(range(repo)).toMatchObject({ code: 1, ids: ["aws-access-key-id"] });
});

test("the base's configuration counts, and a change of it is told", () => {
  const repo = branched();
  repo.write(".leakwarden.toml", '[rules]\ndisable = ["aws-access-key-id"]\n');
  repo.write("k.txt", `key = ${awsPair().id}\n`).commit("switched off");
  const { code, report } = range(repo);
  expect(code).toBe(1);
  expect(report.warnings.join()).toContain("these commits change .leakwarden.toml");
  repo.git("checkout", "--quiet", "main");
  repo.git("checkout", "work", "--", ".leakwarden.toml");
  repo.commit("the base has it too");
  expect(range(repo)).toMatchObject({ code: 0, ids: [] });
});

test("a base configuration that cannot be read names the commit", () => {
  const repo = new TempRepo().write(".leakwarden.toml", "colour = 1\n").write("a.txt", "x\n");
  repo.commit("bad");
  repo.git("checkout", "--quiet", "-b", "work");
  repo.write(".leakwarden.toml", "").write("a.txt", "y\n").commit("good");
  const { code, stderr } = repo.cli("range", "main..work");
  expect(code).toBe(2);
  expect(stderr).toMatch(/[0-9a-f]{12}:\.leakwarden\.toml:1:1/);
});

test("ranges that do not exist, and those without commits", () => {
  const repo = branched();
  for (const text of ["nowhere..work", "main..nowhere", "nowhere"]) {
    const ran = repo.cli("range", text);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain("'nowhere'");
  }
  expect(range(repo)).toMatchObject({ code: 3, ids: [] });
  repo.commit("empty-commit");
  expect(range(repo)).toMatchObject({ code: 0, ids: [] });
  expect(range(repo, "main...work")).toMatchObject({ code: 0, ids: [] });
  expect(range(repo, "main")).toMatchObject({ code: 0, ids: [] });
  expect(range(repo, "main..")).toMatchObject({ code: 0, ids: [] });
});

test("submodule-bump and LFS pointers are listed", () => {
  const repo = branched();
  const other = new TempRepo().write("x", "1\n");
  other.commit();
  repo.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", other.dir, "sub");
  repo.write(
    "big.bin",
    `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 12345\n`,
  );
  repo.commit("both");
  const { code, report } = range(repo);
  expect(code).toBe(0);
  expect(report.coverage.gaps.map(({ reason }) => reason).sort()).toEqual(["lfs-pointer", "submodule"]);
});

test("a scan of a range writes nothing into the repository", () => {
  const repo = branched();
  repo.write("a.txt", "first\nchanged\nthird\n").commit("work");
  repo.git("checkout", "--quiet", "main");
  repo.write("a.txt", "first\nsecond\nother\n").commit("main");
  const objects = () => repo.git("count-objects", "-v");
  const before = objects();
  expect(range(repo)).toMatchObject({ code: 0, report: { warnings: [] } });
  expect(objects()).toBe(before);
});

/** A shallow clone of `repo`, as a pipeline has it. */
function shallowClone(repo: TempRepo, ref: string): TempRepo {
  const dir = join(tempDir(), "clone");
  repo.git("clone", "--quiet", "--depth=1", "--branch", ref, `file://${repo.dir}`, dir);
  return new TempRepo(dir, null);
}

test("shallow: refused without a fetch, whole with one", () => {
  const repo = branched();
  for (let i = 0; i < 60; i += 1) repo.write("n.txt", `${i}\n`).commit(`${i}`);
  repo.write("k.txt", awsPair().lines).commit("bad");
  repo.write("k.txt", "\n").commit("out again");
  const clone = shallowClone(repo, "work");
  const base = repo.git("rev-parse", "main").trim();
  const missing = clone.cli("range", `${base}..HEAD`);
  expect(missing.code).toBe(2);
  expect(missing.stderr).toContain("--fetch");
  clone.git("fetch", "--quiet", "--depth=1", "origin", base);
  const cut = range(clone, `${base}..HEAD`);
  expect(cut.code).toBe(3);
  expect(cut.report.coverage.gaps[0]!.reason).toBe("shallow-boundary");
  expect(range(shallowClone(repo, "work"), `${base}..HEAD`, "--fetch").ids).toEqual(PAIR);
});

/** The variables of a pipeline, and none of the machine that the tests run on. */
function pipeline(repo: TempRepo, env: Record<string, string>, ...args: string[]) {
  const none = Object.fromEntries(
    [
      "GITHUB_ACTIONS",
      "GITLAB_CI",
      "BITBUCKET_BUILD_NUMBER",
      "TF_BUILD",
      "CIRCLECI",
      "BUILDKITE",
      "JENKINS_URL",
    ].map((name) => [name, ""]),
  );
  const ran = repo.run(process.execPath, [CLI_PATH, "range", "--format", "json", ...args], {
    env: { ...none, ...env },
  });
  return { ...ran, report: ran.stdout === "" ? null : JSON.parse(ran.stdout) };
}
const CLI_PATH = new URL("../../dist/leakwarden.cjs", import.meta.url).pathname;

test("fork-pull-request in a shallow clone, for every pipeline that is known", () => {
  const repo = branched();
  repo.write("k.txt", awsPair().lines).commit("bad");
  repo.write("k.txt", "\n").commit("out again");
  const [base, head] = [repo.git("rev-parse", "main").trim(), repo.git("rev-parse", "work").trim()];
  const event = join(tempDir(), "event.json");
  writeFileSync(
    event,
    JSON.stringify({ pull_request: { base: { sha: base, ref: "main" }, head: { sha: head } } }),
  );
  const environments: Record<string, string>[] = [
    { GITHUB_ACTIONS: "true", GITHUB_EVENT_NAME: "pull_request", GITHUB_EVENT_PATH: event },
    {
      GITLAB_CI: "true",
      CI_MERGE_REQUEST_IID: "7",
      CI_MERGE_REQUEST_DIFF_BASE_SHA: base,
      CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main",
      CI_COMMIT_SHA: head,
    },
    { BITBUCKET_BUILD_NUMBER: "1", BITBUCKET_PR_DESTINATION_BRANCH: "main", BITBUCKET_COMMIT: head },
    {
      TF_BUILD: "True",
      SYSTEM_PULLREQUEST_TARGETBRANCH: "refs/heads/main",
      SYSTEM_PULLREQUEST_SOURCECOMMITID: head,
    },
    {
      BUILDKITE: "true",
      BUILDKITE_PULL_REQUEST: "3",
      BUILDKITE_PULL_REQUEST_BASE_BRANCH: "main",
      BUILDKITE_COMMIT: head,
    },
    { JENKINS_URL: "http://ci.example", CHANGE_TARGET: "main", GIT_COMMIT: head },
  ];
  for (const env of environments) {
    const { code, report, stderr } = pipeline(shallowClone(repo, "work"), env);
    expect({ code, stderr }, JSON.stringify(env)).toEqual({ code: 1, stderr: "" });
    expect(report.scan.counts.commits).toBe(2);
  }
  // CircleCI does not tell the target: the remote's main branch is meant.
  repo.git("checkout", "--quiet", "main");
  const circle = pipeline(shallowClone(repo, "work"), { CIRCLECI: "true", CIRCLE_SHA1: head });
  expect(circle.code).toBe(1);
  expect(circle.report.scan.counts.commits).toBe(2);
});

test("first-push, push, force-push and branch deletion on GitHub", () => {
  const repo = branched();
  const bad = repo.write("k.txt", awsPair().lines).commit("bad");
  const main = repo.git("rev-parse", "main").trim();
  const zeros = "0".repeat(40);
  const push = (event: Record<string, unknown>) => {
    const path = join(tempDir(), "event.json");
    writeFileSync(path, JSON.stringify({ repository: { default_branch: "main" }, ...event }));
    return pipeline(repo, { GITHUB_ACTIONS: "true", GITHUB_EVENT_NAME: "push", GITHUB_EVENT_PATH: path });
  };
  repo.git("update-ref", "refs/remotes/origin/main", main);
  expect(push({ ref: "refs/heads/work", before: main, after: bad }).code).toBe(1);
  expect(push({ ref: "refs/heads/new", before: zeros, after: bad }).code).toBe(1);
  // The very first push of the main branch: all of it is new.
  expect(push({ ref: "refs/heads/main", before: zeros, after: bad }).report.scan.counts.commits).toBe(2);
  // Taking commits away brings nothing, and that is no mistake.
  expect(push({ ref: "refs/heads/work", before: bad, after: main }).code).toBe(0);
  const deleted = push({ ref: "refs/heads/work", before: bad, after: zeros, deleted: true });
  expect(deleted.code).toBe(2);
  expect(deleted.stderr).toContain("deletes a branch");
});

test("an unknown pipeline and an event without a range are named", () => {
  const repo = branched();
  expect(pipeline(repo, {}).stderr).toContain("GitHub Actions, GitLab CI");
  const event = join(tempDir(), "event.json");
  writeFileSync(event, "{}");
  const env = { GITHUB_ACTIONS: "true", GITHUB_EVENT_NAME: "schedule", GITHUB_EVENT_PATH: event };
  expect(pipeline(repo, env)).toMatchObject({ code: 2, stdout: "" });
  expect(pipeline(repo, env).stderr).toContain("'schedule'");
});

test("pre-push: what the remote does not have; a tag, a deletion, a first push", () => {
  const remote = new TempRepo(tempDir(), ["init", "--quiet", "--bare"]);
  const repo = branched();
  repo.git("remote", "add", "origin", remote.dir);
  repo.git("push", "--quiet", "origin", "main");
  const bad = repo.write("k.txt", awsPair().lines).commit("bad");
  const zeros = "0".repeat(40);
  const push = (...lines: string[]) =>
    repo.run(process.execPath, [CLI_PATH, "pre-push", "origin", remote.dir], {
      input: `${lines.join("\n")}\n`,
    });
  expect(push(`refs/heads/work ${bad} refs/heads/work ${zeros}`).code).toBe(1);
  expect(push(`(delete) ${zeros} refs/heads/old ${bad}`).code).toBe(0);
  const main = repo.git("rev-parse", "main").trim();
  expect(push(`refs/heads/main ${main} refs/heads/other ${zeros}`).code).toBe(0);
  repo.git("tag", "-a", "v1", "-m", "v1");
  const tag = repo.git("rev-parse", "v1").trim();
  expect(push(`refs/tags/v1 ${tag} refs/tags/v1 ${zeros}`).code).toBe(1);
});

test("pre-receive: a real push is refused from quarantine, a clean one goes through", () => {
  const server = new TempRepo(tempDir(), ["init", "--quiet", "--bare", "--initial-branch=main"]);
  const hook = join(server.dir, "hooks", "pre-receive");
  server.write("hooks/pre-receive", `#!/bin/sh\nexec "${process.execPath}" "${CLI_PATH}" pre-receive\n`);
  server.run("chmod", ["+x", hook]);
  const repo = branched();
  repo.git("remote", "add", "origin", server.dir);
  const first = repo.run("git", ["push", "--quiet", "origin", "main"]);
  expect(first.code, first.stderr).toBe(0);
  repo
    .write("k.txt", `key = ${token("ghp_{github}")} # leakwarden:allow github-token -- mine\n`)
    .commit("bad");
  const refused = repo.run("git", ["push", "origin", "work"]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("pre-receive hook declined");
  expect(refused.stderr).toContain("k.txt:1");
  repo.git("reset", "--quiet", "--hard", "main");
  repo.write("b.txt", "clean\n").commit("clean");
  expect(repo.run("git", ["push", "--quiet", "origin", "work"]).code).toBe(0);
});

test("--config replaces the configuration, and not the base's ignore file", () => {
  const repo = branched();
  repo.write("k.txt", awsPair().lines).commit("bad");
  repo.cli("baseline", "create");
  repo.commit("allows itself");
  const config = join(tempDir(), "ok.toml");
  writeFileSync(config, '[fail]\nseverity = "medium"\n');
  expect(range(repo, "main..work", "--config", config)).toMatchObject({ code: 1, ids: PAIR });
});

test("a rename out of an allowed folder is judged where it goes", () => {
  const repo = new TempRepo();
  repo.write(".leakwarden.toml", '[[allow]]\nreason = "f"\npaths = ["test/fixtures/*"]\n').commit("policy");
  repo.git("checkout", "--quiet", "-b", "work");
  repo.write("test/fixtures/c.ini", awsPair().lines).commit("allowed there");
  expect(range(repo)).toMatchObject({ code: 0, ids: [] });
  repo.run("mkdir", ["src"]);
  repo.git("mv", "test/fixtures/c.ini", "src/c.ini");
  expect(repo.scan("staged").code).toBe(1);
  repo.commit("moved");
  expect(range(repo)).toMatchObject({ code: 1, ids: PAIR });
});

test("halves that a deletion brings together", () => {
  const { id, secret } = awsPair();
  const lines = Array.from({ length: 400 }, (_, i) => `${i}\n`).join("");
  const repo = branched(`a ${id}\n${lines}end\n`);
  repo.write("a.txt", `a ${id}\n${lines}end\nb ${secret}\n`).commit("far apart");
  expect(range(repo)).toMatchObject({ code: 0, ids: [] });
  repo.write("a.txt", `a ${id}\nend\nb ${secret}\n`);
  repo.git("add", "a.txt");
  expect(repo.scan("staged").code).toBe(1);
  repo.commit("together");
  expect(range(repo).ids).toEqual(["aws-access-key-id", "aws-secret-access-key-beside-id"]);
  // What changes between two halves that were a pair before makes none.
  repo.git("checkout", "--quiet", "-B", "main");
  repo.git("checkout", "--quiet", "-b", "more");
  repo.write("a.txt", `a ${id}\nthe end\nb ${secret}\n`).commit("a word");
  expect(range(repo, "main..more")).toMatchObject({ code: 0, ids: [] });
});

test("the merge is looked at in a shallow clone too, and what cannot be merged is no silent pass", () => {
  const { id, secret } = awsPair();
  const middle = Array.from({ length: 9 }, (_, i) => `${i}\n`).join("");
  const repo = branched(`top\n${middle}`);
  repo.write("a.txt", `top\n${middle}b ${secret}\n`).commit("one half");
  repo.git("checkout", "--quiet", "main");
  repo.write("a.txt", `a ${id}\ntop\n${middle}`).commit("the other");
  const dir = join(tempDir(), "clone");
  repo.git("clone", "--quiet", "--depth=2", "--no-single-branch", `file://${repo.dir}`, dir);
  const clone = new TempRepo(dir, null);
  expect(range(clone, "origin/main..origin/work")).toMatchObject({
    code: 1,
    ids: ["aws-access-key-id", "aws-secret-access-key-beside-id"],
  });
  const elsewhere = repo.run(process.execPath, [CLI_PATH, "range", "main..work"], {
    env: { GIT_DIR: join(repo.dir, ".git") },
  });
  expect(elsewhere.code).toBe(3);
});

test("a base policy that a partial clone lacks is no missing policy", () => {
  const repo = new TempRepo();
  repo.git("config", "uploadpack.allowFilter", "true");
  repo.write(".leakwarden.toml", '[rules]\nonly = ["jwt"]\n').commit("policy");
  repo.git("checkout", "--quiet", "-b", "work");
  repo.write(".leakwarden.toml", "[fail]\n").write("a.txt", "x\n").commit("another");
  const dir = join(tempDir(), "clone");
  repo.git("clone", "--quiet", "--filter=blob:none", `file://${repo.dir}`, dir);
  const ran = new TempRepo(dir, null).cli("range", "origin/main..origin/work");
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain("'.leakwarden.toml' of");
});

test("pushes of what is no commit, and lines that are not git's, are no silent pass", () => {
  const repo = branched();
  const zeros = "0".repeat(40);
  const blob = repo.run("git", ["hash-object", "-w", "--stdin"], { input: awsPair().lines }).stdout.trim();
  const run = (command: string, line: string) =>
    repo.run(process.execPath, [CLI_PATH, command, ...(command === "pre-push" ? ["origin"] : [])], {
      input: line,
    });
  expect(run("pre-push", `refs/tags/t ${blob} refs/tags/t ${zeros}\n`).code).toBe(3);
  expect(run("pre-receive", `${zeros} ${blob} refs/tags/t\n`).code).toBe(3);
  for (const command of ["pre-push", "pre-receive"]) {
    expect(run(command, "garbage\n").code).toBe(2);
    expect(run(command, "").code).toBe(0);
  }
  expect(run("pre-push", `refs/heads/main HEAD refs/heads/main ${zeros}\n`).code).toBe(2);
});

test("refs of a remote whose name begins with another's are not that one's", () => {
  const repo = branched();
  for (const name of ["up", "up/x"]) {
    const remote = new TempRepo(tempDir(), ["init", "--quiet", "--bare"]);
    repo.git("remote", "add", name, remote.dir);
  }
  const bad = repo.write("k.txt", awsPair().lines).commit("bad");
  repo.git("push", "--quiet", "up/x", "work");
  const line = `refs/heads/work ${bad} refs/heads/work ${"0".repeat(40)}\n`;
  expect(repo.run(process.execPath, [CLI_PATH, "pre-push", "up", "x"], { input: line }).code).toBe(1);
  expect(repo.run(process.execPath, [CLI_PATH, "pre-push", "up/x", "x"], { input: line }).code).toBe(0);
});

test("fetching a commit does not cut a whole clone short", () => {
  const repo = new TempRepo().write("old.ini", awsPair().lines);
  repo.commit("old sin");
  repo.git("checkout", "--quiet", "-b", "work");
  const before = repo.write("a.txt", "1\n").commit("first try");
  repo.git("config", "uploadpack.allowAnySHA1InWant", "true");
  repo.git("reset", "--quiet", "--hard", "main");
  repo.write("a.txt", "2\n").commit("second try");
  const dir = join(tempDir(), "clone");
  repo.git("clone", "--quiet", `file://${repo.dir}`, dir);
  const clone = new TempRepo(dir, null);
  expect(range(clone, `${before}..origin/work`, "--fetch")).toMatchObject({ code: 0, ids: [] });
  expect(clone.git("rev-parse", "--is-shallow-repository").trim()).toBe("false");
});

test("odd payloads are named", () => {
  const repo = branched();
  for (const text of ["null", '{"pull_request":null}', "[]", "{"]) {
    const event = join(tempDir(), "event.json");
    writeFileSync(event, text);
    const env = { GITHUB_ACTIONS: "true", GITHUB_EVENT_NAME: "pull_request", GITHUB_EVENT_PATH: event };
    const ran = pipeline(repo, env);
    expect(ran.code, text).toBe(2);
    expect(ran.stderr).not.toContain("bug");
  }
});
