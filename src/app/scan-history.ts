import type { CacheStore } from "../cache/store.ts";
import { CredentialFiles, uncovered } from "../engine/credential-files.ts";
import type { Detection } from "../engine/types.ts";
import { streamObjects } from "../git/cat-file.ts";
import { readCommits } from "../git/commits.ts";
import type { IdTable } from "../git/id-table.ts";
import { branchTips, type Ref, readBranches, readRefs } from "../git/refs.ts";
import { cutCommits, type Repository, rootCommit } from "../git/repository.ts";
import { readGit } from "../git/stream.ts";
import { blobsAtTips } from "../git/tip-blobs.ts";
import { displayPath } from "../git/tree-change.ts";
import type { FindingState } from "../policy/finding.ts";
import type { ScanResult } from "../policy/result.ts";
import type { RulePack } from "../rules/compiled.ts";
import { blobsByName, planBlobs, type StoredBlobs } from "../sources/blobs.ts";
import { type HistoryRange, indexHistory, isWhole } from "../sources/history.ts";
import type { HistoryIndex, Introduction } from "../sources/history-index.ts";
import { crypto } from "../text/crypto.ts";
import { type ArchiveEvents, archiveEvents, scanArchive } from "./archives.ts";
import type { ScanEvents, ScanLimits } from "./blob-scan.ts";
import { HistoryCache } from "./history-cache.ts";
import { Inspector } from "./inspector.ts";
import type { KnownFinds } from "./known-finds.ts";
import { ScanPool, usefulThreads } from "./pool.ts";
import { type ScanOptions, ScanRun } from "./run.ts";

/** So many blobs are read through git sooner than the packs' indexes are. */
const FEW = 1000;

/**
 * Scans every blob that the chosen commits reach, each once.
 *
 * Over the whole history, blobs are read in pack order while another thread reads the commits, and
 * what no commit reaches is dropped at the end. A narrowed scan waits for the walk first, and so does one
 * that knows most blobs from an earlier scan.
 *
 * @param options.cache where earlier scans have left what they know; null or absent: nowhere
 * @param options.viaGit reads packs through git too, which is slower and must give the same
 */
export async function scanHistory(repository: Repository, options: HistoryOptions): Promise<ScanResult> {
  const result = await scanOnce(repository, options, mayUseFinds(options));
  // What is known was not enough, or not so.
  return result ?? (await scanOnce(repository, options, false))!;
}

type HistoryOptions = ScanOptions &
  HistoryRange & { readonly cache?: CacheStore | null; readonly viaGit?: boolean | undefined };

/** Whether what is said of each find, but for the first of a secret, can be told without its text. */
function mayUseFinds({ each, settings }: ScanOptions): boolean {
  const allows = settings.pack.allows ?? [];
  return each !== true && allows.every(({ matches, lines }) => matches === null && lines === null);
}

