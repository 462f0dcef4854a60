import { allowancesFor } from "../engine/demands.ts";
import type { Detection } from "../engine/types.ts";
import type { RulePack } from "../rules/compiled.ts";
import type { Confidence, Severity } from "../rules/vocabulary.ts";

/** Stands where the text around a secret was not read. */
export const UNREAD = "\0";

/**
 * What is kept of a detection: everything but the secret, the text around it, and what is said of it. The secret has a
 * number; detections of one secret have one number.
 */
type KnownFind = readonly [
  ruleId: string,
  secret: number,
  severity: Severity,
  confidence: Confidence,
  place: readonly [line: number, column: number, endLine: number, endColumn: number],
  lines: readonly (readonly [number, number])[],
  partner: number | null,
];

interface Encoded {
  /** How many numbers are given. */
  readonly secrets: number;
  readonly blobs: Readonly<Record<string, readonly KnownFind[]>>;
  /** For commits at the tips of branches, which of the blobs with finds they hold at which of the paths. */
  readonly tips: {
    readonly paths: string;
    /** What tips hold, each once: most of it many of them. */
    readonly held: readonly string[];
    readonly present: Readonly<Record<string, readonly number[]>>;
  };
  /** Fingerprints that are slow to compute, by the secrets' numbers, under the key of a mark. */
  readonly prints: { readonly key: string; readonly of: Readonly<Record<string, string>> };
  /** Blobs at paths that call them credential files, and that are none: `blob:path`. */
  readonly quiet: readonly string[];
  /** Archives in which, as they are, nothing was found. */
  readonly archives: readonly string[];
}

const NOTHING: Encoded = {
  secrets: 0,
  blobs: {},
  tips: { paths: "", held: [], present: {} },
  prints: { key: "", of: {} },
  quiet: [],
  archives: [],
};

/** What earlier scans have found, without any of its text, by blob. */
export class KnownFinds {
  readonly blobs: Map<string, readonly KnownFind[]>;
  readonly quiet: Set<string>;
  readonly archives: Set<string>;
  /** What tips hold, by commit; of other paths nothing is known. */
  private tips: { paths: string; present: Map<string, readonly string[]> };
  private prints: { key: string; of: Map<number, string> };
  private numbers: number;
  private changed = false;
  /** Of each secret that was read again a detection. */
  private readonly read = new Map<number, Detection>();

  /** @param bytes as `toBytes` gave them; null: nothing is known */
  constructor(bytes: Uint8Array | null) {
    const { secrets, blobs, tips, quiet, archives, prints }: Encoded =
      bytes === null ? NOTHING : JSON.parse(Buffer.from(bytes).toString("utf8"));
    this.numbers = secrets;
    const present = Object.entries(tips.present).map(([tip, blobs]): [string, string[]] => [
      tip,
      blobs.map((number) => tips.held[number]!),
    ]);
    this.tips = { paths: tips.paths, present: new Map(present) };
    this.quiet = new Set(quiet);
    this.archives = new Set(archives);
    const numbered = Object.entries(prints.of).map(([number, print]): [number, string] => [+number, print]);
    this.prints = { key: prints.key, of: new Map(numbered) };
    this.blobs = new Map(Object.entries(blobs));
  }

  /**
   * The blobs that must be read for what is said of a secret: the first that holds it, and the first that holds it
   * with its other half.
   *
   * @param order the known blobs, in the order of a report
   */
  tellingBlobs(order: readonly string[]): Set<string> {
    const told = new Set<string>();
    const telling = new Set<string>();
    for (const blob of order) {
      for (const [, secret, , , , , partner] of this.blobs.get(blob) ?? []) {
        for (const key of [`${secret}`, ...(partner === null ? [] : [`${secret}+`])]) {
          if (told.has(key)) continue;
          told.add(key);
          telling.add(blob);
        }
      }
    }
    return telling;
  }

  /** Takes what was found in a known blob now that it was read again; gives false when it is something else. */
  recognise(blob: string, detections: readonly Detection[]): boolean {
    const known = this.blobs.get(blob) ?? [];
    if (known.length !== detections.length) return false;
    return known.every(([ruleId, secret, , , [line, column]], index) => {
      const detection = detections[index]!;
      if (detection.ruleId !== ruleId || detection.line !== line || detection.column !== column) return false;
      this.read.set(secret, detection);
      return true;
    });
  }

