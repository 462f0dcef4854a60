const MESSAGING = ["Manage00", "Send0000", "Listen00", "System00", "Unknown0"];

/**
 * Keys of Azure services that carry a signature: four characters that name the service, and behind them a checksum
 * of the whole key. In bytes:
 *
 *     random …, signature (3 bytes, shifted by the 0, 2 or 4 bits that make it show in base64), Marvin hash of all in front (4 bytes, little-endian)
 *
 * The hash is seeded with the kind of key. Signatures and seeds are published in Microsoft's library
 * microsoft/security-utilities (IdentifiableMetadata.cs); a seed is eight ASCII characters read as a big-endian number.
 */
const SEEDS: Readonly<Record<string, readonly string[]>> = {
  "+ASt": ["Default0"],
  "+ABa": ["AbAcct00"],
  "+AMC": ["Classic0"],
  ACDb: ["MastRW00", "MastRO00", "SystRW00", "SystRO00", "SysAll00", "Resour00", "Encryp00"],
  APIM: ["IoTHub00", "Tenant00", "Gatewy00", "GitKey00"],
  "+ASb": MESSAGING,
  "+AEh": MESSAGING,
  "+ARm": MESSAGING,
  AIoT: ["IoTHub00", "DpsKey00", "Device00"],
  AzCa: ["Access00"],
  AzFu: ["Functi00", "Master00", "System00"],
  AzSe: ["Query000", "PAdmin00"],
  "+ACR": ["ACRDflt0"],
};
/** Characters of the signature and of the checksum behind it. */
const SIGNATURE = 4;
const TAIL = 10;

/**
 * Whether an Azure key's checksum is that of one of its service's kinds of key; null when it is of no form that has
 * one.
 *
 * @param key base64 or base64url, padded or not; a client secret as it is
 */
export function azureChecksumHolds(key: string): boolean | null {
  if (key.slice(3, 6) === "8Q~") return clientSecretHolds(key);
  const digits = key.replace(/=+$/, "");
  const seeds = SEEDS[digits.slice(-TAIL, SIGNATURE - TAIL)];
  if (seeds === undefined) return null;
  const bytes = Buffer.from(digits, "base64");
  const hashed = bytes.subarray(0, -4);
  const checksum = bytes.readUInt32LE(hashed.length);
  return seeds.some((seed) => marvin32(hashed, Buffer.from(seed, "latin1")) === checksum);
}

/**
 * An Entra client secret ends with the first three of six digits, in an alphabet of its own, of the hash of what is
 * in front of them (IdentifiableMetadata.cs).
 */
function clientSecretHolds(secret: string): boolean {
  const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";
  let value = marvin32(Buffer.from(secret.slice(0, -3), "latin1"), Buffer.from("AadPwd00", "latin1"));
  let digits = "";
  for (; digits.length < 6; value = Math.floor(value / alphabet.length))
    digits = alphabet[value % alphabet.length] + digits;
  return digits.startsWith(secret.slice(-3));
}

/**
 * The Marvin hash, folded to 32 bits (Microsoft, US patent 20130262421; .NET hashes strings by it).
 *
 * @param seed 8 bytes, big-endian
 * @returns an unsigned number
 */
export function marvin32(bytes: Uint8Array, seed: Buffer): number {
  let low = seed.readInt32BE(4);
  let high = seed.readInt32BE(0);
  const mix = (word: number) => {
    low = (low + word) | 0;
    high ^= low;
    low = ((low << 20) | (low >>> 12)) + high;
    high = ((high << 9) | (high >>> 23)) ^ low;
    low = ((low << 27) | (low >>> 5)) + high;
    high = (high << 19) | (high >>> 13);
  };
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  for (; at + 4 <= data.length; at += 4) mix(data.readInt32LE(at));
  let last = 0x80;
  for (let left = data.length - 1; left >= at; left -= 1) last = (last << 8) | data[left]!;
  mix(last);
  mix(0);
  return (low ^ high) >>> 0;
}
