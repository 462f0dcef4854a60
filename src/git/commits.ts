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
 * once: with hundreds of branches that is a tenth of the questions that each path at each tip would be.
 */
export async function blobsAtTips(
  dir: string,
  tips: readonly string[],
  paths: readonly string[],
): Promise<Map<string, Set<string>>> {
  const names = new Map<string, string[]>();
  for (const path of paths) {
    if (path.includes("\n")) continue;
    const cut = path.lastIndexOf("/");
    const folder = path.slice(0, Math.max(0, cut));
    names.set(folder, [...(names.get(folder) ?? []), path.slice(cut + 1)]);
  }
  const folders = tips.flatMap((tip) => [...names.keys()].map((folder) => ({ tip, folder })));
  const trees = await objectsNamed(
    dir,
    folders.map(({ tip, folder }) => `${tip}:${folder}`),
  );
  const asked = new Map<string, Set<string>>();
  folders.forEach(({ folder }, index) => {
    const tree = trees[index];
    if (tree == null) return;
    const wanted = asked.get(tree) ?? new Set();
    asked.set(tree, wanted);
    for (const name of names.get(folder)!) wanted.add(name);
  });
  const questions = [...asked].flatMap(([tree, wanted]) => [...wanted].map((name) => ({ tree, name })));
  const blobs = await objectsNamed(
    dir,
    questions.map(({ tree, name }) => `${tree}:${name}`),
  );
  const inTree = new Map<string, string[]>();
  questions.forEach(({ tree }, index) => {
    const blob = blobs[index];
    if (blob != null) inTree.set(tree, [...(inTree.get(tree) ?? []), blob]);
  });
  const present = new Map(tips.map((tip) => [tip, new Set<string>()]));
  folders.forEach(({ tip }, index) => {
    for (const blob of inTree.get(trees[index] ?? "") ?? []) present.get(tip)!.add(blob);
  });
  return present;
}

/** The ids of objects that are named as `<object>:<path>`, one Latin-1 character a byte; null where there is none. */
async function objectsNamed(dir: string, names: readonly string[]): Promise<(string | null)[]> {
  if (names.length === 0) return [];
  const input = Buffer.from(names.map((name) => `${name}\n`).join(""), "latin1");
  const output = await readGit(dir, ["cat-file", "--batch-check=%(objectname)"], input);
  return output
    .toString("latin1")
    .split("\n")
    .slice(0, names.length)
    .map((line) => (/^[0-9a-f]{40,64}$/.test(line) ? line : null));
}

/** The commits at which branches and remote branches stand. */
export async function branchTips(dir: string): Promise<string[]> {
  const output = await readGit(dir, ["for-each-ref", "--format=%(objectname)", "refs/heads", "refs/remotes"]);
  return [
    ...new Set(
      output
        .toString("latin1")
        .split("\n")
        .filter((line) => line !== ""),
    ),
  ];
}
