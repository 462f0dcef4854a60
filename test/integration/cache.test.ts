import { spawn } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CacheStore } from "../../src/cache/store.ts";
import { zip } from "../support/archives.ts";
import { CLI, type Report, TempRepo, tempDir } from "../support/temp-repo.ts";
import { awsPair, token } from "../support/tokens.ts";

/** What a report says, but for what it took. */
function told({ findings, suppressed, coverage, warnings, scan }: Report) {
  return { findings, suppressed, coverage, warnings, commits: scan.counts.commits };
}

/** Scans with the cache and without; both must say the same. Gives what was read and what was known. */
function scanBoth(repo: TempRepo, ...args: string[]): { blobs: number; known: number; report: Report } {
  const { report } = repo.scan("history", ...args);
  const fresh = repo.scan("history", "--no-cache", ...args).report;
  expect(told(report)).toEqual(told(fresh));
  const { blobs, known } = report.scan.counts;
  expect(fresh.scan.counts.known).toBe(0);
  return { blobs, known, report };
}

/** A history with secrets in several versions of several files, on two branches with a merge. */
function repoWithSecrets(): { repo: TempRepo; secrets: string[] } {
  const repo = new TempRepo();
  const pair = awsPair();
  const [first, second] = [token("ghp_{github}"), token("{password}")];
  for (let i = 0; i < 8; i += 1) repo.write(`src/${i}.txt`, `file ${i}\n`);
  repo.commit("first");
  repo.write("a.env", `${pair.lines}n=1\n`).commit("pair");
  repo.write("a.env", `${pair.lines}n=2\n`).write("b.yml", `token: ${first}\n`).commit("token");
  repo.git("checkout", "--quiet", "-b", "side", "HEAD~1");
  repo.write("c.yml", `db:\n  password: ${second}\n`).commit("side");
  repo.git("checkout", "--quiet", "main");
  repo.write("b.yml", `other: 1\ntoken: ${first}\n`).commit("moved");
  repo.git("merge", "--quiet", "--no-edit", "side");
  repo.write(".env", "DB_PASSWORD=\n").commit("named");
  return { repo, secrets: [pair.id, pair.secret, first, second] };
}

test("a second scan reads only what is new, and says what a first one would", () => {
  const { repo } = repoWithSecrets();
  const first = scanBoth(repo);
  expect(first.known).toBe(0);
  expect(first.report.findings.length).toBe(4);
  const second = scanBoth(repo);
  expect(second.known).toBeGreaterThan(8);
  // Of each secret one version, no more: the first, and the first of the pair is one.
  expect(second.blobs).toBe(3);
  const value = token("ghp_{github}");
  repo.write("src/new.txt", "harmless\n").write("d.yml", `token: ${value}\n`).commit("new");
  const third = scanBoth(repo);
  expect(third.blobs).toBe(second.blobs + 2);
  expect(third.report.findings.length).toBe(5);
});

test("what is known of finds is told under another policy as if they were read", () => {
  const { repo } = repoWithSecrets();
  scanBoth(repo);
  const configurations = [
    // The first place of a secret, and of half of a pair, is let be: another one is shown.
    "[[allow]]\nreason = 'x'\npaths = ['a.env']\n",
    "[[allow]]\nreason = 'x'\nrules = ['github-token']\npaths = ['**/*.yml']\nvalues = ['^ghp_']\n",
    // Lines are text, which nothing is kept of.
    "[[allow]]\nreason = 'x'\nlines = ['^token']\n",
    "[severity]\ngithub-token = 'low'\n",
    "[fingerprint]\nsalt = 'another key'\n",
  ];
  for (const configuration of configurations) {
    repo.write(".leakwarden.toml", configuration);
    scanBoth(repo);
    scanBoth(repo, "--branch", "side");
    scanBoth(repo, "--each");
  }
  repo
    .write("z.yml", `a: b\nother: ${readFileSync(join(repo.dir, "b.yml"), "utf8").split(" ").at(-1)}`)
    .commit("again");
  repo.git("mv", "b.yml", "moved.yml");
  repo.commit("moved");
  scanBoth(repo);
  scanBoth(repo);
});

