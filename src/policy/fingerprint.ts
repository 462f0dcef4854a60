import { alphabetOf } from "../engine/randomness.ts";
import { crypto } from "../text/crypto.ts";

/** A secret with fewer bits than this can be guessed, so its fingerprint is made slow to compute. */
const GUESSABLE_BITS = 80;
const SCRYPT = { N: 16384, r: 8, p: 1 };
const BYTES = 32;

/**
 * Makes the fingerprints of one repository: 24 hex digits from the rule family and the secret,
 * under the repository's key. No position goes in. What a person may have chosen goes through
 * scrypt (16 MiB, about 25 ms), so that a list of fingerprints is no help in guessing it.
 */
export class Fingerprinter {
  private readonly key: string;
  private readonly memo = new Map<string, string>();
  /** What computes beside other work, each one thing after the other. */
  private readonly lanes: Promise<void>[] = [];
  private readonly prepared = new Set<string>();

  /** @param key the repository's root commit or its configured salt; any text */
  constructor(key: string) {
    this.key = key;
  }

  fingerprint(family: string, secret: string): string {
    const id = idOf(family, secret);
    let fingerprint = this.memo.get(id);
    if (fingerprint === undefined) {
      const material = isGuessable(secret) ? crypto().scryptSync(id, this.key, BYTES, SCRYPT) : id;
      fingerprint = this.finish(id, material);
    }
    return fingerprint;
  }

  /**
   * Begins to compute what is slow, beside other work: `ready` waits for it. A fingerprint may be asked for earlier.
   *
   * @param atOnce how many at a time; each takes 16 MiB meanwhile
   */
  prepare(family: string, secret: string, atOnce: number): void {
    const id = idOf(family, secret);
    if (!isGuessable(secret) || this.memo.has(id) || this.prepared.has(id)) return;
    const lane = this.prepared.size % atOnce;
    this.prepared.add(id);
    const compute = async () => {
      if (!this.memo.has(id)) this.finish(id, await slowHash(id, this.key));
    };
    // What fails here is computed when it is asked for, and fails there.
    this.lanes[lane] = (this.lanes[lane] ?? Promise.resolve()).then(compute).catch(() => {});
  }

  async ready(): Promise<void> {
    await Promise.all(this.lanes);
  }

  /** Something that tells one key from another. */
  get keyMark(): string {
    return crypto().createHash("sha256").update(`mark\0${this.key}`).digest("hex").slice(0, 24);
  }

  /** Takes a fingerprint that was computed under the same key before. */
  know(family: string, secret: string, fingerprint: string): void {
    this.memo.set(idOf(family, secret), fingerprint);
  }

  /** A fingerprint that was slow to compute; null when it is not, or was not computed. */
  slowOne(family: string, secret: string): string | null {
    return isGuessable(secret) ? (this.memo.get(idOf(family, secret)) ?? null) : null;
  }

  private finish(id: string, material: string | Buffer): string {
    const fingerprint = crypto().createHmac("sha256", this.key).update(material).digest("hex").slice(0, 24);
    this.memo.set(id, fingerprint);
    return fingerprint;
  }
}

function idOf(family: string, secret: string): string {
  return `${family}\0${normalise(secret)}`;
}

function isGuessable(secret: string): boolean {
  const normal = normalise(secret);
  return normal.length * Math.log2(alphabetOf(normal)) < GUESSABLE_BITS;
}

function slowHash(id: string, key: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    crypto().scrypt(id, key, BYTES, SCRYPT, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    );
  });
}

/** White space and escaped line ends say how a secret is wrapped, not what it is. */
export function normalise(secret: string): string {
  return secret.replace(/\\[nr]|\s/g, "");
}
