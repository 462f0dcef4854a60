import { existsSync } from "node:fs";
import { join } from "node:path";
import { Transform, type TransformOptions } from "node:stream";
import { GitError } from "../errors.ts";
import type { Ref } from "../git/refs.ts";
import type { Repository } from "../git/repository.ts";
import { askGitNow, type GitStream, readGit, startGit } from "../git/stream.ts";
import type { ChangeLog } from "./change-log.ts";
import { CommitGraph } from "./commit-graph.ts";
import { CommitLines, LIST_COMMITS } from "./commit-lines.ts";
import type { CommitList } from "./commit-list.ts";
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

/** Hears what packs tell of commits; when that is interrupted, of some of the changes. */
export interface WalkReceiver {
  /** All commits of the packs, whether or not a walk reaches them, before their changes. */
  commits(list: CommitList): void;
  /** What a `ChangeLog` has told, of commits whose trees could be read. */
  changes(log: readonly Uint8Array[]): void;
}

/**
 * Reads commits, and what they change, without git.
 *
 * @returns null when git must be asked
 */
export type ReadPackedCommits = (receiver: WalkReceiver) => Promise<void> | null;

/** What is known of a repository's commits, and learns more. Both number commits by one table. */
export interface KnownHistory {
  /** `diff-tree` is not asked for the commits that it knows. */
  readonly log: ChangeLog;
  /** Of the commits that it knows `rev-list` is not asked either. */
  readonly graph: CommitGraph;
}

/**
 * Walks the commits and notes for each blob where it came in. Merges are compared with all their
 * parents (`-c`), so content that only a merge brought is seen, and nothing else twice.
 *
 * `rev-list` beside `diff-tree --stdin`: plumbing, which reads no display settings and starts no program.
 *
 * @param refs those of the repository; looked at when the range names no branches
 * @param readPacked a faster way, when nothing is known; git is asked for what it leaves. It is called at once, or not at all
 */
export async function indexHistory(
  repository: Repository,
  range: HistoryRange,
  { log, graph: known }: KnownHistory,
  refs: Promise<readonly Ref[]>,
  signal?: AbortSignal,
  readPacked: ReadPackedCommits = () => null,
): Promise<HistoryIndex> {
  const named = refs.then((all) => namedBy(repository, all));
  const tagged = range.branches === undefined ? named.then((all) => taggedFiles(repository, all)) : null;
  const beginning = beginningOf(repository, range);
  // A part of a history is no whole walk, which is all that may be known.
  const graph = isWhole(range) ? known : new CommitGraph(log.commits);
  const walk = async () => {
    if (graph.extent === 0) return null;
    const { listing, from } = await beginning;
    return walkKnown(repository, listing, from, await named, graph, signal);
  };
  let walking = walk();
  // The first that fails is told of; the others may fail as well.
  for (const promise of [named, tagged, beginning, walking]) promise?.catch(() => {});
  if (graph.extent === 0) {
    await readPacked({
      commits(list) {
        graph.addAll(list);
        log.reserve(list.count);
        walking = walk().then(async (order) => {
          if (order !== null || list.count === 0) return order;
          const { listing, from } = await beginning;
          return listWithGit(repository, [...listing, ...from], graph, signal);
        });
        walking.catch(() => {});
      },
      changes: (parts) => log.absorb(parts),
    });
  }
  const { listing, from, missing } = await beginning;
  const order = (await walking) ?? (await walkWithGit(repository, [...listing, ...from], log, graph, signal));
  await askForRest(repository, log, order, signal);
  const index = new HistoryIndex(log);
  for (const id of missing) index.missing.add(id);
  index.addCommits(order);
  if (tagged !== null && signal?.aborted !== true)
    for (const { id, path } of await tagged) index.addTagged(id, path);
  return index;
}

/** What `rev-list` is told: how to list, and where to begin. */
interface Beginning {
  readonly listing: readonly string[];
  readonly from: readonly string[];
  /** Stashes that are not there. */
  readonly missing: ReadonlySet<string>;
}

async function beginningOf(
  repository: Repository,
  { since, maxCommits, branches }: HistoryRange,
): Promise<Beginning> {
  const listing: string[] = [...LIST_COMMITS];
  if (since !== undefined) listing.push(`--since=${since}`);
  if (maxCommits !== undefined) listing.push(`--max-count=${maxCommits}`);
  if (branches !== undefined) return { listing, from: ["--end-of-options", ...branches], missing: new Set() };
  const stashes = olderStashes(repository);
  const missing = await missingOf(repository, stashes);
  // --all holds every ref, the newest stash, and the HEADs of all work trees.
  return { listing, from: ["--all", ...stashes.filter((id) => !missing.has(id))], missing };
}

/**
 * Known commits that git is told not to go beyond, the youngest. It reads each of them, and there are thousands where
 * pull requests are refs; what it lists of known commits without the others does no harm.
 */
const MOST_BOUNDS = 64;

/**
 * The whole walk, of which git is asked for the commits that are new, and where else than at refs it begins. (It could list where
 * it begins at refs as well, but would open each commit there.)
 *
 * @param named what refs name
 * @returns the numbers of the commits; null when what is known is not enough
 */
