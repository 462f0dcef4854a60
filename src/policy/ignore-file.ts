import type { SourcePlace } from "../errors.ts";

/** The file at the root of a repository that says which secrets are known. */
export const IGNORE_NAME = ".leakwardenignore";

/** A secret that is known, whoever decided it, and until when. */
export interface IgnoreEntry {
  readonly fingerprint: string;
  readonly ruleId: string;
  /** Where it was when it was written down; nothing is decided by it. */
  readonly path: string;
  readonly owner: string | null;
  /** The last day on which it counts, as YYYY-MM-DD; null: for ever. */
  readonly until: string | null;
  readonly reason: string;
}

/** What was read of the file. */
export interface IgnoreFile {
  /** As messages shall call it. */
  readonly name: string;
  /** Under which the fingerprints were made; null: the repository's own. */
  readonly key: string | null;
  readonly entries: readonly (IgnoreEntry & { readonly line: number })[];
}

/** A line that is no entry. */
export class IgnoreLineError extends Error {
  readonly place: SourcePlace;

  constructor(place: SourcePlace, problem: string) {
    super(problem);
    this.place = place;
  }
}

const HEAD = `# Secrets that are known, one a line, in any order:
#   fingerprint rule path [owner=NAME] [until=YYYY-MM-DD] -- reason
# A fingerprint names the secret and not its place; another secret in the same place is a new finding. It is made with
# the commit behind "root".
`;

/**
 * Reads the text of an ignore file. White space in a path is written as in a URL.
 *
 * @throws {IgnoreLineError}
 */
export function parseIgnoreFile(name: string, text: string): IgnoreFile {
  const entries: (IgnoreEntry & { line: number })[] = [];
  let key: string | null = null;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const place = { file: name, line: index + 1, column: 1 };
    const named = /^root (\S+)$/.exec(line);
    if (named === null) entries.push({ ...parseEntry(line, place), line: index + 1 });
    else if (key === null || key === named[1]) key = named[1]!;
    else throw new IgnoreLineError(place, "there is a second root: the entries would be of two repositories");
  }
  return { name, key, entries };
}

function parseEntry(line: string, place: SourcePlace): IgnoreEntry {
  const cut = / -- /.exec(line);
  const reason = cut === null ? "" : line.slice(cut.index + 4).trim();
  if (reason === "") throw new IgnoreLineError(place, "it gives no reason");
  const [fingerprint, ruleId, path, ...options] = line.slice(0, cut!.index).trim().split(/\s+/);
  if (!/^[0-9a-f]{24}$/.test(fingerprint!))
    throw new IgnoreLineError(place, "it does not begin with a fingerprint, 24 hexadecimal digits");
  if (ruleId === undefined || path === undefined)
    throw new IgnoreLineError(place, "it names no rule or no path");
  let owner: string | null = null;
  let until: string | null = null;
  for (const option of options) {
    const [name, value] = [option.split("=")[0], option.slice(option.indexOf("=") + 1)];
    if (name === "owner" && value !== "") owner = value;
    else if (name === "until" && isDate(value)) until = value;
    else
      throw new IgnoreLineError(
        place,
        "behind the path there is something that is neither owner=NAME nor until=YYYY-MM-DD",
      );
  }
  return { fingerprint: fingerprint!, ruleId, path: unescapePath(path), owner, until, reason };
}

/** Whether it is a day that there is, as YYYY-MM-DD. */
export function isDate(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    !Number.isNaN(Date.parse(text)) &&
    new Date(text).toISOString().startsWith(text)
  );
}

/** The text of a file: sorted, so that two who add something seldom touch the same place. */
export function formatIgnoreFile(key: string | null, entries: readonly IgnoreEntry[]): string {
  const lines = entries.map(({ fingerprint, ruleId, path, owner, until, reason }) =>
    [
      fingerprint,
      ruleId,
      escapePath(path),
      ...(owner === null ? [] : [`owner=${owner}`]),
      ...(until === null ? [] : [`until=${until}`]),
      `-- ${reason}`,
    ].join(" "),
  );
  return `${HEAD}${key === null ? "" : `root ${key}\n`}${[...new Set(lines)].sort().join("\n")}${lines.length > 0 ? "\n" : ""}`;
}

function escapePath(path: string): string {
  const escaped = path.replace(/[%\s\x00-\x1f\x7f]/g, (char) => encodeURIComponent(char));
  return escaped === "" ? "-" : escaped;
}

function unescapePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Each secret once, though a merge may have brought it in twice: of its entries the one that counts longest. */
export function distinctEntries(entries: IgnoreFile["entries"]): IgnoreFile["entries"] {
  const ascending = [...entries].sort((a, b) => order(a.until ?? "9999", b.until ?? "9999"));
  return [...new Map(ascending.map((entry) => [entry.fingerprint, entry])).values()];
}

/** Asks an ignore file for one secret after another, and knows what was never asked for. */
export class IgnoreList {
  private readonly file: IgnoreFile;
  private readonly today: string;
  private readonly byFingerprint: ReadonlyMap<string, IgnoreFile["entries"][number]>;
  private readonly seen = new Set<string>();

  /** @param today as YYYY-MM-DD */
  constructor(file: IgnoreFile, today: string) {
    this.file = file;
    this.today = today;
    this.byFingerprint = new Map(distinctEntries(file.entries).map((entry) => [entry.fingerprint, entry]));
  }

  /** What it says of a secret; null: nothing. */
  ask(fingerprint: string): { readonly entry: IgnoreEntry; readonly expired: string | null } | null {
    const entry = this.byFingerprint.get(fingerprint);
    if (entry === undefined) return null;
    this.seen.add(fingerprint);
    const over = entry.until !== null && entry.until < this.today;
    const expired = over ? `${this.file.name}:${entry.line}: the entry counted until ${entry.until}` : null;
    return { entry, expired };
  }

  /** Entries that no secret was asked for. */
  get stale(): readonly IgnoreEntry[] {
    return [...this.byFingerprint.values()].filter(({ fingerprint }) => !this.seen.has(fingerprint));
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