  /** The detections of a blob that is not read again; null when it holds a secret that no blob has told. */
  detectionsIn(blob: string, pack: RulePack): Detection[] | null {
    const detections: Detection[] = [];
    for (const [ruleId, number, severity, confidence, place, lines, partner] of this.blobs.get(blob)!) {
      const secret = this.read.get(number)?.secret;
      if (secret === undefined) return null;
      const [line, column, endLine, endColumn] = place;
      const value = secret.reveal();
      const allowances = allowancesFor(pack.allows ?? [], ruleId, value, value, () => "");
      const told = { evidence: [], preview: UNREAD, directive: null, allowances };
      detections.push({
        ruleId,
        secret,
        severity,
        confidence,
        line,
        column,
        endLine,
        endColumn,
        lines,
        partner,
        ...told,
      });
    }
    return detections;
  }

  /**
   * Adds what was found in blobs that were not known.
   *
   * @param identityOf tells one secret from another
   */
  add(found: ReadonlyMap<string, readonly Detection[]>, identityOf: (detection: Detection) => string): void {
    const numbers = new Map<string, number>();
    for (const [blob, detections] of found) {
      this.blobs.get(blob)?.forEach(([, number], index) => {
        numbers.set(identityOf(detections[index]!), number);
      });
    }
    const numberOf = (identity: string) => {
      const number = numbers.get(identity) ?? this.numbers++;
      numbers.set(identity, number);
      return number;
    };
    for (const [blob, detections] of found) {
      // An allow in the text is text.
      if (this.blobs.has(blob) || detections.some(({ directive }) => directive !== null)) continue;
      const finds = detections.map((detection): KnownFind => {
        const { ruleId, severity, confidence, line, column, endLine, endColumn, lines, partner } = detection;
        const place = [line, column, endLine, endColumn] as const;
        return [ruleId, numberOf(identityOf(detection)), severity, confidence, place, lines, partner];
      });
      this.blobs.set(blob, finds);
      this.changed = true;
    }
  }

  /** Tells the slow fingerprints of the secrets that were read again, as far as they are known for the key. */
  tellPrints(key: string, tell: (detection: Detection, fingerprint: string) => void): void {
    if (this.prints.key !== key) return;
    for (const [number, detection] of this.read) {
      const print = this.prints.of.get(number);
      if (print !== undefined) tell(detection, print);
    }
  }

  /** Keeps the slow fingerprints of what was found, which `add` has given numbers. */
  keepPrints(
    key: string,
    found: ReadonlyMap<string, readonly Detection[]>,
    printOf: (detection: Detection) => string | null,
  ): void {
    if (this.prints.key !== key) this.prints = { key, of: new Map() };
    const { of } = this.prints;
    for (const [blob, detections] of found) {
      this.blobs.get(blob)?.forEach(([, number], index) => {
        const print = of.has(number) ? null : printOf(detections[index]!);
        if (print === null) return;
        of.set(number, print);
        this.changed = true;
      });
    }
  }

  /** What is known of tips, for paths of this digest. */
  presentAt(paths: string): ReadonlyMap<string, readonly string[]> {
    return this.tips.paths === paths ? this.tips.present : new Map();
  }

  /** Keeps what tips hold, and forgets what others did. */
  keepPresent(paths: string, present: ReadonlyMap<string, readonly string[]>): void {
    const before = this.presentAt(paths);
    if ([...present.keys()].every((tip) => before.has(tip))) return;
    this.tips = { paths, present: new Map(present) };
    this.changed = true;
  }

  keepQuiet(names: readonly string[]): void {
    const before = this.quiet.size;
    for (const name of names) this.quiet.add(name);
    if (this.quiet.size > before) this.changed = true;
  }

  keepArchives(blobs: readonly string[]): void {
    const before = this.archives.size;
    for (const blob of blobs) this.archives.add(blob);
    if (this.archives.size > before) this.changed = true;
  }

  /** Whether there is something that was not known. */
  get isNew(): boolean {
    return this.changed;
  }

  toBytes(): Uint8Array {
    const { paths, present } = this.tips;
    const held = [...new Set([...present.values()].flat())];
    const numbers = new Map(held.map((blob, number) => [blob, number]));
    const numbered = [...present].map(([tip, blobs]) => [tip, blobs.map((blob) => numbers.get(blob)!)]);
    const encoded: Encoded = {
      secrets: this.numbers,
      blobs: Object.fromEntries(this.blobs),
      tips: { paths, held, present: Object.fromEntries(numbered) },
      quiet: [...this.quiet],
      archives: [...this.archives],
      prints: { key: this.prints.key, of: Object.fromEntries(this.prints.of) },
    };
    return Buffer.from(JSON.stringify(encoded));
  }
}
