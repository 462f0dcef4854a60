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
 *
 * @param known what git has answered before, "" where there was nothing; it is brought up to date: what a commit or a
 *   tree holds never changes
 */
export async function blobsAtTips(
  dir: string,
  tips: readonly string[],
  paths: readonly string[],
  known: Map<string, string>,
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
  const trees = await objectsNamed(
    dir,
    [...folders.keys()].flatMap((folder) => tips.map((tip) => `${tip}:${folder}`)),
    known,
  );
  /** Of each folder its trees, each with the tips that have it there. */
  const places = [...folders].map(([folder, names]) => {
    const tipsOf = new Map<string, string[]>();
    for (const tip of tips) {
      const tree = trees.get(`${tip}:${folder}`);
      if (tree === undefined) continue;
      const same = tipsOf.get(tree);
      if (same === undefined) tipsOf.set(tree, [tip]);
      else same.push(tip);
    }
    return { names, tipsOf };
  });
  const blobs = await objectsNamed(
    dir,
    places.flatMap(({ names, tipsOf }) =>
      [...tipsOf.keys()].flatMap((tree) => names.map((name) => `${tree}:${name}`)),
    ),
    known,
  );
  const present = new Map(tips.map((tip) => [tip, new Set<string>()]));
  for (const { names, tipsOf } of places) {
    for (const [tree, sameTips] of tipsOf) {
      const held = names.flatMap((name) => blobs.get(`${tree}:${name}`) ?? []);
      for (const tip of sameTips) for (const blob of held) present.get(tip)!.add(blob);
    }
  }
  return present;
}

/** The ids of those objects that exist, by `<object>:<path>`, one Latin-1 character a byte. */
async function objectsNamed(
  dir: string,
  specs: readonly string[],
  known: Map<string, string>,
): Promise<Map<string, string>> {
  const asked = [...new Set(specs)].filter((spec) => !known.has(spec));
  if (asked.length > 0) {
    const input = Buffer.from(asked.map((spec) => `${spec}\n`).join(""), "latin1");
    const output = await readGit(dir, ["cat-file", "--batch-check=%(objectname)"], input);
    const lines = output.toString("latin1").split("\n");
    asked.forEach((spec, index) => {
      known.set(spec, /^[0-9a-f]{40,64}$/.test(lines[index]!) ? lines[index]! : "");
    });
  }
  return new Map(specs.flatMap((spec) => (known.get(spec) ? [[spec, known.get(spec)!]] : [])));
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
