import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { usefulThreads } from "../../src/app/pool.ts";
import { scanHistory } from "../../src/app/scan-history.ts";
import { loadSettings } from "../../src/config/load.ts";
import { readCommitHeads } from "../../src/git/packs/commit-reader.ts";
import { openRepository } from "../../src/git/repository.ts";
import { SimdPrefilter } from "../../src/kernel/simd.ts";
import { seededRandom } from "../../src/rules/samples.ts";
import { planBlobs } from "../../src/sources/blobs.ts";
import { TempRepo, tempDir } from "../support/temp-repo.ts";
import { token } from "../support/tokens.ts";

function writeCommit(repo: TempRepo, text: string): string {
  const made = repo.run("git", ["hash-object", "-t", "commit", "--literally", "-w", "--stdin"], {
    input: text,
  });
  expect(made.stderr).toBe("");
  return made.stdout.trim();
}

/** Moves the objects, or all that there are, into a pack. */
function pack(
  repo: TempRepo,
  ids: string = repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)"),
): void {
  const made = repo.run("git", ["pack-objects", "-q", "--window=50", ".git/objects/pack/pack"], {
    input: ids,
  });
  expect(made.code, made.stderr).toBe(0);
  repo.git("prune-packed");
}

function packsOf(repo: TempRepo): string[] {
  const folder = join(repo.dir, ".git/objects/pack");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".idx"))
    .map((name) => join(folder, name));
}

/** What packs tell of commits, as `rev-list` would write it. */
async function readHeads(repo: TempRepo): Promise<Map<string, string>> {
  const { packs } = await planBlobs(await openRepository(repo.dir), null);
  const kernel = new SimdPrefilter([]);
  const lines = new Map<string, string>();
  readCommitHeads(
    packs,
    (room) => kernel.treeBench(room),
    ({ id, tree, date, parents }) => {
      const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
      const named = Array.from({ length: parents.length / id.length }, (_, i) =>
        hex(parents.subarray(i * id.length, (i + 1) * id.length)),
      );
      lines.set(hex(id), [hex(id), hex(tree), date, named.join(" ")].join(" "));
    },
  );
  return lines;
}

function listed(repo: TempRepo, ids: Iterable<string>): Map<string, string> {
  const list = ["rev-list", "--no-walk=unsorted", "--stdin", "--no-commit-header"];
  const { stdout } = repo.run("git", [...list, "--format=%H %T %ct %P"], { input: [...ids].join("\n") });
  return new Map(
    stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => [line.slice(0, line.indexOf(" ")), line]),
  );
}

test.each(["sha1", "sha256"])(
  "what a commit says is read from its pack as git reads it: %s",
  async (format) => {
    const seed = Date.now() % 1_000_000_000;
    const random = seededRandom(seed);
    const repo = new TempRepo(tempDir(), ["init", "--quiet", `--object-format=${format}`]);
    const tree = repo.run("git", ["mktree"], { input: "" }).stdout.trim();
    const people = [
      "Ada <ada@example.org>",
      "<ada@example.org>",
      " <>",
      "Ünï Cödé <u@example.org>",
      `${"Long Name ".repeat(40)}<long@example.org>`,
    ];
    const sound: string[] = [];
    // Long enough to be deltas of one another.
    const message = randomBytes(600).toString("hex");
    for (let i = 0; i < 150; i += 1) {
      const parents = Array.from({ length: [0, 1, 1, 2, 40][random(5)]! }, () => sound[random(sound.length)]);
      const person = () =>
        `${people[random(people.length)]} ${random(2 ** 31)} ${["+0000", "-0730", "+1400"][random(3)]}`;
      const more = ["", "encoding ISO-8859-1\n", `gpgsig -----BEGIN\n ${message}\n -----END\n`][random(3)];
      const lines = parents.filter((parent) => parent !== undefined).map((parent) => `parent ${parent}\n`);
      const text = `tree ${tree}\n${lines.join("")}author ${person()}\ncommitter ${person()}\n${more}\n`;
      sound.push(writeCommit(repo, `${text}${message.slice(random(900))} ${i}\n`));
    }
    const at = "1700000000 +0000";
    const odd = [
      `tree ${tree}\nauthor A <a> ${at}\n\nno committer\n`,
      `tree ${tree}\nauthor A <a> ${at}\ncommitter A <a>\n\nno date\n`,
      `tree ${tree}\nauthor A <a> ${at}\ncommitter A <a> 12345678901234567890 +0000\n\ntoo late\n`,
      `tree ${tree}\nauthor A <a> ${at}\ncommitter A <a> -5 +0000\n\nbefore its time\n`,
      `tree ${tree}\nauthor A <a> ${at}\ncommitter A <a> b> 5 +0000\n\ntwo ends\n`,
      `tree ${tree}\nauthor A <a> ${at}\ncommitter A a ${at}\n\nno mail\n`,
      `tree ${tree}\nauthor A <a> ${at}\ncommitter A <a> 5 +00\n\nshort zone\n`,
      `tree ${tree}\nnote x\nauthor A <a> ${at}\ncommitter A <a> ${at}\n\na line before\n`,
      `tree ${tree.toUpperCase()}\nauthor A <a> ${at}\ncommitter A <a> ${at}\n\nlarge letters\n`,
      `tree ${tree}`,
      "",
    ].map((text) => writeCommit(repo, text));
    pack(repo);
    const read = await readHeads(repo);
    const expected = listed(repo, sound);
    for (const id of sound) expect(read.get(id), `seed ${seed}, ${id}`).toBe(expected.get(id));
    for (const id of odd) expect(read.get(id), id).toBeUndefined();
    const deltas = repo.git("verify-pack", "-v", ...packsOf(repo));
    expect(deltas).toMatch(/^[0-9a-f]+ commit .* 1 [0-9a-f]+$/m);
  },
);