/** @param useFinds whether what earlier scans have found need not be read again; then null when it must be */
async function scanOnce(
  repository: Repository,
  options: HistoryOptions,
  useFinds: boolean,
): Promise<ScanResult | null> {
  const started = new Date();
  const { settings, signal } = options;
  // A scan of some branches has nothing to do with what other refs name, which may be gone.
  const refs = (options.branches === undefined ? readRefs : readBranches)(repository.dir);
  refs.catch(() => {});
  const cache = new HistoryCache(repository, settings, options.cache ?? null, useFinds);
  let told = new Set<string>();
  let untold: string[] = [];
  const limits: ScanLimits = { maxBytes: settings.maxFileBytes, archives: settings.archives };
  const everything = isWhole(options) && cache.clean.isEmpty;
  const pool = new ScanPool(everything ? usefulThreads(repository) : 1, settings.pack, limits);
  const walking = indexHistory(repository, options, cache, refs, signal, (receiver) => {
    if (options.viaGit === true || cache.log.commitCount > 0) return null;
    const listing = { idBytes: cache.log.commits.idBytes, cut: cutCommits(repository) };
    return pool.walk(listing, receiver, signal);
  });
  const root = walking.then(() => rootCommit(repository, (commit) => cache.graph.rootsOf(commit)));
  // Both are done long before the scan is.
  const looking = walking.then((index) =>
    lookIntoNamedFiles(repository, index, settings.pack, cache, signal),
  );
  for (const promise of [walking, root, looking]) promise.catch(() => {});
  const hits = new Map<string, Detection[]>();
  const archives: string[] = [];
  const gaps: [Parameters<ScanRun["ledger"]["add"]>[0], string][] = [];
  const counts = { blobs: 0, bytes: 0 };
  let blobs: StoredBlobs;
  let unknown = 0;
  try {
    let wanted: IdTable | null = null;
    if (!everything) {
      // Git is still asked what refs name.
      pool.prepare();
      const index = await walking;
      const found = [...cache.finds.blobs.keys()].filter((blob) => index.has(blob));
      told = cache.finds.tellingBlobs(
        inOrder(
          index,
          found.map((blob) => ({ blob, inner: "" })),
        ).map(({ find }) => find.blob),
      );
      untold = found.filter((blob) => !told.has(blob));
      for (const blob of cache.finds.archives) if (index.has(blob)) archives.push(blob);
      const left = cache.numbersOf([...untold, ...archives]);
      wanted = index.blobsWithout((number) => cache.clean.has(number) || left.has(number));
    }
    unknown = wanted?.size ?? 0;
    const stored =
      wanted !== null && wanted.size <= FEW
        ? blobsByName(wanted)
        : await planBlobs(repository, wanted, options.viaGit);
    if (!everything && stored.packs.length > 0) pool.grow(usefulThreads(repository));
    const events: ScanEvents = {
      hit: (blob, detections) => hits.set(blob, detections),
      archive: (blob) => archives.push(blob),
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
  if (signal?.aborted !== true) {
    for (const blob of told) if (!cache.finds.recognise(blob, hits.get(blob) ?? [])) return null;
    for (const blob of untold) {
      const detections = cache.finds.detectionsIn(blob, settings.pack);
      if (detections === null) return null;
      hits.set(blob, detections);
    }
  }
  const run = new ScanRun(options, await root, started);
  cache.finds.tellPrints(run.collector.keyMark, (...known) => run.collector.knowPrint(...known));
  const known = index.size - unknown;
  Object.assign(run.counts, counts, { commits: index.commits, known: everything ? 0 : known });
  const absent = noteGaps(run, repository, index, gaps, blobs, signal);
  const finds: Find[] = [...hits].map(([blob, detections]) => ({
    blob,
    inner: "",
    onlyAt: null,
    detections,
  }));
  for (const { blob, path, detections } of await looking) {
    finds.push({ blob, inner: "", onlyAt: path, detections: uncovered(detections, hits.get(blob) ?? []) });
  }
  const reached = archives.filter((id) => index.has(id)).sort();
  if (settings.archives) finds.push(...(await lookIntoArchives(repository, index, reached, run, options)));
  else for (const blob of reached) run.ledger.add("archive", pathIn(index, blob));
  const places = inOrder(index, finds)
    .filter(({ find, path }) => find.onlyAt === null || find.onlyAt === path)
    .map(({ find, path, commit }) => ({ ...find, path: displayPath(path) + find.inner, commit }));
  for (const { detections, ...place } of places) run.collector.prepare(detections, place);
  const found = [...new Set(finds.map(({ blob }) => blob))];
  // Of named branches it was not asked whether the others can be read.
  const keeps = run.ledger.complete && options.branches === undefined;
  const states = await stateOf(repository, await refs, index, found, cache.finds, keeps);
  await run.collector.readyToAdd();
  for (const { detections, path, blob, commit } of places) {
    run.collector.add(detections, { path, blob, commit, state: states(blob) });
  }
  if (run.collector.lacksText) return null;
  if (isWhole(options) && run.ledger.complete) warnOfStale(run);
  const commits = await readCommits(repository.dir, run.collector.commitIds);
  await run.collector.ready();
  if (signal?.aborted !== true) {
    const unclean = [...archives, ...gaps.map(([, blob]) => blob), ...absent];
    // Where archives are opened they are not scanned as they are.
    cache.save(index, hits, run.collector, unclean, settings.archives ? [] : archives);
  }
  return run.result("history", repository.worktree ?? repository.dir, commits);
}

/** A secret that is in no version of any file needs no entry. */
function warnOfStale({ ignores, warnings }: ScanRun): void {
  const stale = ignores?.stale ?? [];
  if (stale.length === 0) return;
  const examples = stale
    .slice(0, 3)
    .map(({ fingerprint, ruleId, path }) => `${fingerprint} ${ruleId} ${path}`);
  warnings.push(
    `${stale.length} of the known secrets are in no version of any file any more ('leakwarden baseline prune' takes them out): ${examples.join(", ")}${stale.length > 3 ? ", …" : ""}`,
  );
}

/** What was found in a blob, wherever it stands. */
interface Find {
  readonly blob: string;
  /** Where in an archive, with `!/` in front; "" for what is none. */
  readonly inner: string;
  /** The path that it holds for; null for every path of the blob. */
  readonly onlyAt: string | null;
  readonly detections: readonly Detection[];
}

/** Every place of the finds, the oldest first; threads give blobs in any order, a report has one. */
function inOrder<F extends Pick<Find, "blob" | "inner">>(
  index: HistoryIndex,
  finds: readonly F[],
): (Introduction & { find: F })[] {
  const places = finds.flatMap((find) => index.introductions(find.blob).map((place) => ({ find, ...place })));
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return places.sort(
    (a, b) =>
      b.age - a.age ||
      order(a.path, b.path) ||
      order(a.find.blob, b.find.blob) ||
      order(a.find.inner, b.find.inner),
  );
}

function pathIn(index: HistoryIndex, blob: string): string {
  return displayPath(index.introductions(blob)[0]?.path ?? blob);
}

/** Opens archives of the history. Members go by their names in them, whatever the archives are called. */
async function lookIntoArchives(
  repository: Repository,
  index: HistoryIndex,
  blobs: readonly string[],
  run: ScanRun,
  { settings, signal }: ScanOptions,
): Promise<Find[]> {
  const finds: Find[] = [];
  if (blobs.length === 0) return finds;
  const inspector = new Inspector(settings.pack);
  for (const blob of blobs) {
    if (signal?.aborted === true) break;
    const path = pathIn(index, blob);
    const events: ArchiveEvents = {
      ...archiveEvents(run, { blob, commit: null, state: "history" }),
      found: (member, detections) =>
        finds.push({ blob, inner: member.slice(path.length), onlyAt: null, detections }),
    };
    const content = await readGit(repository.dir, ["cat-file", "blob", blob]);
    await scanArchive(path, [content], inspector, settings.maxFileBytes, events, signal);
  }
  return finds;
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
  pack: RulePack,
  { finds: known, plainPaths }: HistoryCache,
  signal: AbortSignal | undefined,
): Promise<NamedFile[]> {
  if (pack.files.length === 0) return [];
  const files = new CredentialFiles(pack.files, pack.allows);
  const isTelling = (path: string, number: number) => {
    if (plainPaths.has(number)) return false;
    if (files.named(displayPath(path)).length > 0) return true;
    plainPaths.add(number);
    return false;
  };
  const named = index.blobsAt(isTelling).filter(({ blob, path }) => !known.quiet.has(`${blob}:${path}`));
  const found: NamedFile[] = [];
  const quiet: string[] = [];
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
        else quiet.push(`${blob}:${path}`);
      },
      missing: skip,
      broken: skip,
    },
    signal,
  );
  known.keepQuiet(quiet);
  return found;
}