async function walkKnown(
  { dir }: Repository,
  listing: readonly string[],
  from: readonly string[],
  named: readonly NamedObject[],
  graph: CommitGraph,
  signal: AbortSignal | undefined,
): Promise<number[] | null> {
  const { ids } = graph;
  const tips = new Set<number>();
  const unknown: string[] = [];
  const known: number[] = [];
  const beside = ["rev-list", "--no-walk=unsorted", "--exclude=refs/*", ...from];
  const others = (await readGit(dir, beside, undefined, signal)).toString("latin1");
  const hex =
    named.flatMap(({ kind, id }) => (kind === "commit" ? [id] : [])).join("") + others.replaceAll("\n", "");
  const bytes = Buffer.from(hex, "hex");
  for (let at = 0; at < bytes.length; at += ids.idBytes) {
    const number = ids.add(bytes, at);
    if (tips.has(number)) continue;
    tips.add(number);
    if (graph.has(number)) known.push(number);
    else unknown.push(ids.hex(number));
  }
  if (unknown.length > 0) {
    const bounds = known.sort((a, b) => graph.dateOf(b) - graph.dateOf(a)).slice(0, MOST_BOUNDS);
    const input = [...unknown, ...bounds.map((number) => `^${ids.hex(number)}`)]
      .map((line) => `${line}\n`)
      .join("");
    const told = await readGit(dir, [...listing, "--stdin"], input, signal);
    new CommitLines(ids.idBytes).push(told, (commit) => graph.add(commit));
  }
  return graph.walk(tips);
}

/** The whole walk as git lists it; gives the numbers of the commits. */
async function listWithGit(
  { dir }: Repository,
  revisions: readonly string[],
  graph: CommitGraph,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const lines = new CommitLines(graph.ids.idBytes);
  const order: number[] = [];
  const git = startGit(dir, revisions, signal);
  git.child.stdin.end();
  for await (const chunk of git.child.stdout)
    lines.push(chunk as Buffer, (commit) => order.push(graph.add(commit)));
  await git.done;
  return order;
}

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
  order: readonly number[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const unknown = order.filter((number) => !log.knows(number));
  if (unknown.length === 0 || signal?.aborted === true) return;
  const diff = startDiff(repository, signal);
  diff.child.stdin.end(unknown.map((number) => `${log.commits.hex(number)}\n`).join(""));
  await readDiff(diff, log);
}

async function readDiff(diff: GitStream, log: ChangeLog): Promise<void> {
  const parser = new DiffTreeParser(log);
  for await (const chunk of diff.child.stdout) parser.push(chunk as Buffer);
  await diff.done;
}

/** The same, and what the commits change. */
async function walkWithGit(
  repository: Repository,
  revisions: readonly string[],
  log: ChangeLog,
  graph: CommitGraph,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const order: number[] = [];
  const walk = startGit(repository.dir, revisions, signal);
  walk.child.stdin.end();
  const diff = startDiff(repository, signal);
  const unknown = new Transform({ transform: unknownCommits(log, graph, order) });
  walk.child.stdout.pipe(unknown).pipe(diff.child.stdin);
  // When the reader ends first, what is left must be drained: the writer would never be done.
  diff.child.stdin.once("close", () => unknown.resume());
  await Promise.all([readDiff(diff, log), walk.done]);
  return order;
}

/** Notes the commits that `rev-list` gives, and passes on the ids of those that the log does not know, a line each. */
function unknownCommits(log: ChangeLog, graph: CommitGraph, order: number[]): TransformOptions["transform"] {
  const lines = new CommitLines(log.commits.idBytes);
  return (chunk: Buffer, _encoding, done) => {
    let unknown = "";
    lines.push(chunk, (commit) => {
      const number = graph.add(commit);
      order.push(number);
      if (!log.knows(number)) unknown += `${graph.ids.hex(number)}\n`;
    });
    done(null, unknown);
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

/** A file that a tag names without a commit, and its path: the tag's name, and what is below it in a tree. */
interface TaggedFile {
  readonly id: string;
  readonly path: string;
}

/** A tag may name a blob or a tree, which no commit holds. */
async function taggedFiles({ dir }: Repository, named: readonly NamedObject[]): Promise<TaggedFile[]> {
  const files: TaggedFile[] = [];
  for (const { kind, id, name } of named) {
    if (kind === "blob") files.push({ id, path: name });
    if (kind !== "tree") continue;
    const listed = (await readGit(dir, ["ls-tree", "-r", "-z", "--full-tree", id])).toString("latin1");
    for (const entry of listed.split("\0")) {
      const [, blob, path] = /^1[02]0\d{3} blob ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? [];
      if (blob !== undefined) files.push({ id: blob, path: `${name}/${path}` });
    }
  }
  return files;
}

/** What a ref names in the end. */
interface NamedObject {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
}

async function namedBy({ dir }: Repository, refs: readonly Ref[]): Promise<NamedObject[]> {
  const named = refs.map(({ type, id, name }) => ({ kind: type, id, name }));
  const tags = named.filter(({ kind }) => kind === "tag");
  if (tags.length === 0) return named;
  const asked = tags.map(({ id }) => `${id}^{}\n`).join("");
  // <id> <type> <size>, or <what was asked> missing
  const answer = await readGit(dir, ["cat-file", "--batch-check"], asked);
  const lines = answer.toString("latin1").split("\n");
  for (const [i, tag] of tags.entries()) {
    const [id, kind] = lines[i]!.split(" ");
    if (kind === "missing") throw new GitError(`${tag.name} is a tag of an object that is not there`);
    Object.assign(tag, { kind, id });
  }
  return named;
}
