import type { Severity } from "../rules/vocabulary.ts";
import { accountOfKeyId, isCanaryAccount } from "./aws-key-id.ts";
import { azureChecksumHolds } from "./azure-keys.ts";
import { crc32 } from "./crc32.ts";

/** What a check of a token's own structure says, and what it found out, for the report. */
export type ChecksumResult =
  | { readonly verdict: "valid"; readonly evidence: string; readonly severity?: Severity }
  | { readonly verdict: "mismatch"; readonly evidence: string }
  | { readonly verdict: "invalid"; readonly reason: string }
  | { readonly verdict: "unknown"; readonly evidence?: string; readonly severity?: Severity };

/** @param match all that the pattern matched; most checks need the secret alone */
export type Checksum = (secret: string, match: string) => ChecksumResult;

const UNKNOWN: ChecksumResult = { verdict: "unknown" };

const RIGHT: ChecksumResult = { verdict: "valid", evidence: "its checksum is right" };
const WRONG = {
  verdict: "mismatch",
  evidence: "its checksum is wrong: it is mistyped or made up",
} satisfies ChecksumResult;

/**
 * Checks by name, as rules ask for them.
 *
 *     valid      the structure proves it: high confidence
 *     mismatch   a checksum that is documented or recomputed does not hold: low confidence, a note
 *     invalid    it cannot be what the rule looks for: dropped
 *     unknown    the scheme does not cover it
 */
export const CHECKSUMS: Readonly<Record<string, Checksum>> = {
  github: crc62(/^(?:gh[pousr]|npm)_([A-Za-z0-9]{30})([A-Za-z0-9]{6})$/),
  npm: crc62(/^npm_([A-Za-z0-9]{30})([A-Za-z0-9]{6})$/),
  "aws-key-id": awsKeyId,
  "gitlab-routable": gitlabRoutable,
  grafana,
  cloudflare,
  discord,
  azure,
  atlassian,
  age: ageBech32,
  jwt,
  "basic-auth": basicAuth,
  "base64-text": base64Text,
  pem: pemBody,
  "url-userinfo": urlUserinfo,
};

/** Names that a rule may give in `checksum`. */
export const CHECKSUM_NAMES: readonly string[] = Object.keys(CHECKSUMS);

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** CRC-32 of the random part in base62, six digits: GitHub's blog of April 2021; npm took it over. */
export function crc62Digits(body: string): string {
  let value = crc32(body);
  let digits = "";
  for (let i = 0; i < 6; i += 1) {
    digits = BASE62[value % 62] + digits;
    value = Math.floor(value / 62);
  }
  return digits;
}

function crc62(form: RegExp): Checksum {
  return (token) => {
    const match = form.exec(token);
    if (match === null) return UNKNOWN;
    return crc62Digits(match[1]!) === match[2] ? RIGHT : WRONG;
  };
}

/** Not every seed is published: what fits none of them may be a kind of key that came later. */
function azure(key: string): ChecksumResult {
  const holds = azureChecksumHolds(key);
  if (holds === null) return UNKNOWN;
  return holds
    ? RIGHT
    : { verdict: "unknown", evidence: "its checksum fits no kind of key that is published" };
}

/** The account number is packed into IDs made since 2019; older ones do not decode. */
function awsKeyId(token: string): ChecksumResult {
  const account = accountOfKeyId(token);
  if (account === null) return UNKNOWN;
  if (account === "impossible")
    return { verdict: "invalid", reason: "no AWS account has the number packed into it" };
  if (isCanaryAccount(account)) {
    const evidence = `AWS account ${account}, which is canarytokens.org's: a trap, do not try the key`;
    return { verdict: "unknown", evidence, severity: "low" };
  }
  return { verdict: "unknown", evidence: `AWS account ${account}` };
}

/** `<prefix><base64url>.<2 digits length><7 digits CRC-32, base 36>`: GitLab's routable tokens. */
function gitlabRoutable(token: string): ChecksumResult {
  const match = /^(.*\.[0-9a-z]{2})([0-9a-z]{7})$/.exec(token);
  if (match === null) return UNKNOWN;
  return crc32(match[1]!).toString(36).padStart(7, "0") === match[2] ? RIGHT : WRONG;
}

