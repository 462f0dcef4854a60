import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { blobsAtTips } from "../../src/git/tip-blobs.ts";
import { seededRandom } from "../../src/rules/samples.ts";
import { randomHistory } from "../support/random-history.ts";
import { TempRepo, tempDir } from "../support/temp-repo.ts";
import { token } from "../support/tokens.ts";

/** Files and links of a commit: path, bytes as Latin-1, and blob. */
function listed(repo: TempRepo, tip: string): Map<string, string> {
  const { stdout } = spawnSync("git", ["ls-tree", "-r", "-z", "--full-tree", tip], { cwd: repo.dir });
  const files = new Map<string, string>();
  for (const entry of stdout.toString("latin1").split("\0")) {
    const [, type, blob, path] = /^\d+ (\w+) ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? [];
    if (type === "blob") files.set(path!, blob!);
  }
  return files;
}

/** What `blobsAtTips` must say of tips with these files. */
function expected(tips: ReadonlyMap<string, ReadonlyMap<string, string>>, paths: readonly string[]) {
  return new Map(
    [...tips].map(([tip, files]) => [tip, new Set(paths.flatMap((path) => files.get(path) ?? []))]),
  );
}

function importHistory(format: string, seed: number): TempRepo {
  const repo = new TempRepo(tempDir(), ["init", "--quiet", "--bare", `--object-format=${format}`]);
  const stream = randomHistory(seed, format === "sha1" ? 40 : 64);
  expect(repo.run("git", ["fast-import", "--quiet", "--force"], { input: stream }).stderr).toBe("");
  return repo;
}

function idsOf(repo: TempRepo, ...listing: string[]): string[] {
  return repo
    .git(...listing)
    .trim()
    .split("\n");
}

/** Takes packs apart, and packs what some branches reach. */
function unpack(repo: TempRepo, packed: readonly string[]): void {
  const script =
    'mv objects/pack/*.pack . && rm -f objects/pack/* && for p in *.pack; do git unpack-objects -q < "$p"; done';
  expect(repo.run("sh", ["-ec", script]).stderr).toBe("");
  if (packed.length === 0) return;
  const input = `${packed.join("\n")}\n`;
  const args = ["pack-objects", "--quiet", "--revs", "objects/pack/pack"];
  expect(repo.run("git", args, { input }).stderr).toBe("");
  repo.git("prune-packed");
}

test.each([
  ["sha1", "packed"],
  ["sha1", "loose"],
  ["sha1", "mixed"],
  ["sha256", "packed"],
  ["sha256", "mixed"],
])("tips hold what git lists of them: %s, %s", async (format, storage) => {
  const seed = Date.now() % 1_000_000_000;
  const repo = importHistory(format, seed);
  const branches = idsOf(repo, "for-each-ref", "--format=%(objectname)", "refs/heads");
  if (storage === "packed") repo.git("repack", "-adfq", "--depth=50", "--window=50");
  else unpack(repo, storage === "mixed" ? branches.slice(0, branches.length / 2) : []);
  const random = seededRandom(seed);
  const tips = branches.filter(() => random(3) > 0);
  const files = new Map(tips.map((tip) => [tip, listed(repo, tip)]));
  const all = new Set([...files.values()].flatMap((of) => [...of.keys()]));
  expect(all.size).toBeGreaterThan(100);
  expect([...all].some((path) => path.includes("\n"))).toBe(true);
  // Files at some tips are folders, submodules or nothing at others; every folder is asked for as well.
  const folders = [...all].flatMap((path) =>
    path.includes("/") ? [path.slice(0, path.lastIndexOf("/"))] : [],
  );
  const paths = [...new Set([...all, ...folders, "a/no such", "no such/a", ""])].filter(() => random(4) > 0);
  expect(await blobsAtTips(repo.dir, tips, paths), `seed ${seed}`).toEqual(expected(files, paths));
});