test("fingerprints that are slow to compute are kept under their key", () => {
  const repo = new TempRepo();
  // Few letters: it could be guessed.
  repo.write("a.yml", `db:\n  password: ${token("{password}").slice(0, 10)}\n`).commit("password");
  const prints = () => {
    const { fingerprint } = scanBoth(repo).report.findings[0]!;
    return { fingerprint, kept: kept(repo).filter(({ bytes }) => bytes.includes(fingerprint)).length };
  };
  const first = prints();
  expect(first.kept).toBe(1);
  expect(prints()).toEqual(first);
  repo.write(".leakwarden.toml", "[fingerprint]\nsalt = 'another key'\n");
  const salted = prints();
  expect(salted.fingerprint).not.toBe(first.fingerprint);
  expect(salted.kept).toBe(1);
  expect(prints()).toEqual(salted);
});

test("an archive that holds what is known is opened, and told, all the same", () => {
  const { repo } = repoWithSecrets();
  const [one, two] = [awsPair(), awsPair()];
  repo
    .write("one.txt", one.lines)
    .write(
      "z.zip",
      zip([
        ["in.txt", one.lines],
        ["hidden.txt", two.lines],
      ]),
    )
    .commit("archive");
  scanBoth(repo);
  expect(scanBoth(repo).report.coverage.gaps).toMatchObject([{ reason: "archive" }]);
  scanBoth(repo, "--archives");
  scanBoth(repo, "--archives");
});

test("whatever becomes of branches", () => {
  const { repo } = repoWithSecrets();
  scanBoth(repo);
  const steps: (readonly string[])[] = [
    ["checkout", "--quiet", "-b", "topic"],
    ["reset", "--quiet", "--hard", "HEAD~2"],
    ["branch", "--quiet", "-D", "main"],
    ["branch", "--quiet", "-D", "side"],
    ["commit", "--quiet", "--amend", "--no-verify", "-m", "amended"],
    ["checkout", "--quiet", "--orphan", "fresh"],
    ["commit", "--quiet", "--no-verify", "-m", "orphan"],
    ["branch", "--quiet", "-D", "topic"],
    ["reflog", "expire", "--expire=now", "--all"],
    ["gc", "--quiet", "--prune=now"],
    ["tag", "--annotate", "-m", "tagged", "v1"],
  ];
  for (const step of steps) {
    repo.git(...step);
    scanBoth(repo);
  }
});

test("commits that were amended away and pruned", () => {
  const { repo } = repoWithSecrets();
  scanBoth(repo);
  repo.git("commit", "--quiet", "--amend", "--no-verify", "-m", "amended");
  repo.git("reflog", "expire", "--expire=now", "--all");
  repo.git("gc", "--quiet", "--prune=now");
  expect(scanBoth(repo).known).toBeGreaterThan(8);
  repo.write("new.txt", `token: ${token("ghp_{github}")}\n`).commit("new");
  expect(scanBoth(repo).report.findings).toHaveLength(5);
});

test("another repository in the same place", () => {
  const { repo } = repoWithSecrets();
  scanBoth(repo);
  for (const format of ["sha1", "sha256"]) {
    rmSync(join(repo.dir, ".git"), { recursive: true });
    repo.git("init", "--quiet", `--object-format=${format}`);
    repo.write("other.txt", `token: ${token("ghp_{github}")}\n`).commit("other");
    scanBoth(repo);
    scanBoth(repo);
  }
});

test("a history in which every version holds a secret, by narrowed scans too", () => {
  const repo = new TempRepo();
  const value = token("ghp_{github}");
  for (const line of ["one", "two"]) repo.write("a.txt", `${line}\ntoken: ${value}\n`).commit(line);
  for (const args of [[], ["--branch", "main"], [], ["--max-commits", "1"], []]) scanBoth(repo, ...args);
  expect(scanBoth(repo).report.findings).toMatchObject([{ occurrenceCount: 2, state: "head" }]);
});

test("an archive is told each time, and read again for what is found in it only", () => {
  const { repo } = repoWithSecrets();
  repo.write("a.zip", zip([["a.txt", "harmless\n"]])).commit("archive");
  scanBoth(repo);
  for (const args of [[], ["--archives"], []]) {
    const { blobs, report } = scanBoth(repo, ...args);
    expect(blobs).toBe(3);
    expect(report.coverage.gaps.map(({ reason }) => reason)).toEqual(args.length > 0 ? [] : ["archive"]);
  }
  const behind = Buffer.from(`\nkey: ${token("ghp_{github}")}\n`);
  repo.write("b.zip", Buffer.concat([zip([["b.txt", "harmless\n"]]), behind])).commit("telling");
  expect(scanBoth(repo).report.findings).toHaveLength(5);
  const again = scanBoth(repo);
  expect(again.report.findings).toHaveLength(5);
  expect(again.blobs).toBe(4);
});

