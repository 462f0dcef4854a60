import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listCommits, partsOf, walkParts } from "../../src/app/commit-walk.ts";
import { usefulThreads } from "../../src/app/pool.ts";
import { scanHistory } from "../../src/app/scan-history.ts";
import { loadSettings } from "../../src/config/load.ts";
import { IdTable } from "../../src/git/id-table.ts";
import { readRefs } from "../../src/git/refs.ts";
import { openRepository } from "../../src/git/repository.ts";
import { SimdPrefilter } from "../../src/kernel/simd.ts";
import { seededRandom } from "../../src/rules/samples.ts";
import { planBlobs } from "../../src/sources/blobs.ts";
import { ChangeLog, SUBMODULE } from "../../src/sources/change-log.ts";
import { CommitGraph } from "../../src/sources/commit-graph.ts";
import { indexHistory } from "../../src/sources/history.ts";
import { COMMITS, randomHistory } from "../support/random-history.ts";
import { CLI, TempRepo, tempDir } from "../support/temp-repo.ts";
import { token } from "../support/tokens.ts";

/** What each commit changes, a line for each: in the order of the walk, and of the paths. */
function changesIn(log: ChangeLog, walked: readonly string[]): Map<string, string[]> {
  const changes = new Map<string, string[]>();
  for (const id of walked) {
    const commit = log.commits.find(Buffer.from(id, "hex"), 0);
    const lines: string[] = [];
    if (commit < 0) continue;
    log.visitChanges(commit, (blob, path) =>
      lines.push(`${blob === SUBMODULE ? "submodule" : log.blobs.hex(blob)} ${log.pathOf(path)}`),
    );
    changes.set(id, lines);
  }
  return changes;
}

async function walkBothWays(repo: TempRepo) {
  const repository = await openRepository(repo.dir);
  const idBytes = repository.objectFormat === "sha256" ? 32 : 20;
  const { packs } = await planBlobs(repository, null);
  const walk = listCommits(packs, idBytes, [], new SimdPrefilter([]));
  const own = new ChangeLog(new IdTable(idBytes));
  // Two threads would take turns so.
  const shared = { ...walk, step: 7 };
  const threads = [0, 1].map(() => walkParts(shared, packs, new SimdPrefilter([])));
  let parts = 0;
  for (let turn = 0, ended = 0; ended < threads.length; turn += 1) {
    const part = threads[turn % threads.length]!.next();
    if (part.done === true) ended += 1;
    else {
      own.absorb(part.value);
      parts += 1;
    }
  }
  expect(parts).toBe(partsOf(shared));
  const byGit = new ChangeLog(new IdTable(idBytes));
  const known = { log: byGit, graph: new CommitGraph(byGit.commits) };
  const index = await indexHistory(repository, {}, known, readRefs(repository.dir));
  // What is loose is not in the list.
  expect(walk.commits.count).toBeLessThanOrEqual(index.commits);
  const order = byGit.commits.hexIds();
  return { own: changesIn(own, order), byGit: changesIn(byGit, order) };
}

test.each(["sha1", "sha256"])("trees compared here say of each commit what git says: %s", async (format) => {
  const seed = Date.now() % 1_000_000_000;
  const repo = new TempRepo(tempDir(), ["init", "--quiet", `--object-format=${format}`]);
  const stream = randomHistory(seed, format === "sha1" ? 40 : 64);
  const imported = repo.run("git", ["fast-import", "--quiet", "--force"], { input: stream });
  expect(imported.stderr).toBe("");
  repo.git("repack", "-adfq", "--depth=50", "--window=50");
  const { own, byGit } = await walkBothWays(repo);
  expect(byGit.size).toBe(COMMITS);
  expect([...byGit.values()].filter((lines) => lines.length > 0).length).toBeGreaterThan(COMMITS / 2);
  for (const [commit, lines] of byGit) expect(own.get(commit), `seed ${seed}, ${commit}`).toEqual(lines);
});

test("a commit whose trees cannot be read is left to git, and those around it are not", async () => {
  const repo = new TempRepo();
  for (let i = 0; i < 6; i += 1) repo.write(`folder${i}/file`, `${i}\n`).commit(`${i}`);
  repo.git("repack", "-adfq");
  // Loose objects are git's.
  repo.write("folder9/file", "9\n").commit("9");
  const { own, byGit } = await walkBothWays(repo);
  expect(byGit.size).toBe(7);
  expect(own.size).toBe(6);
  for (const [commit, lines] of own) expect(lines).toEqual(byGit.get(commit));
});

