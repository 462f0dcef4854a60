import { availableParallelism } from "node:os";
import { readGit } from "./stream.ts";
import { displayPath } from "./tree-change.ts";

/** A commit's author and subject. */
export interface CommitText {
  readonly id: string;
  readonly author: string;
  readonly email: string;
  readonly date: string;
  readonly summary: string;
}

/** Looks up commits by id. `--no-mailmap` and no notes: what the commit object says. */
export async function readCommits(dir: string, ids: readonly string[]): Promise<Map<string, CommitText>> {
  if (ids.length === 0) return new Map();
  const output = await readGit(
    dir,
    [
      "rev-list",
      "--no-walk=unsorted",
      "--stdin",
      "--no-commit-header",
      "--format=%H%x00%an%x00%ae%x00%aI%x00%s",
    ],
    `${ids.join("\n")}\n`,
  );
  const commits = new Map<string, CommitText>();
  for (const line of output.toString("latin1").split("\n")) {
    if (line === "") continue;
    const [id, author, email, date, summary] = line.split("\0").map(displayPath);
    commits.set(id!, { id: id!, author: author!, email: email!, date: date!, summary: summary! });
  }
  return commits;
}

/**
 * Of `paths`, the blob that each of `tips` has there now. A folder is the same tree at many tips, and is looked into
 * once, instead of each path being asked for at each tip.
 */
export async function blobsAtTips(
  dir: string,
  tips: readonly string[],
  paths: readonly string[],
): Promise<Map<string, Set<string>>> {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    if (path.includes("\n")) continue;
    const cut = path.lastIndexOf("/");
    const folder = path.slice(0, Math.max(0, cut));
    const names = folders.get(folder) ?? [];
    names.push(path.slice(cut + 1));
    folders.set(folder, names);
  }
  const places = tips.flatMap((tip) =>
    [...folders].map(([folder, names]) => ({ tip, names, spec: `${tip}:${folder}` })),
  );
  const trees = await objectsNamed(
    dir,
    places.map(({ spec }) => spec),
  );
  const files = places.flatMap(({ tip, names, spec }) => {
    const tree = trees.get(spec);
    return tree === undefined ? [] : names.map((name) => ({ tip, spec: `${tree}:${name}` }));
  });
  const blobs = await objectsNamed(dir, [...new Set(files.map(({ spec }) => spec))]);
  const present = new Map(tips.map((tip) => [tip, new Set<string>()]));
  for (const { tip, spec } of files) {
    const blob = blobs.get(spec);
    if (blob !== undefined) present.get(tip)!.add(blob);
  }
  return present;
}

/** Objects that are worth a process of their own to look up: a millisecond's start. */
const WORTH_A_PROCESS = 500;

/** The ids of those objects that exist, by `<object>:<path>`, one Latin-1 character a byte. */
async function objectsNamed(dir: string, specs: readonly string[]): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  const processes = Math.min(4, availableParallelism(), Math.ceil(specs.length / WORTH_A_PROCESS));
  const share = Math.ceil(specs.length / processes);
  const ask = async (part: readonly string[]) => {
    const input = Buffer.from(part.map((spec) => `${spec}\n`).join(""), "latin1");
    const output = await readGit(dir, ["cat-file", "--batch-check=%(objectname)"], input);
    output
      .toString("latin1")
      .split("\n")
      .forEach((line, index) => {
        if (/^[0-9a-f]{40,64}$/.test(line)) ids.set(part[index]!, line);
      });
  };
  await Promise.all(
    Array.from({ length: processes }, (_, i) => ask(specs.slice(i * share, (i + 1) * share))),
  );
  return ids;
}