test("links, submodules, names that are no UTF-8 and tips that are tags", async () => {
  const repo = new TempRepo();
  const base = repo.commit("base");
  const raw = Buffer.from([0x66, 0xff]);
  const stream = Buffer.concat([
    Buffer.from(`commit refs/heads/odd\ncommitter A <a@example.org> 1 +0000\ndata 0\nfrom ${base}\n`),
    ...[raw, Buffer.from("dir/line\\nfeed"), Buffer.from("dir/ünï"), Buffer.from("dir/100644 x")].map(
      (name) => Buffer.concat([Buffer.from('M 100644 inline "'), name, Buffer.from('"\ndata 4\nodd\n\n')]),
    ),
    Buffer.from(`M 120000 inline dir/link\ndata 3\nraw\nM 160000 ${base} dir/module\n`),
  ]);
  const done = spawnSync("git", ["fast-import", "--quiet"], { cwd: repo.dir, input: stream });
  expect(done.stderr.toString()).toBe("");
  repo.git("tag", "-a", "-m", "a tag", "tagged", "odd");
  const tips = [repo.git("rev-parse", "odd").trim(), repo.git("rev-parse", "tagged").trim(), base];
  const inFolder = ["dir/line\nfeed", Buffer.from("dir/ünï").toString("latin1"), "dir/100644 x", "dir/link"];
  const paths = [raw.toString("latin1"), ...inFolder, "dir/module", "dir/module/x", "dir"];
  const present = await blobsAtTips(repo.dir, tips, paths);
  expect(present).toEqual(expected(new Map(tips.map((tip) => [tip, listed(repo, tip)])), paths));
  expect([...present.values()].map(({ size }) => size)).toEqual([2, 2, 0]);
  expect(await blobsAtTips(repo.dir, tips, [])).toEqual(new Map(tips.map((tip) => [tip, new Set()])));
  expect(await blobsAtTips(repo.dir, [], paths)).toEqual(new Map());
});

/** Writes a tree as it is told, and gives its id. */
function writeTree(
  repo: TempRepo,
  entries: readonly (readonly [mode: string, name: string, id: string])[],
): string {
  const bytes = entries.map(([mode, name, id]) =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, "hex")]),
  );
  writeFileSync(join(repo.dir, "tree"), Buffer.concat(bytes));
  return repo.git("hash-object", "-t", "tree", "-w", "--literally", "tree").trim();
}

function writeBlob(repo: TempRepo, text: string): string {
  return repo.write("blob", text).git("hash-object", "-w", "blob").trim();
}

test("old trees write modes of folders with a zero in front", async () => {
  const repo = new TempRepo();
  const blob = writeBlob(repo, "x\n");
  const root = writeTree(repo, [["040000", "dir", writeTree(repo, [["100644", "file", blob]])]]);
  const tip = repo.git("commit-tree", "-m", "old", root).trim();
  expect(await blobsAtTips(repo.dir, [tip], ["dir/file"])).toEqual(new Map([[tip, new Set([blob])]]));
});

test("folders many times in each other, under one name, take no time", async () => {
  const repo = new TempRepo();
  const [blob, other] = [writeBlob(repo, "x\n"), writeBlob(repo, "y\n")];
  let tree = writeTree(repo, [
    ["100644", "a", blob],
    ["100644", "a", other],
  ]);
  for (let depth = 0; depth < 40; depth += 1)
    tree = writeTree(
      repo,
      Array.from({ length: 50 }, () => ["40000", "a", tree] as const),
    );
  const tip = repo.git("commit-tree", "-m", "many", tree).trim();
  const path = Array.from({ length: 41 }, () => "a").join("/");
  expect(await blobsAtTips(repo.dir, [tip], [path])).toEqual(new Map([[tip, new Set([blob])]]));
});

test("what a repository has lost is nowhere, and what it still has is found", async () => {
  const repo = new TempRepo();
  const first = repo.write("deep/down/file", "one\n").write("deep/other", "two\n").commit("first");
  const second = repo.write("third/file", "three\n").commit("second");
  const [gone, lost] = ["1".repeat(40), repo.write("fourth/file", "four\n").commit("lost")];
  const remove = (name: string) => {
    const id = repo.git("rev-parse", name).trim();
    rmSync(join(repo.dir, ".git/objects", id.slice(0, 2), id.slice(2)));
    return id;
  };
  const blob = (name: string) => repo.git("rev-parse", name).trim();
  const [other, third] = [blob(`${first}:deep/other`), blob(`${second}:third/file`)];
  remove(`${first}:deep/down`);
  remove(`${lost}^{tree}`);
  const paths = ["deep/down/file", "deep/other", "third/file", "fourth/file"];
  expect(await blobsAtTips(repo.dir, [gone, first, lost, second], paths)).toEqual(
    new Map([
      [gone, new Set()],
      [first, new Set([other])],
      [lost, new Set()],
      [second, new Set([other, third])],
    ]),
  );
});

test("a secret in a file whose name has a line feed is where the file is", () => {
  const repo = new TempRepo();
  repo.write("line\nfeed", `t = ${token("ghp_{github}")}\n`).commit("bad");
  expect(repo.scan("history").report.findings).toMatchObject([{ state: "head" }]);
});