/**
 * `cfut_<40><8 hex>`: the CRC-32 of the 40. Seen to hold on published tokens, not documented: a wrong one is said,
 * and no more is made of it.
 */
function cloudflare(token: string): ChecksumResult {
  const match = /^cf(?:ut|at|k)_([A-Za-z0-9]{40})([0-9a-f]{8})$/.exec(token);
  if (match === null) return UNKNOWN;
  const right = crc32(match[1]!).toString(16).padStart(8, "0") === match[2];
  return right ? RIGHT : { verdict: "unknown", evidence: WRONG.evidence };
}

/** `<base64 of the bot's number>.<6>.<27 to 38>`: the number is a snowflake of 17 to 20 digits. */
function discord(token: string): ChecksumResult {
  const number = Buffer.from(token.slice(0, token.indexOf(".")), "base64url").toString("latin1");
  if (!/^[0-9]{17,20}$/.test(number))
    return { verdict: "invalid", reason: "it does not begin with a bot's number" };
  return { verdict: "valid", evidence: `it is the token of the bot ${number}` };
}

/** `glsa_<32>_<8 hex>`: the CRC-32 of what stands before, its bytes little-endian. */
function grafana(token: string): ChecksumResult {
  const match = /^(glsa_[A-Za-z0-9]{32})_([0-9a-f]{8})$/.exec(token);
  if (match === null) return UNKNOWN;
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(crc32(match[1]!));
  return bytes.toString("hex") === match[2] ? RIGHT : UNKNOWN;
}

/** The last eight digits are the CRC-32 of everything before them, upper-case hex. */
function atlassian(token: string): ChecksumResult {
  const expected = crc32(token.slice(0, -8)).toString(16).toUpperCase().padStart(8, "0");
  return expected === token.slice(-8) ? RIGHT : UNKNOWN;
}

const BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/** The last six characters of an age identity are its Bech32 checksum (BIP 173). */
function ageBech32(token: string): ChecksumResult {
  return bech32Polymod([
    ...expandPrefix("age-secret-key-"),
    ...bech32Values(token.slice("AGE-SECRET-KEY-1".length)),
  ]) === 1
    ? RIGHT
    : WRONG;
}

/** The six characters that complete an age identity whose data part is `data`. */
export function ageChecksum(data: string): string {
  const values = [...expandPrefix("age-secret-key-"), ...bech32Values(data), 0, 0, 0, 0, 0, 0];
  const rest = bech32Polymod(values) ^ 1;
  return Array.from({ length: 6 }, (_, i) => BECH32[(rest >>> (5 * (5 - i))) & 31]!)
    .join("")
    .toUpperCase();
}

function expandPrefix(prefix: string): number[] {
  const codes = Array.from(prefix, (char) => char.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function bech32Values(text: string): number[] {
  return Array.from(text.toLowerCase(), (char) => BECH32.indexOf(char));
}

function bech32Polymod(values: readonly number[]): number {
  const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
  let check = 1;
  for (const value of values) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    for (let i = 0; i < 5; i += 1) if ((top >>> i) & 1) check ^= generator[i]!;
  }
  return check >>> 0;
}

/** Header and claims must be JSON objects and the header must name an algorithm. */
function jwt(token: string): ChecksumResult {
  const [header, payload] = token.split(".");
  const head = decodeJson(header);
  if (head === null || typeof head.alg !== "string") {
    return { verdict: "invalid", reason: "its first part does not decode to a JWT header" };
  }
  const claims = decodeJson(payload);
  if (claims === null)
    return "enc" in head ? UNKNOWN : { verdict: "invalid", reason: "its claims do not decode" };
  // NATS signs statements of who may do what; they are public, and a login needs the seed.
  if (/^ed25519(?:-nkey)?$/.test(head.alg))
    return { verdict: "invalid", reason: "it is a public statement of NATS" };
  const issuer = typeof claims.iss === "string" ? `, issued by ${claims.iss.slice(0, 60)}` : "";
  const evidence = `it decodes to a JWT (${head.alg.slice(0, 10)}${issuer})`;
  if (typeof claims.exp === "number" && claims.exp * 1000 < Date.now()) {
    return {
      verdict: "valid",
      evidence: `${evidence}; it expired on ${dateOf(claims.exp)}`,
      severity: "low",
    };
  }
  return { verdict: "valid", evidence };
}

function dateOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? "a day long ago" : date.toISOString().slice(0, 10);
}

