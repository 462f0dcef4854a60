import { expect, test } from "vitest";
import { IdTable } from "../../src/git/id-table.ts";
import { readRefs } from "../../src/git/refs.ts";
import { openRepository } from "../../src/git/repository.ts";
import { ChangeLog, LOG_PARTS } from "../../src/sources/change-log.ts";
import { CommitGraph } from "../../src/sources/commit-graph.ts";
import { CommitLines, LIST_COMMITS } from "../../src/sources/commit-lines.ts";
import { indexHistory, type KnownHistory } from "../../src/sources/history.ts";
import { COMMITS, randomHistory } from "../support/random-history.ts";
import { TempRepo, tempDir } from "../support/temp-repo.ts";

function importedRepo(format: string): TempRepo {
  const seed = Date.now() % 1_000_000_000;
  const repo = new TempRepo(tempDir(), ["init", "--quiet", `--object-format=${format}`]);
  const input = randomHistory(seed, format === "sha1" ? 40 : 64);
  const imported = repo.run("git", ["fast-import", "--quiet", "--force"], { input });
  expect(imported.stderr, `seed ${seed}`).toBe("");
  return repo;
}

function kept({ log, graph }: KnownHistory): KnownHistory {
  const parts = [...graph.ids.parts(), ...log.parts(), ...graph.parts()];
  const [ids, slots, ...rest] = parts.map((part) => Uint8Array.from(part));
  const commits = new IdTable(graph.ids.idBytes);
  commits.fill(ids!, slots);
  return {
    log: ChangeLog.fromParts(commits, rest.slice(0, LOG_PARTS))!,
    graph: CommitGraph.fromParts(commits, rest.slice(LOG_PARTS))!,
  };
}

/** Of each blob where it came in, in the order of the walk. */
async function places(repo: TempRepo, known: KnownHistory): Promise<string[]> {
  const repository = await openRepository(repo.dir);
  const index = await indexHistory(repository, {}, known, readRefs(repository.dir));
  const blobs = index.blobsWithout(() => false).hexIds();
  return [
    `${index.commits} commits`,
    ...blobs.sort().map((blob) => `${blob} ${JSON.stringify(index.introductions(blob))}`),
  ];
}

test.each(["sha1", "sha256"])("commits that are known are walked in the order of rev-list: %s", (format) => {
  const repo = importedRepo(format);
  const idBytes = format === "sha1" ? 20 : 32;
  const graph = new CommitGraph(new IdTable(idBytes));
  const list = repo.git(...LIST_COMMITS, "--all");
  const lines = new CommitLines(idBytes);
  const order: number[] = [];
  // In pieces of any length.
  for (let at = 0; at < list.length; at += 97)
    lines.push(Buffer.from(list.slice(at, at + 97)), (commit) => order.push(graph.add(commit)));
  expect(order).toHaveLength(COMMITS);
  const tips = repo.git("rev-list", "--no-walk=unsorted", "--all").trim().split("\n");
  const numbers = tips.map((tip) => graph.ids.find(Buffer.from(tip, "hex"), 0));
  expect(graph.walk(numbers)).toEqual(order);
  expect(CommitGraph.fromParts(graph.ids, graph.parts())!.walk(numbers)).toEqual(order);
  expect(graph.walk([...numbers, graph.ids.add(new Uint8Array(idBytes), 0)])).toBeNull();
});

test("a history that has grown, and lost branches, is indexed as if nothing were known of it", async () => {
  const repo = importedRepo("sha1");
  const empty = () => {
    const commits = new IdTable(20);
    return { log: new ChangeLog(commits), graph: new CommitGraph(commits) };
  };
  const known = empty();
  await places(repo, known);
  repo.git("branch", "-D", "b7", `b${COMMITS}`);
  for (const [branch, other] of [
    ["b100", "b200"],
    ["b300", "b50"],
    [`b${COMMITS - 1}`, "b100"],
  ] as const) {
    repo.git("checkout", "--quiet", "--force", branch);
    repo.write(`new-${branch}.txt`, branch).git("add", `new-${branch}.txt`);
    repo.git("commit", "--quiet", "--message", branch);
    const merge = repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-p", other, "-m", "both").trim();
    repo.git("reset", "--quiet", "--soft", merge);
  }
  const again = kept(known);
  const fresh = empty();
  expect(await places(repo, again)).toEqual(await places(repo, fresh));
  expect(again.log.commitCount).toBe(known.log.commitCount + 6);
  // Once more, when nothing is new.
  expect(await places(repo, kept(again))).toEqual(await places(repo, fresh));
});
