import type { CacheStore } from "../cache/store.ts";
import type { Settings } from "../config/settings.ts";
import type { Detection } from "../engine/types.ts";
import { IdTable } from "../git/id-table.ts";
import type { Repository } from "../git/repository.ts";
import { ChangeLog } from "../sources/change-log.ts";
import type { HistoryIndex } from "../sources/history-index.ts";
import { crypto } from "../text/crypto.ts";
import { BUILD } from "../version.ts";

/** A detection without its secret: where the same secret is found again, as a blob and an index in its detections. */
type KnownDetection = Omit<Detection, "secret"> & { readonly like: readonly [blob: string, index: number] };

/** Kinds of files, with the version of their form. */
const LOG = "commits-2";
const RESULTS = "results-2";

/**
 * What earlier scans of a repository have learned, for the next one:
 *
 * - what its commits changed, and which objects stand at its tips, in which no rule has a say;
 * - by these rules and limits and this build, the blobs in which nothing was found, and what was found in others.
 *
 * No secret is in it, nor a digest of one: of the blobs that hold the same secret one is read again, and lends it to
 * the others.
 */
export class HistoryCache {
  readonly log: ChangeLog;
  /** What `blobsAtTips` has asked git, by what it asked. */
  readonly names: Map<string, string>;
  /** Blobs in which nothing was found. */
  private readonly clean: IdTable;
  private readonly found: Map<string, readonly KnownDetection[]>;
  /** Those of `found` that need no look. */
  private readonly like: IdTable;
  private readonly store: CacheStore | null;
  private readonly repository: string;
  private readonly results: string;
  private readonly before: { readonly commits: number; readonly names: number; readonly clean: number };

  /** @param store null: nothing is known, and nothing is kept */
  constructor(repository: Repository, { pack, maxFileBytes }: Settings, store: CacheStore | null) {
    const idBytes = repository.objectFormat === "sha256" ? 32 : 20;
    // What the commits at the end of a shallow clone seem to change, they do not.
    this.store = repository.shallow ? null : store;
    this.repository = digest(repository.commonDir);
    this.results = `${this.repository}-${digest(`${pack.digest} ${maxFileBytes} ${BUILD}`)}`;
    const [names, ...log] = this.store?.read(this.repository, LOG) ?? [];
    this.log = ChangeLog.fromParts(idBytes, log) ?? new ChangeLog(idBytes);
    this.names = mapOf<string>(names);
    const [clean, found] = this.store?.read(this.results, RESULTS) ?? [];
    this.clean = new IdTable(idBytes);
    if (clean !== undefined) this.clean.fill(clean);
    this.found = mapOf<KnownDetection[]>(found);
    const read = new Set([...this.found.values()].flatMap((known) => known.map(({ like }) => like[0])));
    this.like = IdTable.of(
      idBytes,
      [...this.found.keys()].filter((blob) => !read.has(blob)),
    );
    this.before = { commits: this.log.commits.size, names: this.names.size, clean: this.clean.size };
  }

  get isEmpty(): boolean {
    return this.clean.size === 0;
  }

  /** Whether the blob `bytes[at]` need not be read again. */
  has(bytes: Uint8Array, at: number): boolean {
    return this.clean.has(bytes, at) || this.like.has(bytes, at);
  }

  /**
   * Adds to what was found in this scan what is known of blobs that were not read. Gives the blobs of which that
   * cannot be told, because the one that would lend them its secret is gone.
   */
  recall(index: HistoryIndex, hits: Map<string, Detection[]>): string[] {
    const read = new Map(hits);
    const unresolved: string[] = [];
    for (const [blob, known] of this.found) {
      if (read.has(blob) || !index.has(blob)) continue;
      const detections = known.flatMap(({ like: [other, at], ...detection }): Detection[] => {
        const same = read.get(other)?.[at];
        return same === undefined ? [] : [{ ...detection, secret: same.secret }];
      });
      if (detections.length === known.length) hits.set(blob, detections);
      else unresolved.push(blob);
    }
    return unresolved;
  }

  /**
   * Keeps what was learned.
   *
   * @param hits in each blob that something was found in
   * @param unread blobs that must be read again: there is more to say of them
   * @param whole whether the log holds all ancestors of each of its commits
   */
  save(
    index: HistoryIndex,
    hits: ReadonlyMap<string, Detection[]>,
    unread: readonly string[],
    whole: boolean,
  ): void {
    const { log, names, before, store } = this;
    if (store === null) return;
    if (whole && (log.commits.size > before.commits || names.size > before.names))
      store.write(this.repository, LOG, [bytesOf([...names]), ...log.parts()]);
    const dirty = IdTable.of(log.idBytes, [...hits.keys(), ...unread]);
    const others = {
      has: (bytes: Uint8Array, at: number) => this.clean.has(bytes, at) || dirty.has(bytes, at),
    };
    for (const id of index.blobsWithout(others).each()) this.clean.add(id, 0);
    const left = new Set(unread);
    const read = new Map([...hits].filter(([blob]) => index.has(blob) && !left.has(blob)));
    const isNew = [...read.keys()].some((blob) => !this.found.has(blob));
    if (this.clean.size > before.clean || isNew)
      store.write(this.results, RESULTS, [this.clean.packed, bytesOf([...withoutSecrets(read)])]);
  }
}

/** The first blob that holds a secret lends it to those that come later. */
function* withoutSecrets(hits: ReadonlyMap<string, Detection[]>): Generator<[string, KnownDetection[]]> {
  const first = new Map<string, KnownDetection["like"]>();
  for (const [blob, detections] of hits) {
    const known = detections.map(({ secret, ...detection }, at): KnownDetection => {
      const key = `${secret.masked}\0${secret.reveal()}`;
      const like = first.get(key) ?? [blob, at];
      first.set(key, like);
      return { ...detection, like };
    });
    yield [blob, known];
  }
}

function digest(text: string): string {
  return crypto().createHash("sha256").update(text).digest("hex").slice(0, 24);
}

function bytesOf(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** What `bytesOf` made of a map's entries; empty when there is none. */
function mapOf<Value>(bytes: Uint8Array | undefined): Map<string, Value> {
  if (bytes === undefined) return new Map();
  return new Map(JSON.parse(Buffer.from(bytes).toString("utf8")) as [string, Value][]);
}
