import { accountOfKeyId, isCanaryAccount } from "../engine/aws-key-id.ts";

/** What an identifier of AWS is of, by its first four letters. */
const KINDS: Readonly<Record<string, string>> = {
  AKIA: "access key of a user, valid until somebody deactivates it",
  ASIA: "temporary access key, valid for hours and only with its session token",
  ABIA: "bearer token of a service",
  ACCA: "credential for one context",
  AGPA: "group",
  AIDA: "user",
  AIPA: "instance profile",
  ANPA: "managed policy",
  ANVA: "version of a managed policy",
  APKA: "public key",
  AROA: "role",
  ASCA: "certificate",
};

/** What an identifier tells by itself. */
export interface KeyIdFacts {
  readonly id: string;
  readonly kind: string;
  /** Whether it is the first half of a credential, which can be used and deactivated. */
  readonly accessKey: boolean;
  /** 12 digits; null: it holds none. */
  readonly account: string | null;
  /** It belongs to a service that sets traps: whoever uses it is reported. */
  readonly canary: boolean;
}

/** @returns null when it is no identifier of AWS */
export function readKeyId(id: string): KeyIdFacts | null {
  const kind = KINDS[id.slice(0, 4)];
  if (kind === undefined || !/^[A-Z0-9]{16,128}$/.test(id)) return null;
  const account = accountOfKeyId(id);
  const known = account === "impossible" ? null : account;
  return {
    id,
    kind,
    accessKey: /^A[KS]IA/.test(id),
    account: known,
    canary: known !== null && isCanaryAccount(known),
  };
}
