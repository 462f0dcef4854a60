import { readGit } from "./stream.ts";

/** A ref, and what it names; for a tag with a message also what that names. */
export interface Ref {
  readonly name: string;
  readonly type: string;
  readonly id: string;
  /** Empty, as is the id, for what is no such tag. */
  readonly peeledType: string;
  readonly peeledId: string;
}

const FORMAT = "%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname)";

/** For the same fields, of which it gives those that open no object. */
const FORMAT_UNOPENED = " %(objectname)   %(refname)";

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
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Ref => {
      const [type, id, peeledType, peeledId, ...name] = line.split(" ") as [string, string, string, string];
      return { type, id, peeledType, peeledId, name: name.join(" ") };
    });
}

/** The objects at which branches and remote branches stand, each once. */
export function branchTips(refs: readonly Ref[]): string[] {
  const branches = refs.filter(({ name }) => /^refs\/(?:heads|remotes)\//.test(name));
  return [...new Set(branches.map(({ id }) => id))];
}