test("a version that git has lost has not been read", () => {
  const { repo } = repoWithSecrets();
  const blob =
    repo.write("b.yml", `gone: ${token("ghp_{github}")}\n`).commit("lost") &&
    repo.git("rev-parse", "HEAD:b.yml").trim();
  const path = join(repo.dir, ".git/objects", blob.slice(0, 2), blob.slice(2));
  const bytes = readFileSync(path);
  rmSync(path);
  expect(scanBoth(repo).report.coverage.complete).toBe(false);
  expect(scanBoth(repo).report.coverage.gaps).toMatchObject([{ reason: "missing-object" }]);
  writeFileSync(path, bytes);
  expect(scanBoth(repo).report.findings).toHaveLength(5);
});

test("versions that were never there are told in one order, whichever way they are missed", () => {
  const { repo } = repoWithSecrets();
  for (let i = 0; i < 6; i += 1) repo.write(`lost/${i}.txt`, `lost ${i}\n`).commit(`lost ${i}`);
  for (let i = 0; i < 6; i += 1) {
    const blob = repo.git("rev-parse", `HEAD:lost/${i}.txt`).trim();
    rmSync(join(repo.dir, ".git/objects", blob.slice(0, 2), blob.slice(2)));
  }
  const examples = () => {
    const { report } = scanBoth(repo);
    return report.coverage.gaps.find(({ reason }) => reason === "missing-object")!.examples;
  };
  const first = examples();
  expect(first).toEqual([...first].sort());
  expect(examples()).toEqual(first);
});

test("narrowed scans use it and do not spoil it", () => {
  const { repo } = repoWithSecrets();
  scanBoth(repo, "--max-commits", "2");
  scanBoth(repo);
  scanBoth(repo, "--branch", "side");
  scanBoth(repo, "--since", "2 days ago");
  expect(scanBoth(repo).known).toBeGreaterThan(8);
});

test("other rules read everything again", () => {
  const { repo } = repoWithSecrets();
  scanBoth(repo);
  repo.write(".leakwarden.toml", '[rules]\ndisable = ["github-token"]\n');
  const other = scanBoth(repo);
  expect(other.known).toBe(0);
  expect(other.report.findings.map(({ ruleId }) => ruleId)).not.toContain("github-token");
  // What only judges, and does not look, is no matter.
  repo.write(
    ".leakwarden.toml",
    '[rules]\ndisable = ["github-token"]\n[severity]\naws-access-key-id = "low"\n',
  );
  expect(scanBoth(repo).known).toBeGreaterThan(8);
});

