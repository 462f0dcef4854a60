import { crypto } from "../text/crypto.ts";

/** A secret that another scanner's file says is known. What is null is not asked for; each entry asks for something. */
export interface KnownSecret {
  /** SHA-1 of the value, in hex. */
  readonly valueSha1: string | null;
  /** Rules of ours that it may be a find of. */
  readonly rules: readonly string[] | null;
  readonly path: string | null;
  readonly line: number | null;
  readonly commit: string | null;
  /** The content that it stands in. */
  readonly blob: string | null;
  /** Says which file calls it known, and where in it. */
  readonly reason: string;
}

/** Where a secret was found. */
export interface KnownPlace {
  readonly path: string;
  readonly line: number;
  /** Null where it is not known. */
  readonly commit: string | null;
  readonly blob: string | null;
}

/** Asks other scanners' lists for one find after another. */
export class KnownSecrets {
  private readonly byValue = new Map<string, KnownSecret[]>();
  private readonly byPath = new Map<string, KnownSecret[]>();

  constructor(known: readonly KnownSecret[]) {
    for (const entry of known) {
      const [map, key] =
        entry.valueSha1 === null ? [this.byPath, entry.path!] : [this.byValue, entry.valueSha1];
      const same = map.get(key);
      if (same === undefined) map.set(key, [entry]);
      else same.push(entry);
    }
  }

  ask(ruleId: string, value: string, place: KnownPlace): KnownSecret | null {
    const sha1 =
      this.byValue.size === 0
        ? ""
        : crypto().createHash("sha1").update(Buffer.from(value, "latin1")).digest("hex");
    const candidates = [...(this.byValue.get(sha1) ?? []), ...(this.byPath.get(place.path) ?? [])];
    const found = candidates.find(
      ({ rules, path, line, commit, blob }) =>
        (rules === null || rules.includes(ruleId)) &&
        (path === null || path === place.path) &&
        (line === null || line === place.line) &&
        (commit === null || commit === place.commit) &&
        (blob === null || place.blob === null || blob === place.blob),
    );
    return found ?? null;
  }
}
