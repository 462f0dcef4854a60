import type { Detection } from "../engine/types.ts";
import { readCommits } from "../git/commits.ts";
import { withMergeResult } from "../git/merge-result.ts";
import { type Repository, rootCommit } from "../git/repository.ts";
import { fileAt } from "../git/revisions.ts";
import { blobsAtTips } from "../git/tip-blobs.ts";
import { displayPath } from "../git/tree-change.ts";
import { normalise } from "../policy/fingerprint.ts";
import { readInlineAllow } from "../policy/inline-allow.ts";
import type { ScanResult } from "../policy/result.ts";
import { type CommitRange, type CommittedFile, listRange, listTree } from "../sources/range.ts";
import { Inspector } from "./inspector.ts";
import { type ScanOptions, ScanRun } from "./run.ts";
import { addArchives, addTouched, type ChangedContents, scanContents } from "./scan-changed.ts";

export interface RangeOptions extends ScanOptions {
  /** What was scanned, as the user would name it. */
  readonly target: string;
  /** Whether what the range itself brings may say what is no secret. */
  readonly trusted: boolean;
  /** Whether the range may be empty. */
  readonly mayBeEmpty: boolean;
  /** Whether all of it is here. */
  readonly whole: boolean;
  /** Things to know beside the findings. */
  readonly warnings: readonly string[];
  /** Objects that were named and are no commits. */
  readonly unread?: readonly string[];
  /** Whether to look at what merging the head into the base would give. */
  readonly merges?: boolean;
}

/**
 * Scans every commit of a range, and what merging it would give: whole files, blame on the lines that it adds.
 *
 * @throws {GitError}
 */
export async function scanRange(
  repository: Repository,
  range: CommitRange,
  options: RangeOptions,
): Promise<ScanResult> {
  const started = new Date();
  const root = rootCommit(repository);
  root.catch(() => {});
  const { files, commits, submodules } = await listRange(repository, range, options.signal);
  const inspector = new Inspector(options.settings.pack);
  const run = new ScanRun(options, await root, started);
  run.warnings.push(...options.warnings);
  const contents = distinct(files);
  const seen = await scanContents(repository, contents, inspector, options);
  Object.assign(run.counts, { commits, blobs: contents.length, files: contents.length, bytes: seen.bytes });
  for (const gap of seen.gaps) run.ledger.add(...gap);
  for (const path of submodules) run.ledger.add("submodule", path);
  for (const id of options.unread ?? []) run.ledger.add("no-commit", id.slice(0, 12));
  if (!options.whole) run.ledger.add("shallow-boundary", "--fetch gets what is missing");
  if (options.signal?.aborted === true) run.ledger.add("interrupted", `in ${commits} commits`);
  else if (commits === 0 && !options.mayBeEmpty) {
    run.ledger.add("nothing-scanned", `no commits in ${options.target}`);
  }
  const trusts = options.trusted ? null : new TrustedAllows(repository, range.base, inspector);
  const paths = [...new Set([...seen.hits, ...seen.archives].map(({ file }) => file.path))];
  const present = [...(await blobsAtTips(repository.dir, range.heads, paths)).values()];
  const stateOf = ({ blob }: CommittedFile) =>
    present.some((blobs) => blobs.has(blob)) ? "head" : "history";
  const hits = new Map(seen.hits.map((hit) => [nameOf(hit.file), hit]));
  const untouched = new Set<string>();
  const archives = new Map(seen.archives.map((archive) => [nameOf(archive.file), archive]));
  for (const file of files) {
    const hit = hits.get(nameOf(file));
    const place = { commit: file.commit, state: stateOf(file) } as const;
    if (hit !== undefined) {
      const detections = trusts === null ? hit.detections : trusts.judge(hit, run);
      const left = await addTouched(repository, run, { ...hit, file, detections }, place);
      for (const detection of left) untouched.add(identityOf(detection));
    }
    const archive = archives.get(nameOf(file));
    if (archive === undefined) continue;
    // Once: what is in it does not change from commit to commit.
    archives.delete(nameOf(file));
    const judge = (path: string, detections: readonly Detection[]) =>
      trusts === null ? detections : trusts.refuse(path, detections, run);
    await addArchives(run, [{ ...archive, file }], inspector, place, options, judge);
  }
  run.untouched = untouched.size;
  const [head, ...others] = range.heads;
  const merges = options.merges !== false && others.length === 0 && commits > 0;
  if (merges && range.base !== null && head !== undefined)
    await scanMergeResult(repository, range.base, head, run, options);
  const infos = await readCommits(repository.dir, run.collector.commitIds);
  return run.result("range", options.target, infos);
}