test("allowed values, archives, pointers and limits", async () => {
  const { repo, secrets } = repoWithSecrets();
  repo.write("a.zip", zip([["x.txt", `token: ${token("ghp_{github}")}\n`]]));
  repo.write("big.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
  repo
    .write(".leakwarden.toml", `[[allow]]\nreason = "known"\nvalues = ["^${secrets[2]}$"]\n`)
    .commit("more");
  for (const args of [[], [], ["--archives"], ["--archives"], []]) {
    const { report } = scanBoth(repo, ...args);
    expect(report.suppressed).toHaveLength(3);
    expect(report.findings).toHaveLength(args.length === 0 ? 3 : 4);
  }
  repo.write(".leakwarden.toml", "[limits]\nmax_file_bytes = 30\n");
  for (let i = 0; i < 2; i += 1)
    expect(scanBoth(repo).report.coverage.gaps.map(({ reason }) => reason)).toContain("size-limit");
});

/** All that is in the cache. */
function kept(repo: TempRepo): { path: string; bytes: Buffer }[] {
  const folder = join(repo.cacheHome, "leakwarden/history");
  return readdirSync(folder).map((name) => ({
    path: join(folder, name),
    bytes: readFileSync(join(folder, name)),
  }));
}

test("no content is in it, found or not, and nobody else may read it", () => {
  const { repo, secrets } = repoWithSecrets();
  const beside = token("{password}");
  repo.write("d.yml", `user: ${beside} token: ${token("ghp_{github}")}\n`).commit("beside");
  secrets.push(beside);
  scanBoth(repo);
  const files = kept(repo);
  expect(files).toHaveLength(3);
  for (const { path, bytes } of files) {
    expect(statSync(path).mode & 0o077).toBe(0);
    for (const secret of secrets) {
      for (const written of [
        secret,
        ...[0, 1, 2].map((i) => Buffer.from(secret.slice(i)).toString("base64").slice(0, -4)),
      ])
        expect(bytes.includes(written)).toBe(false);
    }
  }
});

describe("a cache that is no good is as none", () => {
  test.each<[string, (bytes: Buffer) => Buffer]>([
    ["empty", () => Buffer.alloc(0)],
    ["cut off", (bytes) => bytes.subarray(0, bytes.length - 10)],
    [
      "a bit is wrong",
      (bytes) => Buffer.from(bytes).fill(bytes.at(-5)! ^ 1, bytes.length - 5, bytes.length - 4),
    ],
    [
      "another kind",
      (bytes) => Buffer.from(bytes.toString("latin1").replace(/^leakwarden \S+/, "leakwarden x-9"), "latin1"),
    ],
    ["not ours", () => Buffer.from("hello\n")],
  ])("%s", (_name, spoil) => {
    const { repo } = repoWithSecrets();
    scanBoth(repo);
    for (const { path, bytes } of kept(repo)) writeFileSync(path, spoil(bytes));
    expect(scanBoth(repo).known).toBe(0);
    expect(scanBoth(repo).known).toBeGreaterThan(8);
  });

  test("a folder that cannot be written to, a file in its place, and none at all", () => {
    const { repo } = repoWithSecrets();
    writeFileSync(join(repo.cacheHome, "leakwarden"), "a file\n");
    expect(scanBoth(repo).known).toBe(0);
    const home = tempDir();
    mkdirSync(join(home, "leakwarden"));
    chmodSync(join(home, "leakwarden"), 0o500);
    for (const env of [{ XDG_CACHE_HOME: home }, { XDG_CACHE_HOME: "", HOME: "" }])
      expect(repo.run(process.execPath, [CLI, "history"], { env }).code).toBe(1);
  });
});

test("scans beside each other leave whole files", async () => {
  const { repo } = repoWithSecrets();
  const env = { ...process.env, XDG_CACHE_HOME: repo.cacheHome };
  const codes = await Promise.all(
    Array.from(
      { length: 4 },
      () =>
        new Promise((resolve) => {
          const child = spawn(process.execPath, [CLI, "history"], { cwd: repo.dir, env, stdio: "ignore" });
          child.on("close", resolve);
        }),
    ),
  );
  expect(codes).toEqual([1, 1, 1, 1]);
  expect(kept(repo)).toHaveLength(3);
  expect(scanBoth(repo).known).toBeGreaterThan(8);
});

test("a shallow clone leaves nothing", () => {
  const { repo } = repoWithSecrets();
  const dir = join(tempDir(), "clone");
  const clone = new TempRepo(dir.replace(/\/clone$/, ""), [
    "clone",
    "--quiet",
    "--depth",
    "1",
    `file://${repo.dir}`,
    "clone",
  ]);
  const ran = clone.run(process.execPath, [CLI, "history", "--repo", "clone"]);
  expect(ran.code).toBe(1);
  expect(readdirSync(join(clone.cacheHome, "leakwarden"))).not.toContain("history");
});

test("leakwarden cache", () => {
  const { repo } = repoWithSecrets();
  const folder = join(repo.cacheHome, "leakwarden/history");
  expect(repo.cli("cache", "info").stdout).toBe(`${folder}\n0 files, 0.0 MB of at most 1073.7 MB\n`);
  expect(repo.cli("cache", "clear")).toMatchObject({ code: 0, stdout: "there was nothing to remove\n" });
  repo.cli("history", "--no-cache");
  expect(repo.cli("cache", "info").stdout).toContain("\n0 files");
  repo.cli("history");
  expect(repo.cli("cache", "info").stdout).toContain("\n3 files");
  expect(repo.cli("cache", "clear").stdout).toBe(`${folder} is removed: 3 files\n`);
  expect(repo.cli("cache", "info").stdout).toContain("\n0 files");
});

test("what was not used for the longest time goes first", () => {
  const home = tempDir();
  const store = new CacheStore({ XDG_CACHE_HOME: home }, 3000);
  for (const name of ["a", "b"]) store.write(name, "test", [Buffer.alloc(1200)]);
  const old = new Date(Date.now() - 60_000);
  for (const name of ["a", "b"]) utimesSync(join(home, "leakwarden/history", name), old, old);
  expect(store.read("a", "test")).toHaveLength(1);
  store.write("c", "test", [Buffer.alloc(1200)]);
  expect(readdirSync(join(home, "leakwarden/history")).sort()).toEqual(["a", "c"]);
  expect(store.info().bytes).toBeLessThan(3000);
});
