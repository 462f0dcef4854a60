import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ScanPool } from "../../src/app/pool.ts";
import { scanHistory } from "../../src/app/scan-history.ts";
import { loadSettings } from "../../src/config/load.ts";
import { GitError } from "../../src/errors.ts";
import { openRepository } from "../../src/git/repository.ts";
import type { ScanResult } from "../../src/policy/result.ts";
import { planBlobs } from "../../src/sources/blobs.ts";
import { TempRepo, tempDir } from "../support/temp-repo.ts";
import { token } from "../support/tokens.ts";

/** A history with long delta chains, several files, and a secret in every few versions. */
function busyRepo(init?: readonly string[]): TempRepo {
  const repo = new TempRepo(tempDir(), init);
  const lines = Array.from({ length: 400 }, (_, i) => `line ${i} of a text that changes little`);
  for (let version = 0; version < 30; version += 1) {
    lines[(version * 37) % 400] = `version ${version} says ${version * version}`;
    if (version % 6 === 0) lines[version] = `key = ${token("ghp_{github}")}`;
    if (version % 7 === 0)
      repo.write(`other/${version}.env`, `SLACK=${token("xoxb-{digits:12}-{digits:12}-{base62:24}")}\n`);
    repo.write("long.txt", `${lines.join("\n")}\n`).commit(`version ${version}`);
  }
  return repo;
}

/** Everything that is told of findings, a line for each. */
function linesOf(result: ScanResult): string[] {
  return result.findings.flatMap(({ occurrences, ...finding }) => [
    JSON.stringify(finding),
    ...occurrences.map((place) => JSON.stringify(place)),
  ]);
}

/** Both ways of reading give the same report; returns it, and how many packs were read without git. */
async function compare(dir: string) {
  const repository = await openRepository(dir);
  const settings = await loadSettings(dir, null);
  const plan = await planBlobs(repository, null);
  const [own, viaGit] = [
    await scanHistory(repository, { settings }),
    await scanHistory(repository, { settings, viaGit: true }),
  ];
  expect(linesOf(own)).toEqual(linesOf(viaGit));
  expect(own.counts).toEqual(viaGit.counts);
  return { result: own, packs: plan.packs.length, others: plan.others.length };
}

test("loose objects only", async () => {
  const repo = busyRepo();
  const { result, packs } = await compare(repo.dir);
  expect(packs).toBe(0);
  expect(result.findings.length).toBe(10);
});

test.each([
  [
    "one pack with deltas by offset",
    ["-c", "repack.useDeltaBaseOffset=true", "repack", "-adfq", "--depth=50", "--window=50"],
  ],
  [
    "one pack with deltas by id",
    ["-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq", "--depth=50", "--window=50"],
  ],
  ["an index with offsets of eight bytes", ["-c", "pack.indexVersion=2", "repack", "-adfq"]],
])("%s", async (_name, repack) => {
  const repo = busyRepo();
  repo.git(...repack);
  const { result, packs, others } = await compare(repo.dir);
  expect([packs, others]).toEqual([1, 0]);
  expect(result.findings.length).toBe(10);
});

test("offsets in the index's table of eight bytes are followed", async () => {
  const repo = busyRepo();
  repo.git("repack", "-adfq");
  const [pack] = readdirSync(join(repo.dir, ".git/objects/pack")).filter((name) => name.endsWith(".pack"));
  const path = join(repo.dir, ".git/objects/pack", pack!);
  repo.git("index-pack", "--index-version=2,0x400", "-o", path.replace(/pack$/, "idx2"), path);
  rmSync(path.replace(/pack$/, "idx"), { force: true });
  writeFileSync(path.replace(/pack$/, "idx"), readFileSync(path.replace(/pack$/, "idx2")));
  expect((await compare(repo.dir)).packs).toBe(1);
});

test("several packs, loose objects, and objects that are in two packs", async () => {
  const repo = busyRepo();
  repo.git("repack", "-dq");
  repo.write("late.txt", token("ghp_{github}")).commit();
  repo.git("repack", "-dq");
  repo.run("git", ["pack-objects", "--all", "-q", ".git/objects/pack/pack"], { input: "" });
  repo.write("loose.txt", token("ghp_{github}")).commit();
  const { result, packs, others } = await compare(repo.dir);
  expect(packs).toBeGreaterThan(1);
  expect(others).toBe(1);
  expect(result.findings.length).toBe(12);
});

test("a clone that borrows its objects, through two steps", async () => {
  const repo = busyRepo();
  repo.git("repack", "-adq");
  const near = tempDir();
  const far = tempDir();
  repo.git("clone", "--quiet", "--shared", repo.dir, join(near, "r"));
  repo.git("clone", "--quiet", "--shared", join(near, "r"), join(far, "r"));
  const { result, packs } = await compare(join(far, "r"));
  expect(packs).toBe(1);
  expect(result.findings.length).toBe(10);
});