function nameOf({ path, blob }: CommittedFile): string {
  return `${blob} ${path}`;
}

/** Each content under each of its names once: a file's name may speak for it. */
function distinct(files: readonly CommittedFile[]): CommittedFile[] {
  return [...new Map(files.map((file) => [nameOf(file), file])).values()];
}

/**
 * A file that both sides changed has, merged, a content that no commit has: halves of a credential may come together in
 * it. Its lines count as added when the base does not have them.
 */
async function scanMergeResult(
  repository: Repository,
  base: string,
  head: string,
  run: ScanRun,
  options: RangeOptions,
): Promise<void> {
  const done = await withMergeResult(repository, base, head, async (merged, tree) => {
    const ofHead = new Set((await listTree(merged, head, tree)).map(nameOf));
    const files = (await listTree(merged, base, tree)).filter((file) => ofHead.has(nameOf(file)));
    const inspector = new Inspector(options.settings.pack);
    const seen = await scanContents(merged, files, inspector, options);
    run.counts.blobs += files.length;
    run.counts.bytes += seen.bytes;
    for (const gap of seen.gaps) run.ledger.add(...gap);
    const trusts = options.trusted ? null : new TrustedAllows(merged, base, inspector);
    for (const hit of seen.hits) {
      const detections = trusts === null ? hit.detections : trusts.judge(hit, run);
      await addTouched(merged, run, { ...hit, detections }, { commit: null, state: "head" });
    }
    return true;
  });
  if (done !== true) run.ledger.add("merge-result", options.target);
}

/**
 * Allows on a line count when the base has them: the same secret, allowed in the same file. Those that come with the
 * range are told to the reviewer, and hide nothing.
 */
class TrustedAllows {
  private readonly repository: Repository;
  private readonly base: string | null;
  private readonly inspector: Inspector;
  private readonly known = new Map<string, ReadonlySet<string>>();

  constructor(repository: Repository, base: string | null, inspector: Inspector) {
    this.repository = repository;
    this.base = base;
    this.inspector = inspector;
  }

  /** The detections, without the allows that do not count. */
  judge({ file, detections }: ChangedContents<CommittedFile>["hits"][number], run: ScanRun): Detection[] {
    const known = detections.some((detection) => allowOf(detection) !== null)
      ? this.allowedAt(file.path)
      : new Set<string>();
    return detections.map((detection) =>
      known.has(identityOf(detection)) ? detection : this.without(displayPath(file.path), detection, run),
    );
  }

  /** The same in an archive: what its allows were before cannot be told. */
  refuse(path: string, detections: readonly Detection[], run: ScanRun): Detection[] {
    return detections.map((detection) => this.without(path, detection, run));
  }

  private without(path: string, detection: Detection, run: ScanRun): Detection {
    const allow = allowOf(detection);
    if (allow === null) return detection;
    run.warnings.push(
      `${path}:${detection.line}: the ${detection.directive!.mark} here comes with these commits and does not count (${detection.ruleId} -- ${allow})`,
    );
    return { ...detection, directive: null };
  }

  private allowedAt(path: string): ReadonlySet<string> {
    let known = this.known.get(path);
    if (known === undefined) {
      const content = this.base === null ? null : fileAt(this.repository, this.base, path);
      const inspection = this.inspector.open(displayPath(path));
      if (content !== null) inspection.push(content);
      known = new Set(
        inspection
          .finish()
          .filter((found) => allowOf(found) !== null)
          .map(identityOf),
      );
      this.known.set(path, known);
    }
    return known;
  }
}

/** The reason of an allow that holds for the detection. */
function allowOf({ directive, ruleId }: Detection): string | null {
  const verdict = directive === null ? null : readInlineAllow(directive, ruleId);
  return verdict?.kind === "allows" ? verdict.reason : null;
}

function identityOf({ ruleId, secret }: Detection): string {
  return `${ruleId}\0${normalise(secret.reveal())}`;
}
