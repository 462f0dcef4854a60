import { CredentialFiles, uncovered } from "../engine/credential-files.ts";
import type { Detection } from "../engine/types.ts";
import { streamObjects } from "../git/cat-file.ts";
import { blobsAtTips, branchTips, readCommits } from "../git/commits.ts";
import { type Repository, rootCommits } from "../git/repository.ts";
import { displayPath } from "../git/tree-change.ts";
import type { FindingState } from "../policy/finding.ts";
import type { ScanResult } from "../policy/result.ts";
import type { CompiledFileRule } from "../rules/compiled.ts";
import { planBlobs, type StoredBlobs } from "../sources/blobs.ts";
import {
  type HistoryIndex,
  type HistoryRange,
  type Introduction,
  indexHistory,
  isWhole,
} from "../sources/history.ts";
import type { BlobScanEvents } from "./blob-scan.ts";
import { ScanPool, usefulThreads } from "./pool.ts";
import { type ScanOptions, ScanRun } from "./run.ts";

/**
 * Scans every blob that the chosen commits reach, each once.
 *
 * Over the whole history, blobs are read in pack order while git walks the commits beside it, and
 * what no commit reaches is dropped at the end. A narrowed scan waits for the walk first.
 *
 * @param options.viaGit reads packs through git too, which is slower and must give the same
 */
export async function scanHistory(
  repository: Repository,
  options: ScanOptions & HistoryRange & { readonly viaGit?: boolean | undefined },
): Promise<ScanResult> {
  const started = new Date();
  const { settings, signal } = options;
  const pool = new ScanPool(usefulThreads(repository), settings.pack, settings.maxFileBytes);
  const walking = indexHistory(repository, options, signal);
  const roots = rootCommits(repository);
  // Both are done long before the scan is.
  const looking = walking.then((index) => lookIntoNamedFiles(repository, index, settings.pack.files, signal));
  for (const promise of [walking, roots, looking]) promise.catch(() => {});
  const hits = new Map<string, Detection[]>();
  const gaps: [Parameters<ScanRun["ledger"]["add"]>[0], string][] = [];
  const counts = { blobs: 0, bytes: 0 };
  let blobs: StoredBlobs;
  try {
    const stored = await planBlobs(repository, isWhole(options) ? null : await walking, options.viaGit);
    const events: BlobScanEvents = {
      hit: (blob, detections) => hits.set(blob, detections),
      gap: (reason, blob) => gaps.push([reason, blob]),
      progress(done, bytes) {
        counts.blobs += done;
        counts.bytes += bytes;
        options.onProgress?.(counts.blobs, stored.count, "blobs");
      },
    };
    await pool.scan(repository.dir, stored, events, signal);
    blobs = stored;
  } finally {
    pool.close();
  }
  const index = await walking;
  const run = new ScanRun(settings, await roots, options.each ?? false, started);
  Object.assign(run.counts, counts, { commits: index.commits });
  noteGaps(run, repository, index, gaps, blobs, signal);
  for (const { blob, path, detections } of await looking) {
    const known = hits.get(blob) ?? [];
    const found = uncovered(detections, known);
    for (const detection of found) pathOf.set(detection, path);
    if (found.length > 0) hits.set(blob, [...known, ...found]);
  }
  const states = await stateOf(repository, index, [...hits.keys()]);
  for (const { blob, path, commit } of inOrder(index, hits.keys())) {
    const detections = hits.get(blob)!;
    const named = detections.filter((found) => appliesTo(found, path));
    const place = { path: displayPath(path), blob, commit, state: states(blob) };
    run.collector.add(reindex(detections, named), place);
  }
  const commits = await readCommits(repository.dir, run.collector.commitIds);
  return run.result("history", repository.worktree ?? repository.dir, commits);
}

