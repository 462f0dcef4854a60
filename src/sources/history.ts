import { existsSync } from "node:fs";
import { join } from "node:path";
import { Transform, type TransformOptions } from "node:stream";
import { IdTable } from "../git/id-table.ts";
import type { Repository } from "../git/repository.ts";
import { askGitNow, type GitStream, readGit, readGitNow, startGit } from "../git/stream.ts";
import { ChangeLog } from "./change-log.ts";
import { DiffTreeParser, readHexId } from "./diff-tree.ts";
import { HistoryIndex } from "./history-index.ts";
import { COMMIT_FORMAT } from "./pack-walk.ts";

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

/** What a walk through packs has seen of some commits. */
export interface CommitWalk {
  /** Ids of the commits, in the order of the walk. */
  readonly walked: Uint8Array;
  /** Parts of a `ChangeLog`, of those whose trees could be read. */
  readonly log: readonly Uint8Array[];
}

/**
 * Walks commits without asking git what they change.
 *
 * @param revisions the call of `rev-list`
 * @param take is told of all commits, in parts; of some when the walk is interrupted
 * @returns null when git must be asked
 */
export type WalkThroughPacks = (
  revisions: readonly string[],
  take: (walk: CommitWalk) => void,
) => Promise<void> | null;

/**
 * Walks the commits and notes for each blob where it came in. Merges are compared with all their
 * parents (`-c`), so content that only a merge brought is seen, and nothing else twice.
 *
 * `rev-list` beside `diff-tree --stdin`: plumbing, which reads no display settings and starts no program.
 *
 * @param log knows commits that `diff-tree` need not be asked for, and learns the others
 * @param throughPacks a faster way, for a log that is empty; git is asked for what it leaves
 */
export async function indexHistory(
  repository: Repository,
  range: HistoryRange,
  log: ChangeLog,
  signal?: AbortSignal,
  throughPacks: WalkThroughPacks = () => null,
): Promise<HistoryIndex> {
  const revisions = ["rev-list"];
  if (range.since !== undefined) revisions.push(`--since=${range.since}`);
  if (range.maxCommits !== undefined) revisions.push(`--max-count=${range.maxCommits}`);
  const stashes = range.branches === undefined ? olderStashes(repository) : [];
  const missing = await missingOf(repository, stashes);
  // --all holds every ref, the newest stash, and the HEADs of all work trees.
  revisions.push(
    ...(range.branches === undefined
      ? ["--all", ...stashes.filter((id) => !missing.has(id))]
      : ["--end-of-options", ...range.branches]),
  );
  const walked = new IdTable(log.commits.idBytes);
  const { idBytes } = log.commits;
  const walking = throughPacks([...revisions.slice(0, 1), ...FORMAT, ...revisions.slice(1)], (walk) => {
    for (let at = 0; at < walk.walked.length; at += idBytes) walked.add(walk.walked, at);
    log.absorb(ChangeLog.fromParts(idBytes, walk.log)!);
  });
  if (walking === null) await walkWithGit(repository, revisions, log, walked, signal);
  else {
    await walking;
    await askForRest(repository, log, walked, signal);
  }
  const index = new HistoryIndex(log);
  for (const id of missing) index.missing.add(id);
  for (const id of walked.each()) {
    const number = log.commits.find(id, 0);
    // A walk that was interrupted has told of commits whose changes it did not tell.
    if (number >= 0) index.addCommit(number);
  }
  if (range.branches === undefined && signal?.aborted !== true) await addTaggedObjects(repository, index);
  return index;
}

const FORMAT = ["--no-commit-header", `--format=${COMMIT_FORMAT}`];

/** `diff-tree`, waiting for ids of commits. */
function startDiff({ dir }: Repository, signal: AbortSignal | undefined): GitStream {
  return startGit(
    dir,
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
}

/** Asks git for the changes of the commits that the log does not know. */
async function askForRest(
  repository: Repository,
  log: ChangeLog,
  walked: IdTable,
  signal: AbortSignal | undefined,
): Promise<void> {
  const unknown = [...walked.each()].filter((id) => !log.commits.has(id, 0));
  if (unknown.length === 0) return;
  const diff = startDiff(repository, signal);
  diff.child.stdin.end(unknown.map((id) => `${Buffer.from(id).toString("hex")}\n`).join(""));
  const parser = new DiffTreeParser(log);
  for await (const chunk of diff.child.stdout) parser.push(chunk as Buffer);
  await diff.done;
}

async function walkWithGit(
  repository: Repository,
  revisions: readonly string[],
  log: ChangeLog,
  walked: IdTable,
  signal: AbortSignal | undefined,
): Promise<void> {
  const walk = startGit(repository.dir, revisions, signal);
  walk.child.stdin.end();
  const diff = startDiff(repository, signal);
  const parser = new DiffTreeParser(log);
  const unknown = new Transform({ transform: unknownCommits(log, walked) });
  walk.child.stdout.pipe(unknown).pipe(diff.child.stdin);
  // When the reader ends first, what is left must be drained: the writer would never be done.
  diff.child.stdin.once("close", () => unknown.resume());
  for await (const chunk of diff.child.stdout) parser.push(chunk as Buffer);
  await Promise.all([walk.done, diff.done]);
}

/** Notes the ids that `rev-list` gives, a line each, and passes on those that the log does not know. */
function unknownCommits(log: ChangeLog, walked: IdTable): TransformOptions["transform"] {
  const line = 2 * log.commits.idBytes + 1;
  const id = new Uint8Array(log.commits.idBytes);
  let rest: Buffer = Buffer.alloc(0);
  return (chunk: Buffer, _encoding, done) => {
    const bytes = Buffer.concat([rest, chunk]);
    const unknown: Buffer[] = [];
    let at = 0;
    for (; at + line <= bytes.length; at += line) {
      readHexId(id, bytes, at);
      walked.add(id, 0);
      if (!log.commits.has(id, 0)) unknown.push(bytes.subarray(at, at + line));
    }
    rest = bytes.subarray(at);
    done(null, Buffer.concat(unknown));
  };
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
