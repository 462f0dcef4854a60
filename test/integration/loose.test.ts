import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readLooseBlobs } from "../../src/git/loose.ts";
import { openRepository, type Repository } from "../../src/git/repository.ts";
import { seededRandom } from "../../src/rules/samples.ts";
import { TempRepo, tempDir } from "../support/temp-repo.ts";

const MOST = 1 << 20;
const random = seededRandom(7);
const noise = (length: number) => Buffer.from(Array.from({ length }, () => random(256)));
/** Empty, shorter and longer than what is read of each to know its size, and such as deflate makes longer. */
const CONTENTS = [
  Buffer.alloc(0),
  Buffer.from("a"),
  Buffer.from("some text of a few words\n"),
  Buffer.from("line\n".repeat(30_000)),
  noise(31),
  noise(100_000),
];

function add(repo: TempRepo, content: Buffer): string {
  writeFileSync(join(repo.dir, "content"), content);
  return repo.git("hash-object", "-w", "content").trim();
}

function pathOf(repository: Repository, id: string): string {
  return join(repository.commonDir, "objects", id.slice(0, 2), id.slice(2));
}

async function repoWith(contents: readonly Buffer[], init: readonly string[] = ["init", "-q"]) {
  const repo = new TempRepo(tempDir(), init);
  const ids = contents.map((content) => add(repo, content));
  return { repo, ids, repository: await openRepository(repo.dir) };
}

test.each([
  ["SHA-1", ["init", "-q"]],
  ["SHA-256", ["init", "-q", "--object-format=sha256"]],
])("blobs of %s are what was added", async (_, init) => {
  const { ids, repository } = await repoWith(CONTENTS, init);
  expect(readLooseBlobs(repository, ids, MOST, {})).toEqual(CONTENTS);
});

test("what is no blob, lacks, or is too much together is left to git", async () => {
  const { repo, ids, repository } = await repoWith(CONTENTS);
  repo.write("file", "text\n").commit("a commit");
  const tree = repo.git("rev-parse", "HEAD^{tree}").trim();
  expect(readLooseBlobs(repository, [tree], MOST, {})).toBeNull();
  expect(readLooseBlobs(repository, ["0".repeat(40)], MOST, {})).toBeNull();
  const [, , , lines, , noisy] = ids;
  expect(readLooseBlobs(repository, [lines!], 150_000, {})).toBeNull();
  expect(readLooseBlobs(repository, [lines!], 150_012, {})).not.toBeNull();
  expect(readLooseBlobs(repository, [lines!, noisy!], 200_000, {})).toBeNull();
});

test("an object that is cut off or damaged is left to git", async () => {
  const { ids, repository } = await repoWith(CONTENTS);
  for (const id of ids) {
    const path = pathOf(repository, id);
    const whole = readFileSync(path);
    chmodSync(path, 0o644);
    for (const broken of [
      Buffer.alloc(0),
      whole.subarray(0, 5),
      whole.subarray(0, whole.length - 5),
      Buffer.concat([whole.subarray(0, whole.length - 4), Buffer.from([1, 2, 3, 4])]),
      Buffer.from("no zlib stream"),
    ]) {
      writeFileSync(path, broken);
      expect(readLooseBlobs(repository, [id], MOST, {}), `${whole.length} bytes`).toBeNull();
    }
    writeFileSync(path, whole);
    expect(readLooseBlobs(repository, [id], MOST, {})).toHaveLength(1);
  }
});