test("SHA-256", async () => {
  const repo = busyRepo(["init", "--quiet", "--object-format=sha256", "--initial-branch=main"]);
  repo.git("repack", "-adfq");
  const { result, packs } = await compare(repo.dir);
  expect(packs).toBe(1);
  expect(result.findings.length).toBe(10);
});

test("a narrowed scan expands only what leads to it", async () => {
  const repo = busyRepo();
  repo.git("repack", "-adfq");
  const repository = await openRepository(repo.dir);
  const settings = await loadSettings(repo.dir, null);
  const range = { settings, maxCommits: 7 };
  const own = await scanHistory(repository, range);
  const viaGit = await scanHistory(repository, { ...range, viaGit: true });
  expect(linesOf(own)).toEqual(linesOf(viaGit));
  expect(own.counts).toEqual(viaGit.counts);
  expect(own.counts.blobs).toBeLessThan(12);
});

test("a corrupt object is left to git, reported, and hides nothing else", async () => {
  const repo = busyRepo();
  repo.git("repack", "-adfq", "--depth=0");
  const blob = repo.git("rev-parse", "HEAD:long.txt").trim();
  const [pack] = readdirSync(join(repo.dir, ".git/objects/pack")).filter((name) => name.endsWith(".pack"));
  const path = join(repo.dir, ".git/objects/pack", pack!);
  const listed = repo.run("git", ["verify-pack", "-v", path.replace(/pack$/, "idx")]).stdout;
  const offset = Number(new RegExp(`^${blob} blob +\\d+ \\d+ (\\d+)`, "m").exec(listed)![1]);
  const bytes = readFileSync(path);
  bytes.fill(0xff, offset + 40, offset + 60);
  rmSync(path, { force: true });
  writeFileSync(path, bytes);
  const { code, report } = repo.scan("history");
  expect(code).toBe(1);
  expect(report.coverage.complete).toBe(false);
  expect(report.coverage.gaps).toMatchObject([{ reason: "corrupt-object", count: 1 }]);
  expect(report.findings.length).toBeGreaterThan(8);
});

test("a pack that is cut off is left to git and never called clean", () => {
  const repo = busyRepo();
  repo.git("repack", "-adfq");
  const folder = join(repo.dir, ".git/objects/pack");
  const index = join(folder, readdirSync(folder).find((name) => name.endsWith(".idx"))!);
  const bytes = readFileSync(index);
  rmSync(index, { force: true });
  writeFileSync(index, bytes.subarray(0, 2000));
  appendFileSync(index, "");
  const { code, stdout } = repo.cli("history");
  expect(code).not.toBe(0);
  expect(stdout).not.toContain("no secrets found");
});

test("an index that names a place behind the pack's end is left to git and never called clean", async () => {
  const repo = busyRepo();
  repo.git("repack", "-adfq");
  const folder = join(repo.dir, ".git/objects/pack");
  const pack = join(folder, readdirSync(folder).find((name) => name.endsWith(".pack"))!);
  const index = pack.replace(/pack$/, "idx");
  repo.git("index-pack", "--index-version=2,0x400", "-o", `${index}2`, pack);
  const bytes = readFileSync(`${index}2`);
  // The first offset of eight bytes, where the ids of the pack and of the file end the index: 4 GiB further.
  const large = 8 + 1024 + bytes.readUInt32BE(8 + 1020) * 28;
  bytes.writeUInt32BE(1, large);
  rmSync(index, { force: true });
  writeFileSync(index, bytes);
  await expect(planBlobs(await openRepository(repo.dir), null)).rejects.toThrow(GitError);
  const { code, stdout } = repo.cli("history");
  expect(code).toBe(2);
  expect(stdout).toBe("");
});

test("a pack that git puts in another's place during a scan is read through git", async () => {
  const repo = new TempRepo();
  repo
    .write("a.env", `GITHUB_TOKEN=${token("ghp_{github}")}\n`)
    .write("b.txt", "text\n")
    .commit("both");
  repo.git("repack", "-adfq");
  const stored = await planBlobs(await openRepository(repo.dir), null);
  const packs = stored.packs.map((plan) => ({ ...plan, path: `${plan.path}.gone` }));
  const { pack } = await loadSettings(repo.dir, null);
  const hits: string[] = [];
  const gaps: string[] = [];
  let count = 0;
  const pool = new ScanPool(1, pack, { maxBytes: 0, archives: false });
  const progress = (done: number) => {
    count += done;
  };
  const events = {
    hit: (id: string) => hits.push(id),
    archive: () => {},
    gap: (_: string, id: string) => gaps.push(id),
    progress,
  };
  await pool.scan(repo.dir, { ...stored, packs }, events);
  pool.close();
  expect(hits).toEqual([repo.git("rev-parse", "HEAD:a.env").trim()]);
  expect(gaps).toEqual([]);
  expect(count).toBe(2);
});