test("a pack that is damaged gives what git gives, or nothing", async () => {
  const repo = new TempRepo();
  const lines = Array.from({ length: 200 }, (_, i) => `folder/file${i}`);
  for (let i = 0; i < 40; i += 1) repo.write(lines[(i * 7) % 200]!, `${i}\n`).commit(`${i}`);
  repo.git("repack", "-adfq", "--depth=50");
  const whole = await walkBothWays(repo);
  const folder = join(repo.dir, ".git/objects/pack");
  const pack = join(folder, readdirSync(folder).find((name) => name.endsWith(".pack"))!);
  repo.run("chmod", ["u+w", pack]);
  const bytes = readFileSync(pack);
  const repository = await openRepository(repo.dir);
  const { packs } = await planBlobs(repository, null);
  const random = seededRandom(7);
  let left = 0;
  for (let round = 0; round < 20; round += 1) {
    const damaged = Buffer.from(bytes);
    for (let i = 0; i < 20; i += 1) damaged[20 + random(bytes.length - 60)] = random(256);
    // All commits are listed before the pack is damaged.
    const walk = listCommits(packs, 20, [], new SimdPrefilter([]));
    expect(walk.commits.count).toBe(40);
    const log = new ChangeLog(new IdTable(20));
    writeFileSync(pack, damaged);
    for (const part of walkParts(walk, packs, new SimdPrefilter([]))) log.absorb(part);
    writeFileSync(pack, bytes);
    for (const [commit, changes] of changesIn(log, log.commits.hexIds())) {
      // Zlib's checksum tells of most damage, not of what is wrong in a header.
      expect(changes, commit).toEqual(whole.byGit.get(commit));
    }
    left += 40 - log.commitCount;
  }
  expect(left).toBeGreaterThan(0);
});

test("a pack that is gone leaves its commits to git", async () => {
  const repo = new TempRepo();
  for (let i = 0; i < 3; i += 1) repo.write("folder/file", `${i}\n`).commit(`${i}`);
  repo.git("repack", "-adfq");
  const { packs } = await planBlobs(await openRepository(repo.dir), null);
  const walk = listCommits(packs, 20, [], new SimdPrefilter([]));
  const moved = packs.map((plan) => ({ ...plan, path: `${plan.path}.gone` }));
  const log = new ChangeLog(new IdTable(20));
  for (const part of walkParts(walk, moved, new SimdPrefilter([]))) log.absorb(part);
  expect(walk.commits.count).toBe(3);
  expect(log.commitCount).toBe(0);
});

test("a tree whose entry has no blank is left to git", async () => {
  const repo = new TempRepo();
  repo.write("file", "text\n").commit("sound");
  const blob = Buffer.from(repo.git("rev-parse", "HEAD:file").trim(), "hex");
  const literally = ["hash-object", "-t", "tree", "--literally", "-w", "--stdin"];
  const entry = Buffer.concat([Buffer.from("100644xfile\0"), blob]);
  const tree = repo.run("git", literally, { input: entry }).stdout.trim();
  const commit = repo.git("commit-tree", "-m", "odd", tree).trim();
  repo.git("update-ref", "refs/heads/odd", commit);
  const ids = repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)");
  const packed = repo.run("git", ["pack-objects", "-q", ".git/objects/pack/pack"], { input: ids });
  expect(packed.code, packed.stderr).toBe(0);
  const { packs } = await planBlobs(await openRepository(repo.dir), null);
  const walk = listCommits(packs, 20, [], new SimdPrefilter([]));
  const log = new ChangeLog(new IdTable(20));
  for (const part of walkParts(walk, packs, new SimdPrefilter([]))) log.absorb(part);
  expect(walk.commits.count).toBe(2);
  expect(log.commits.hexIds()).toEqual([repo.git("rev-parse", "HEAD").trim()]);
});

test("a pack that is worth several threads, and what a shallow clone has of it", async () => {
  const repo = new TempRepo();
  // Random bytes: what is packed stays long.
  for (let i = 0; i < 3; i += 1) repo.write(`data${i}.bin`, randomBytes(1 << 20)).commit(`data ${i}`);
  const secret = token("ghp_{github}");
  repo.write("deep/down/a.env", `GITHUB_TOKEN=${secret}\n`).commit("brings it in");
  repo.write("deep/down/a.env", "\n").write("b.env", `GITHUB_TOKEN=${secret}\n`).commit("moves it");
  repo.git("repack", "-adfq");
  const clone = tempDir();
  repo.git("clone", "--quiet", "--depth=1", `file://${repo.dir}`, clone);
  for (const dir of [repo.dir, clone]) {
    const repository = await openRepository(dir);
    const settings = await loadSettings(dir, null);
    expect(usefulThreads(repository)).toBeGreaterThan(1);
    const viaGit = await scanHistory(repository, { settings, viaGit: true });
    const ran = repo.run(process.execPath, [CLI, "history", "--no-cache", "--format", "json"], { cwd: dir });
    const report = JSON.parse(ran.stdout);
    const places = (findings: { occurrences: { path: string; commit: unknown }[] }[]) =>
      findings.flatMap(({ occurrences }) => occurrences.map(({ path, commit }) => [path, commit]));
    expect(places(report.findings)).toEqual(JSON.parse(JSON.stringify(places(viaGit.findings as never))));
    expect(report.findings.length, ran.stderr).toBe(1);
    expect(report.findings[0].occurrences.length).toBe(dir === clone ? 1 : 2);
  }
});
