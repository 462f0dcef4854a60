import { crc32 } from "node:zlib";
import type { CacheStore } from "../cache/store.ts";
import type { Settings } from "../config/settings.ts";
import type { Detection } from "../engine/types.ts";
import { IdTable } from "../git/id-table.ts";
import type { Repository } from "../git/repository.ts";
import { ChangeLog, LOG_PARTS } from "../sources/change-log.ts";
import { CommitGraph } from "../sources/commit-graph.ts";
import type { HistoryIndex } from "../sources/history-index.ts";
import { Marks } from "../sources/marks.ts";
import { crypto } from "../text/crypto.ts";
import { BUILD } from "../version.ts";
import type { FindingCollector } from "./collect.ts";
import { KnownFinds } from "./known-finds.ts";

/** Kinds of files, with the version of their form. */
const LOG = "commits-5";
const CLEAN = "clean-4";
const FINDS = "finds-5";

/** Of so many states of a log it is known that it has grown out of them. */
const MOST_STATES = 256;

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
  /** Blobs that need no look, by their numbers in the log. */
  readonly clean: Marks;
  /** Paths that no rule calls those of credential files, by their numbers in the log. */
  readonly plainPaths: Marks;
  readonly finds: KnownFinds;
  private readonly store: CacheStore | null;
  private readonly logName: string;
  private readonly cleanName: string;
  private readonly findsName: string;
  /**
   * Names of the states in which the log was kept, a line each, the last one last. The log only grows: what is kept by its numbers, and
   * with the name of a state, holds for all that came after. (Of two scans beside each other, each of which has added to it, one is
   * the last to keep it. What the other keeps is void then.)
   */
  private states: readonly string[];
  private readonly before: { readonly log: number; readonly listed: number };

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
    const [states, ids, slots, ...rest] = parts;
    const commits = new IdTable(idBytes);
    if (ids !== undefined) commits.fill(ids, slots);
    this.log = ChangeLog.fromParts(commits, rest.slice(0, LOG_PARTS)) ?? new ChangeLog(commits);
    this.graph = CommitGraph.fromParts(commits, rest.slice(LOG_PARTS)) ?? new CommitGraph(commits);
    this.states = this.log.commitCount === 0 || states === undefined ? [] : textOf(states).split("\n");
    const [state, clean, plain] = this.store?.read(this.cleanName, CLEAN) ?? [];
    const isOfLog = state !== undefined && this.states.includes(textOf(state));
    this.clean = new Marks(isOfLog ? clean : undefined);
    this.plainPaths = new Marks(isOfLog ? plain : undefined);
    this.before = { log: this.sizeOfLog, listed: this.graph.extent };
  }

  /** Of commits, and of what tags name without any. */
  private get sizeOfLog(): number {
    const { commitCount, blobs, pathCount } = this.log;
    return commitCount + blobs.size + pathCount;
  }

  /** The numbers of blobs, as far as the log knows them. */
  numbersOf(blobs: Iterable<string>): Set<number> {
    const numbers = new Set<number>();
    for (const blob of blobs) numbers.add(this.log.blobs.find(Buffer.from(blob, "hex"), 0));
    return numbers;
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
    const { log, graph, clean, plainPaths, before } = this;
    const left = this.numbersOf([...found.keys(), ...unclean]);
    index.visitBlobs((number) => {
      if (!left.has(number)) clean.add(number);
    });
    if (this.sizeOfLog > before.log || graph.extent > before.listed) {
      const parts = log.parts();
      const state = stateOf(parts);
      if (this.states.at(-1) !== state) this.states = [...this.states, state].slice(-MOST_STATES);
      const states = Buffer.from(this.states.join("\n"));
      this.store.write(this.logName, LOG, [states, ...log.commits.parts(), ...parts, ...graph.parts()]);
    }
    if (clean.hasGrown || plainPaths.hasGrown) {
      const state = Buffer.from(this.states.at(-1) ?? "");
      this.store.write(this.cleanName, CLEAN, [state, clean.bytes, plainPaths.bytes]);
    }
    // What there is more to say of than its finds must be read again.
    const more = new Set(unclean);
    const whole = new Map([...found].filter(([blob]) => !more.has(blob)));
    this.finds.add(whole, (detection) => collector.identityOf(detection));
    this.finds.keepPrints(collector.keyMark, whole, (detection) => collector.slowPrint(detection));
    this.finds.keepArchives(archives.filter((blob) => !found.has(blob)));
    if (this.finds.isNew) this.store.write(this.findsName, FINDS, [this.finds.toBytes()]);
  }
}

/** What numbers of blobs and paths mean in a log, in few letters. */
function stateOf([, , blobs, , paths]: readonly Uint8Array[]): string {
  return `${crc32(blobs!).toString(16)}-${crc32(paths!).toString(16)}`;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

function digest(text: string): string {
  return crypto().createHash("sha256").update(text).digest("hex").slice(0, 24);
}
