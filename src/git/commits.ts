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