/** A history that several threads read, with a secret that comes and moves; its packs are made by the caller. */
function repoWithSecret(): TempRepo {
  const repo = new TempRepo();
  const line = `GITHUB_TOKEN=${token("ghp_{github}")}\n`;
  // Random bytes: what is packed stays long.
  for (let i = 0; i < 2; i += 1) repo.write(`data${i}.bin`, randomBytes(1 << 20)).commit(`data ${i}`);
  repo.write("deep/a.env", line).commit("brings it in");
  repo.write("deep/a.env", "\n").write("b.env", line).commit("moves it");
  return repo;
}

/** Scans with all threads and through git; both must say the same. Gives how many commits there were, and places. */
async function scanBothWays(repo: TempRepo): Promise<[commits: number, places: number]> {
  const repository = await openRepository(repo.dir);
  expect(usefulThreads(repository)).toBeGreaterThan(1);
  const viaGit = await scanHistory(repository, {
    settings: await loadSettings(repo.dir, null),
    viaGit: true,
  });
  const places = (findings: { occurrences: { path: string; commit: unknown }[] }[]) =>
    findings.flatMap(({ occurrences }) => occurrences.map(({ path, commit }) => [path, commit]));
  for (const more of [["--no-cache"], [], []]) {
    const ran = repo.cli("history", "--format", "json", ...more);
    expect(ran.code, ran.stderr).toBe(1);
    const report = JSON.parse(ran.stdout);
    expect(report.scan.counts.commits).toBe(viaGit.counts.commits);
    expect(places(report.findings)).toEqual(JSON.parse(JSON.stringify(places(viaGit.findings as never))));
  }
  return [viaGit.counts.commits, places(viaGit.findings as never).length];
}

test.each([
  ["no date", "committer A <a>"],
  ["a date that git walks by as 0", "committer A <<a@b>> 1900000000 +0000"],
  ["a date before 1970, which git takes for a late one", "committer A <a> -5 +0000"],
  ["a date without a zone", "committer A <a> 1900000000"],
])("a commit that git writes no more, between others: %s", async (_, committer) => {
  const repo = repoWithSecret();
  const tip = repo.git("rev-parse", "HEAD").trim();
  const line = `X=${token("ghp_{github}")}\n`;
  // Where the secret came in depends on which of two branches is walked first.
  repo.write("c.env", line).commit("on a branch");
  const tree = repo.git("rev-parse", "HEAD^{tree}").trim();
  const odd = writeCommit(repo, `tree ${tree}\nparent ${tip}\nauthor A <a> 5 +0000\n${committer}\n\nodd\n`);
  repo.git("branch", "odd", odd);
  repo.git("checkout", "--quiet", "--force", "odd");
  repo.write("d.txt", "after it\n").commit("after it");
  pack(repo);
  expect((await readHeads(repo)).has(odd)).toBe(false);
  expect(await scanBothWays(repo)).toEqual([7, 3]);
});

test("commits of a cruft pack are not read", async () => {
  const repo = repoWithSecret();
  const lost = repo.write("e.txt", "lost\n").commit("lost");
  repo.git("reset", "--quiet", "--hard", "HEAD~1");
  repo.git("reflog", "expire", "--expire=now", "--all");
  repo.git("repack", "-d", "--cruft", "-q");
  expect(repo.git("cat-file", "-t", lost).trim()).toBe("commit");
  const heads = await readHeads(repo);
  expect([heads.size, heads.has(lost)]).toEqual([4, false]);
  expect(await scanBothWays(repo)).toEqual([4, 2]);
});

test("packs whose commits have loose ones as parents, and as children", async () => {
  const repo = repoWithSecret();
  const ids = repo.git("rev-list", "--objects", "--no-object-names", "HEAD~2", "^HEAD~3");
  pack(repo, ids);
  repo.write("c.env", `X=${token("ghp_{github}")}\n`).commit("after it");
  expect((await readHeads(repo)).size).toBe(1);
  expect(await scanBothWays(repo)).toEqual([5, 3]);
});

test("commits of a pack that no ref reaches, with parents that are gone, are not walked", async () => {
  const repo = repoWithSecret();
  const head = repo.git("rev-parse", "HEAD").trim();
  const tree = repo.git("rev-parse", "HEAD^{tree}").trim();
  const person = "A <a> 1700000000 +0000";
  const lost = writeCommit(
    repo,
    `tree ${tree}\nparent ${"1".repeat(40)}\nparent ${head}\nauthor ${person}\ncommitter ${person}\n\nlost\n`,
  );
  pack(repo);
  expect((await readHeads(repo)).has(lost)).toBe(true);
  expect(await scanBothWays(repo)).toEqual([4, 2]);
});

test("what a shallow clone cuts off is not walked, and grafts do not count", async () => {
  const repo = repoWithSecret();
  pack(repo);
  const head = repo.git("rev-parse", "HEAD").trim();
  // The commits that are cut off are still there.
  writeFileSync(join(repo.dir, ".git/shallow"), `${head}\n`);
  expect(await scanBothWays(repo)).toEqual([1, 1]);
  rmSync(join(repo.dir, ".git/shallow"));
  mkdirSync(join(repo.dir, ".git/info"), { recursive: true });
  writeFileSync(join(repo.dir, ".git/info/grafts"), `${head} ${repo.git("rev-parse", "HEAD~2").trim()}\n`);
  expect(await scanBothWays(repo)).toEqual([4, 2]);
});
