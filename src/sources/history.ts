import { existsSync } from "node:fs";
import { join } from "node:path";
import { Transform, type TransformOptions } from "node:stream";
import type { Repository } from "../git/repository.ts";
import { askGitNow, readGit, readGitNow, startGit } from "../git/stream.ts";
import type { ChangeLog } from "./change-log.ts";
import { DiffTreeParser } from "./diff-tree.ts";
import { HistoryIndex } from "./history-index.ts";

/** Which part of history is meant; all of it when nothing is given. */
export interface HistoryRange {
  readonly since?: string | undefined;
  /** Branches, tags or commits; all refs when there is none. */
  readonly branches?: readonly string[] | undefined;
  readonly maxCommits?: number | undefined;
}

export function isWhole(range: HistoryRange): boolean {
  return range.since === undefined && range.branches === undefined && range.maxCommits === undefined;
}

/**
 * Walks the commits and notes for each blob where it came in. Merges are compared with all their
 * parents (`-c`), so content that only a merge brought is seen, and nothing else twice.
 *
 * @param log knows commits that need not be asked for, and learns the others
 */
export async function indexHistory(
  repository: Repository,
  range: HistoryRange,
  log: ChangeLog,
  signal?: AbortSignal,
): Promise<HistoryIndex> {
  const index = new HistoryIndex(log);
  const order = isWhole(range)
    ? await walkAll(repository, log, index.missing, signal)
    : await walkRange(repository, range, log, index.missing, signal);
  for (const number of order) index.addCommit(number);
  if (range.branches === undefined && signal?.aborted !== true) await addTaggedObjects(repository, index);
  return index;
}

/** Every commit that is reached; asked for are those that the log does not know. Gives their numbers, newest first. */
async function walkAll(
  repository: Repository,
  log: ChangeLog,
  missing: Set<string>,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const stashes = await presentStashes(repository, missing);
  // --all holds every ref, the newest stash, and the HEADs of all work trees.
  const all = ["--all", ...stashes];
  const known = log.commits.size > 0;
  const tips = idsIn(await readGit(repository.dir, ["rev-list", "--no-walk=unsorted", ...all]));
  const unknown = tips.filter((tip) => !log.has(Buffer.from(tip, "hex"), 0));
  if (unknown.length > 0) {
    const revisions = known ? ["--stdin"] : all;
    const input = known ? [...unknown, ...log.tips().map((tip) => `^${tip}`)].join("\n") : "";
    await learn(repository, revisions, input, log, signal);
  }
  return log.walk(tips);
}

/** The commits of a range, as git orders and counts them. */
async function walkRange(
  repository: Repository,
  range: HistoryRange,
  log: ChangeLog,
  missing: Set<string>,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const revisions: string[] = [];
  if (range.since !== undefined) revisions.push(`--since=${range.since}`);
  if (range.maxCommits !== undefined) revisions.push(`--max-count=${range.maxCommits}`);
  revisions.push(
    ...(range.branches === undefined
      ? ["--all", ...(await presentStashes(repository, missing))]
      : ["--end-of-options", ...range.branches]),
  );
  return learn(repository, revisions, "", log, signal);
}

/** The stashes that are there; the others are noted. */
async function presentStashes(repository: Repository, missing: Set<string>): Promise<string[]> {
  const stashes = olderStashes(repository);
  for (const id of await missingOf(repository, stashes)) missing.add(id);
  return stashes.filter((id) => !missing.has(id));
}

/**
 * Has the log learn the commits that `rev-list` gives, and gives their numbers in the same order.
 *
 * `rev-list` beside `diff-tree --stdin`: plumbing, which reads no display settings and starts no program.
 */
async function learn(
  repository: Repository,
  revisions: readonly string[],
  input: string,
  log: ChangeLog,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const walk = startGit(repository.dir, ["rev-list", "--parents", "--timestamp", ...revisions], signal);
  walk.child.stdin.end(input);
  const diff = startGit(
    repository.dir,
    [
      "diff-tree",
      "--stdin",
      "--raw",
      "-r",
      "--root",
      "-c",
      "--always", // a commit that changes no file is a commit all the same
      "-z",
      "--no-renames",
      "--no-abbrev",
      "--no-ext-diff",
      "--no-textconv",
    ],
    signal,
  );
  const order: number[] = [];
  const ids = new Transform({
    transform: revListReader(log, order),
  });
  const parser = new DiffTreeParser(log);
  walk.child.stdout.pipe(ids).pipe(diff.child.stdin);
  // When the reader ends first, what is left must be drained: the writer would never be done.
  diff.child.stdin.once("close", () => ids.resume());
  for await (const chunk of diff.child.stdout) parser.push(chunk as Buffer);
  await Promise.all([walk.done, diff.done]);
  return order;
}

