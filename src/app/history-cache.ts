import type { CacheStore } from "../cache/store.ts";
import type { Settings } from "../config/settings.ts";
import type { Detection } from "../engine/types.ts";
import { IdTable } from "../git/id-table.ts";
import type { Repository } from "../git/repository.ts";
import { ChangeLog, LOG_PARTS } from "../sources/change-log.ts";
import { CommitGraph } from "../sources/commit-graph.ts";
import type { HistoryIndex } from "../sources/history-index.ts";
import { crypto } from "../text/crypto.ts";
import { BUILD } from "../version.ts";
import type { FindingCollector } from "./collect.ts";
import { KnownFinds } from "./known-finds.ts";

/** Kinds of files, with the version of their form. */
const LOG = "commits-4";
const CLEAN = "clean-3";
const FINDS = "finds-4";

/**
 * What earlier scans of a repository have learned, for the next one:
 *
 * - its commits and which files they changed, in which no rule has a say;
 * - the blobs in which nothing was found, by these rules and limits and this build;
 * - what was found in the others and where, without any of its text.
 *
 * Ids, paths, places and fingerprints, and nothing of any content: of each secret one blob is read again.
 */
export class HistoryCache {
  readonly log: ChangeLog;
  readonly graph: CommitGraph;
  /** Blobs that need no look. */
  readonly clean: IdTable;
  readonly finds: KnownFinds;
  private readonly store: CacheStore | null;
  private readonly logName: string;
  private readonly cleanName: string;
  private readonly findsName: string;
  private readonly before: { readonly commits: number; readonly listed: number; readonly clean: number };

  /**
   * @param store null: nothing is known, and nothing is kept
   * @param useFinds whether what was found before is asked for
   */
  constructor(
    repository: Repository,
    { pack, maxFileBytes }: Settings,
    store: CacheStore | null,
    useFinds: boolean,
  ) {
    const idBytes = repository.objectFormat === "sha256" ? 32 : 20;
    // What the commits at the end of a shallow clone seem to change, they do not.
    this.store = repository.shallow ? null : store;
    // A path may see repositories of both kinds of id, one after the other.
    this.logName = digest(`${repository.commonDir} ${idBytes}`);
    this.cleanName = `${this.logName}-${digest(`${pack.digest} ${maxFileBytes} ${BUILD}`)}`;
    const parts = this.store?.read(this.logName, LOG) ?? [];
    this.findsName = `${this.cleanName}-finds`;
    // Where they are of no use they are found and written down anew.
    const finds = useFinds ? this.store?.read(this.findsName, FINDS)?.[0] : undefined;
    this.finds = new KnownFinds(finds ?? null);
    const [log, graph] = [parts.slice(0, LOG_PARTS), parts.slice(LOG_PARTS)];
    this.log = ChangeLog.fromParts(idBytes, log) ?? new ChangeLog(idBytes);
    this.graph = CommitGraph.fromParts(idBytes, graph) ?? new CommitGraph(idBytes);
    this.clean = new IdTable(idBytes);
    const [ids] = this.store?.read(this.cleanName, CLEAN) ?? [];
    if (ids !== undefined) this.clean.fill(ids);
    this.before = { commits: this.log.commits.size, listed: this.graph.ids.size, clean: this.clean.size };
  }

  /**
   * Keeps what was learned.
   *
   * @param found what was found, by blob
   * @param collector has seen it
   * @param unclean in hexadecimal, the other blobs of which there is something to say
   * @param archives those of them that are archives, and were scanned as they are
   */
  save(
    index: HistoryIndex,
    found: ReadonlyMap<string, readonly Detection[]>,
    collector: FindingCollector,
    unclean: readonly string[],
    archives: readonly string[],
  ): void {
    if (this.store === null) return;
    const { log, graph, clean, before } = this;
    const left = IdTable.of(clean.idBytes, [...found.keys(), ...unclean]);
    const others = { has: (bytes: Uint8Array, at: number) => clean.has(bytes, at) || left.has(bytes, at) };
    for (const id of index.blobsWithout(others).each()) clean.add(id, 0);
    if (log.commits.size > before.commits || graph.ids.size > before.listed)
      this.store.write(this.logName, LOG, [...log.parts(), ...graph.parts()]);
    if (clean.size > before.clean) this.store.write(this.cleanName, CLEAN, [clean.packed]);
    // What there is more to say of than its finds must be read again.
    const more = new Set(unclean);
    const whole = new Map([...found].filter(([blob]) => !more.has(blob)));
    this.finds.add(whole, (detection) => collector.identityOf(detection));
    this.finds.keepPrints(collector.keyMark, whole, (detection) => collector.slowPrint(detection));
    this.finds.keepArchives(archives.filter((blob) => !found.has(blob)));
    if (this.finds.isNew) this.store.write(this.findsName, FINDS, [this.finds.toBytes()]);
  }
}

function digest(text: string): string {
  return crypto().createHash("sha256").update(text).digest("hex").slice(0, 24);
}
