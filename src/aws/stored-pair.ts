import type { KeyPair } from "./clients.ts";

/** A secret's text that holds a pair, and where in it. */
export interface StoredPair {
  readonly pair: KeyPair;
  /** The same text with another pair in its place: names and further fields are somebody's choice. */
  replacedBy(pair: KeyPair): string;
}

const TOKEN = /session.?token/i;

/**
 * A JSON object of which one field is an access key ID and one with `secret` in its name 40 characters.
 *
 *     {"AWS_ACCESS_KEY_ID":"AKIA…","AWS_SECRET_ACCESS_KEY":"…"}
 *
 * @returns null when it is something else
 */
export function readStoredPair(text: string): StoredPair | null {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof data !== "object" || data === null || Array.isArray(data)) return null;
  const fields = Object.entries(data).filter(
    (field): field is [string, string] => typeof field[1] === "string",
  );
  const ids = fields.filter(([, value]) => /^A[KS]IA[A-Z0-9]{12,}$/.test(value));
  const secrets = fields.filter(([name, value]) => /secret/i.test(name) && isSecretKey(value));
  const [id, secret] = [ids[0], secrets[0]];
  if (id === undefined || secret === undefined || ids.length > 1 || secrets.length > 1) return null;
  const token = fields.find(([name]) => TOKEN.test(name));
  return {
    pair: { id: id[1], secret: secret[1], token: token?.[1] ?? null },
    replacedBy: (pair) => {
      const changed: Record<string, unknown> = { ...data, [id[0]]: pair.id, [secret[0]]: pair.secret };
      if (token !== undefined) delete changed[token[0]];
      if (pair.token !== null) changed[token?.[0] ?? "AWS_SESSION_TOKEN"] = pair.token;
      return JSON.stringify(changed);
    },
  };
}

/** A pair as it is stored when nobody has chosen names. */
export function formatPair({ id, secret, token }: KeyPair): string {
  return JSON.stringify(environmentOf({ id, secret, token }));
}

/** A pair as programs take it from their environment. */
export function environmentOf({ id, secret, token }: KeyPair): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
    ...(token === null ? {} : { AWS_SESSION_TOKEN: token }),
  };
}

export function isSecretKey(text: string): boolean {
  return /^[A-Za-z0-9/+]{40}$/.test(text);
}