/** Enters into the ledger what was not scanned. Gives the blobs that the object store does not have. */
function noteGaps(
  run: ScanRun,
  repository: Repository,
  index: HistoryIndex,
  gaps: readonly [Parameters<ScanRun["ledger"]["add"]>[0], string][],
  stored: StoredBlobs,
  signal: AbortSignal | undefined,
): string[] {
  // Threads tell in any order, and blobs are numbered as the way of walking met them.
  const sorted = [...gaps].sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0));
  const absent = index
    .blobsWithout((_, ids, at) => stored.has(ids, at))
    .hexIds()
    .sort();
  const missing = absent.map((blob) => ["missing-object", blob] as const);
  for (const [reason, blob] of [...sorted, ...missing]) {
    if (!index.has(blob)) continue;
    const path = pathIn(index, blob);
    run.ledger.add(reason, reason === "missing-object" ? `${blob.slice(0, 12)} ${path}` : path);
  }
  for (const commit of index.missing) run.ledger.add("missing-object", `${commit.slice(0, 12)} a stash`);
  for (const path of index.submodules) run.ledger.add("submodule", displayPath(path));
  if (repository.shallow) run.ledger.add("shallow-boundary", "git fetch --unshallow brings the rest");
  if (signal?.aborted === true) run.ledger.add("interrupted", `after ${run.counts.blobs} blobs`);
  else if (index.commits === 0) run.ledger.add("nothing-scanned", "no commits");
  return absent;
}

/** Whether a blob with a secret is still in HEAD, or at the tip of a branch, or only in history. */
async function stateOf(
  repository: Repository,
  refs: readonly Ref[],
  index: HistoryIndex,
  blobs: readonly string[],
  known: KnownFinds,
  keeps: boolean,
): Promise<(blob: string) => FindingState> {
  const paths = [...new Set(blobs.flatMap((blob) => index.introductions(blob).map(({ path }) => path)))];
  const head = repository.head;
  const tips = paths.length === 0 ? [] : branchTips(refs);
  const all = [...new Set([...(head === null ? [] : [head]), ...tips])];
  const digest = crypto().createHash("sha256").update(paths.sort().join("\0")).digest("hex");
  const before = known.presentAt(digest);
  const asked = all.filter((tip) => !before.has(tip));
  const read = await blobsAtTips(repository.dir, asked, paths);
  const present = new Map(all.map((tip) => [tip, before.get(tip) ?? [...read.get(tip)!]]));
  // What could not be read of a tip may be there the next time.
  if (keeps) known.keepPresent(digest, present);
  const inHead = new Set(head === null ? [] : present.get(head));
  const onBranches = new Set(tips.flatMap((tip) => present.get(tip)!));
  return (blob) => (inHead.has(blob) ? "head" : onBranches.has(blob) ? "branch" : "history");
}
