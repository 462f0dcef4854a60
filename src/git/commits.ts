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

/** Of `paths`, the blob that each of `tips` has there now: `<tip>:<path>` asked in one go. */
export async function blobsAtTips(
  dir: string,
  tips: readonly string[],
  paths: readonly string[],
): Promise<Map<string, Set<string>>> {
  const present = new Map(tips.map((tip) => [tip, new Set<string>()]));
  const asked = tips.flatMap((tip) =>
    paths.filter((path) => !path.includes("\n")).map((path) => ({ tip, path })),
  );
  if (asked.length === 0) return present;
  const input = Buffer.from(asked.map(({ tip, path }) => `${tip}:${path}\n`).join(""), "latin1");
  const output = await readGit(dir, ["cat-file", "--batch-check=%(objectname)"], input);
  output
    .toString("latin1")
    .split("\n")
    .forEach((line, index) => {
      if (/^[0-9a-f]{40,64}$/.test(line)) present.get(asked[index]!.tip)?.add(line);
    });
  return present;
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