/** Every place of the blobs, the oldest first; threads give blobs in any order, a report has one. */
function inOrder(index: HistoryIndex, blobs: Iterable<string>): (Introduction & { blob: string })[] {
  const places = [...blobs].flatMap((blob) => index.introductions(blob).map((place) => ({ blob, ...place })));
  return places.sort(
    (a, b) => b.age - a.age || (a.path < b.path ? -1 : a.path > b.path ? 1 : a.blob < b.blob ? -1 : 1),
  );
}

/** Detections by file name carry the path they hold for; those by content hold for every path. */
const pathOf = new WeakMap<Detection, string>();

function appliesTo(detection: Detection, path: string): boolean {
  return (pathOf.get(detection) ?? path) === path;
}

function reindex(all: readonly Detection[], kept: readonly Detection[]): Detection[] {
  return kept.map((found) => {
    if (found.partner === null) return found;
    const partner = kept.indexOf(all[found.partner]!);
    return { ...found, partner: partner < 0 ? null : partner };
  });
}

interface NamedFile {
  readonly blob: string;
  readonly path: string;
  readonly detections: readonly Detection[];
}

/** Looks into the few blobs that some path calls a credential file. What git cannot read of them is a gap of the scan. */
async function lookIntoNamedFiles(
  repository: Repository,
  index: HistoryIndex,
  rules: readonly CompiledFileRule[],
  signal: AbortSignal | undefined,
): Promise<NamedFile[]> {
  if (rules.length === 0) return [];
  const files = new CredentialFiles(rules);
  const named = index.blobsAt((path) => files.named(displayPath(path)).length > 0);
  const found: NamedFile[] = [];
  let at = 0;
  let pieces: Buffer[] = [];
  const skip = () => {
    at += 1;
  };
  await streamObjects(
    repository.dir,
    named.map(({ blob }) => blob),
    {
      begin() {
        pieces = [];
      },
      piece: (piece) => pieces.push(piece),
      end() {
        const { blob, path } = named[at++]!;
        const detections = files.confirm(files.named(displayPath(path)), Buffer.concat(pieces));
        if (detections.length > 0) found.push({ blob, path, detections });
      },
      missing: skip,
      broken: skip,
    },
    signal,
  );
  return found;
}

function noteGaps(
  run: ScanRun,
  repository: Repository,
  index: HistoryIndex,
  gaps: readonly [Parameters<ScanRun["ledger"]["add"]>[0], string][],
  stored: StoredBlobs,
  signal: AbortSignal | undefined,
): void {
  const pathsOf = (blob: string) => displayPath(index.introductions(blob)[0]?.path ?? blob);
  for (const [reason, blob] of gaps) if (index.has(blob)) run.ledger.add(reason, pathsOf(blob));
  for (const blob of index.blobs.absentFrom(stored)) {
    run.ledger.add("missing-object", `${blob.slice(0, 12)} ${pathsOf(blob)}`);
  }
  for (const commit of index.missing) run.ledger.add("missing-object", `${commit.slice(0, 12)} a stash`);
  for (const path of index.submodules) run.ledger.add("submodule", displayPath(path));
  if (repository.shallow) run.ledger.add("shallow-boundary", "git fetch --unshallow brings the rest");
  if (signal?.aborted === true) run.ledger.add("interrupted", `after ${run.counts.blobs} blobs`);
  else if (index.commits === 0) run.ledger.add("nothing-scanned", "no commits");
}

/** Whether a blob with a secret is still in HEAD, or at the tip of a branch, or only in history. */
async function stateOf(
  repository: Repository,
  index: HistoryIndex,
  blobs: readonly string[],
): Promise<(blob: string) => FindingState> {
  const paths = [...new Set(blobs.flatMap((blob) => index.introductions(blob).map(({ path }) => path)))];
  const head = repository.head;
  const tips = paths.length === 0 ? [] : await branchTips(repository.dir);
  const all = [...new Set([...(head === null ? [] : [head]), ...tips])];
  const present = await blobsAtTips(repository.dir, all, paths);
  return (blob) => {
    if (head !== null && present.get(head)?.has(blob) === true) return "head";
    return tips.some((tip) => present.get(tip)?.has(blob) === true) ? "branch" : "history";
  };
}