/**
 * Reads `rev-list --parents --timestamp`, and passes on the ids of the commits that the log does not know:
 *
 *     <seconds> <id> <parent> <parent>…
 */
function revListReader(log: ChangeLog, order: number[]): TransformOptions["transform"] {
  let rest = "";
  return (chunk: Buffer, _encoding, done) => {
    const lines = (rest + chunk.toString("latin1")).split("\n");
    rest = lines.pop()!;
    let unknown = "";
    for (const line of lines) {
      const space = line.indexOf(" ");
      const ids = Buffer.from(line.slice(space + 1).replaceAll(" ", ""), "hex");
      if (!log.has(ids, 0)) {
        log.addCommit(Number(line.slice(0, space)), ids);
        unknown += `${line.slice(space + 1, space + 1 + 2 * log.idBytes)}\n`;
      }
      order.push(log.commits.find(ids, 0));
    }
    done(null, unknown);
  };
}

function idsIn(output: Buffer): string[] {
  return output
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "");
}

/** Entries of a ref's log that are asked for at once: more than anybody has stashes. */
const LOG_ENTRIES = 1000;

/**
 * Stashes below the newest one are in no ref, only in its log. (`rev-list --walk-reflogs` would give them, but
 * says nothing of those that it cannot read.)
 */
function olderStashes(repository: Repository): string[] {
  // Where refs are files so are their logs; where they are tables only git can tell.
  const log = ["logs/refs/stash", "reftable"].map((name) => join(repository.commonDir, name));
  if (!log.some((path) => existsSync(path))) return [];
  const stashes: string[] = [];
  for (let first = 1; stashes.length + 1 === first; first += LOG_ENTRIES) {
    const entries = Array.from({ length: LOG_ENTRIES }, (_, i) => `refs/stash@{${first + i}}`);
    // Fails at the first entry that the log does not have, when it has printed those before.
    const { stdout } = askGitNow(repository.dir, ["rev-parse", ...entries]);
    stashes.push(
      ...stdout
        .toString("latin1")
        .split("\n")
        .filter((line) => /^[0-9a-f]+$/.test(line)),
    );
  }
  return stashes;
}

/** Tells the objects that the repository does not have. */
async function missingOf(repository: Repository, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const answer = await readGit(
    repository.dir,
    ["cat-file", "--batch-check"],
    ids.map((id) => `${id}\n`).join(""),
  );
  // <id> commit <size>, or <id> missing
  const lines = answer.toString("latin1").trimEnd().split("\n");
  return new Set(ids.filter((_, i) => lines[i]!.endsWith(" missing")));
}

/** A tag may name a blob or a tree, which no commit holds; its path is then the tag's name. */
async function addTaggedObjects(repository: Repository, index: HistoryIndex): Promise<void> {
  const format = "%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname)";
  const refs = (await readGit(repository.dir, ["for-each-ref", `--format=${format}`])).toString("latin1");
  for (const line of refs.split("\n")) {
    const [type, id, peeledType, peeledId, name] = line.split(" ");
    let [kind, object] = type === "tag" ? [peeledType, peeledId] : [type, id];
    // A tag of a tag: the format above goes one step.
    if (kind === "tag") [kind, object] = endOfTags(repository, object!);
    if (kind === "blob") index.addTagged(object!, name!);
    if (kind !== "tree") continue;
    const listed = (await readGit(repository.dir, ["ls-tree", "-r", "-z", "--full-tree", object!])).toString(
      "latin1",
    );
    for (const entry of listed.split("\0")) {
      const [, blob, path] = /^1[02]0\d{3} blob ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? [];
      if (blob !== undefined) index.addTagged(blob, `${name}/${path}`);
    }
  }
}

function endOfTags(repository: Repository, tag: string): [kind: string, object: string] {
  const ask = (...args: string[]) => readGitNow(repository.dir, args).toString("latin1").trim();
  const object = ask("rev-parse", "--verify", `${tag}^{}`);
  return [ask("cat-file", "-t", object), object];
}
