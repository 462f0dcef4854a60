import { readGit } from "./stream.ts";

/** A ref, and what it names. */
export interface Ref {
  readonly name: string;
  readonly type: string;
  readonly id: string;
}

/** What a tag names is not asked for here: it would have git open every commit that has a ref, to see that it is no tag. */
const FORMAT = "%(objecttype) %(objectname) %(refname)";

/** For the same fields, of which it gives those that look at no object. */
const FORMAT_UNOPENED = " %(objectname) %(refname)";

/**
 * All refs, by name.
 *
 * @throws {GitError} when one names an object that is gone
 */
export function readRefs(dir: string): Promise<Ref[]> {
  return listRefs(dir, [`--format=${FORMAT}`]);
}

/** Branches and remote branches, by name: where they stand only, and whether or not what is there can be read. */
export function readBranches(dir: string): Promise<Ref[]> {
  return listRefs(dir, [`--format=${FORMAT_UNOPENED}`, "refs/heads", "refs/remotes"]);
}

async function listRefs(dir: string, which: readonly string[]): Promise<Ref[]> {
  const output = (await readGit(dir, ["for-each-ref", ...which])).toString("latin1");
  const refs: Ref[] = [];
  for (let at = 0; at < output.length; ) {
    const id = output.indexOf(" ", at) + 1;
    const name = output.indexOf(" ", id) + 1;
    const end = output.indexOf("\n", name);
    refs.push({
      type: output.slice(at, id - 1),
      id: output.slice(id, name - 1),
      name: output.slice(name, end),
    });
    at = end + 1;
  }
  return refs;
}

/** The objects at which branches and remote branches stand, each once. */
export function branchTips(refs: readonly Ref[]): string[] {
  const branches = refs.filter(({ name }) => /^refs\/(?:heads|remotes)\//.test(name));
  return [...new Set(branches.map(({ id }) => id))];
}
