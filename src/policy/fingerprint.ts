import { alphabetOf } from "../engine/randomness.ts";
import { crypto } from "../text/crypto.ts";

/** A secret with fewer bits than this can be guessed, so its fingerprint is made slow to compute. */
const GUESSABLE_BITS = 80;

/**
 * Makes the fingerprints of one repository: 24 hex digits from the rule family and the secret,
 * under the repository's key. No position goes in. What a person may have chosen goes through
 * scrypt (16 MiB, about 25 ms), so that a list of fingerprints is no help in guessing it.
 */
export class Fingerprinter {
  private readonly key: string;
  private readonly memo = new Map<string, string>();

  /** @param key the repository's root commit or its configured salt; any text */
  constructor(key: string) {
    this.key = key;
  }

  fingerprint(family: string, secret: string): string {
    const normal = normalise(secret);
    const id = `${family}\0${normal}`;
    let fingerprint = this.memo.get(id);
    if (fingerprint === undefined) {
      const bits = normal.length * Math.log2(alphabetOf(normal));
      const material =
        bits < GUESSABLE_BITS ? crypto().scryptSync(id, this.key, 32, { N: 16384, r: 8, p: 1 }) : id;
      fingerprint = crypto().createHmac("sha256", this.key).update(material).digest("hex").slice(0, 24);
      this.memo.set(id, fingerprint);
    }
    return fingerprint;
  }
}

/** White space and escaped line ends say how a secret is wrapped, not what it is. */
export function normalise(secret: string): string {
  return secret.replace(/\\[nr]|\s/g, "");
}
