const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const LARGEST_ACCOUNT = 999_999_999_999n;

/**
 * The AWS account number that is packed into an access key ID.
 *
 *     AKIA Y34FZKBOKMUTVV7A
 *     kind base32 of 10 bytes; the first 48 bits:  1aaaaaaaaaaaaaaa…aaaaaaaaxxxxxxx
 *                                                   (1 marker bit, 40 bits of account, 7 others)
 *
 * IDs made before that scheme have a fifth character from A to P (marker bit 0) and hold no account.
 *
 * @returns 12 digits; null when the ID holds none; "impossible" when the number exceeds 12 digits
 */
export function accountOfKeyId(id: string): string | "impossible" | null {
  const body = id.slice(4, 20);
  if (body.length !== 16) return null;
  let bits = 0n;
  for (const char of body) {
    const value = BASE32.indexOf(char);
    if (value < 0) return null;
    bits = (bits << 5n) | BigInt(value);
  }
  const first48 = bits >> 32n;
  if (first48 >> 47n === 0n) return null;
  const account = (first48 & 0x7fffffffff80n) >> 7n;
  return account > LARGEST_ACCOUNT ? "impossible" : account.toString().padStart(12, "0");
}

/**
 * Accounts of canarytokens.org, as researchers have published them: a key of theirs opens nothing, and whoever
 * uses it is reported to the one who planted it.
 */
const CANARY_ACCOUNTS: ReadonlySet<string> = new Set([
  ...["052310077262", "171436882533", "266735846894", "534261010715", "595918472158"],
  ...["717712589309", "730335385048", "819147034852", "893192397702", "992382622183"],
]);

export function isCanaryAccount(account: string): boolean {
  return CANARY_ACCOUNTS.has(account);
}

/** A key ID body of 16 characters for an account, the other 39 bits taken from `rest`. */
export function packKeyIdBody(account: bigint, rest: bigint): string {
  const head = (1n << 47n) | (account << 7n);
  let bits = (head << 32n) | (rest & 0x7f_ffff_ffffn);
  let body = "";
  for (let i = 0; i < 16; i += 1) {
    body = BASE32[Number(bits & 31n)] + body;
    bits >>= 5n;
  }
  return body;
}