function decodeJson(part: string | undefined): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? "", "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** Base64 of `user:password`, both printable. */
function basicAuth(token: string): ChecksumResult {
  const text = Buffer.from(token, "base64").toString("latin1");
  const password = /^[\x20-\x39\x3b-\x7e]*:([\x20-\x7e]{3,})$/.exec(text)?.[1];
  if (password === undefined) return { verdict: "invalid", reason: "it does not decode to user:password" };
  const user = text.slice(0, text.indexOf(":"));
  if (EVERYDAY.test(user) && EVERYDAY_PASSWORD.test(password)) {
    return { verdict: "mismatch", evidence: "it decodes to a user and a password that are stand-ins" };
  }
  return { verdict: "valid", evidence: "it decodes to user:password" };
}

/**
 * What stands between the lines of a PEM block must be a key: base64 that decodes to DER or to
 * OpenSSH's own format, whatever quotes, escapes and indentation it is wrapped in.
 */
function pemBody(body: string): ChecksumResult {
  const plain = body
    .replace(/\\[nrt]|&#(?:10|13|x[aAdD]);/g, "\n")
    .replace(/^[ \t]*(?:\/\/|#+|\*|;|--|\+|>)[ \t]?/gm, "")
    .replace(/^[ \t"'|>#*/;+-]*[A-Za-z-]+:.*$/gm, "");
  // The key begins at once: what a program says about such lines is no key.
  if (!/^[\s"'`+,;|>#*\\]{0,40}[A-Za-z0-9+/]{16}/.test(plain)) {
    return { verdict: "invalid", reason: "there is no key between its lines" };
  }
  const base64 = plain.replace(/[^A-Za-z0-9+/]/g, "");
  if (base64.length < 48) return { verdict: "invalid", reason: "there is no key between its lines" };
  if (/\.\.\.|…|<[a-z]|xxxx/i.test(plain))
    return { verdict: "invalid", reason: "the key between its lines is cut out" };
  const bytes = Buffer.from(base64.slice(0, 64), "base64");
  if (bytes[0] === 0x30) return { verdict: "valid", evidence: "its body is a DER sequence" };
  if (bytes.toString("latin1").startsWith("openssh-key-v1"))
    return { verdict: "valid", evidence: "its body is an OpenSSH key" };
  return new Set(base64.slice(0, 200)).size < 16
    ? { verdict: "invalid", reason: "what stands between its lines is not random" }
    : UNKNOWN;
}

const EVERYDAY = /^(?:user(?:name)?|root|admin|test|guest|postgres|mysql|foo|bar|me|name|login|u|usr)$/i;
const EVERYDAY_PASSWORD =
  /^(?:pass(?:word|wd)?|pwd|secret|test|guest|foo|bar|pw|p|changeme|123456?|admin|root|token|xxx+)\d{0,4}!?$/i;

/** `://user:password@host`: not where both are the usual stand-ins, or one and the same word. */
function urlUserinfo(password: string, match: string): ChecksumResult {
  const user = /:\/\/([^:@/]*):/.exec(match)?.[1] ?? "";
  if (user === password && user !== "")
    return { verdict: "invalid", reason: "user and password are the same word" };
  if (EVERYDAY_PASSWORD.test(password) && (user === "" || EVERYDAY.test(user))) {
    return { verdict: "invalid", reason: "user and password are stand-ins" };
  }
  return UNKNOWN;
}

/** Base64 of printable text, as registries store passwords. */
function base64Text(value: string): ChecksumResult {
  return /^[\x20-\x7e]{4,}$/.test(Buffer.from(value, "base64").toString("latin1"))
    ? { verdict: "valid", evidence: "it decodes to text" }
    : UNKNOWN;
}
