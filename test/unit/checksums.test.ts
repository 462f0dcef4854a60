import { expect, test } from "vitest";
import { accountOfKeyId, packKeyIdBody } from "../../src/engine/aws-key-id.ts";
import { azureChecksumHolds, marvin32 } from "../../src/engine/azure-keys.ts";
import { CHECKSUMS } from "../../src/engine/checksums.ts";
import { crc32 } from "../../src/engine/crc32.ts";
import { Engine } from "../../src/engine/engine.ts";
import { ContentScanner } from "../../src/engine/scanner.ts";
import { builtinPack } from "../../src/rules/builtin.ts";
import { token } from "../support/tokens.ts";

test("CRC-32 of the standard's check value", () => {
  expect(crc32("123456789")).toBe(0xcbf43926);
});

test("the account number of an AWS key ID", () => {
  // A published sample: the blog that explains the scheme decodes it to this account.
  expect(accountOfKeyId(["ASIA", "Y34FZKBOKMUTVV7A"].join(""))).toBe("609629065308");
  expect(accountOfKeyId(`AKIA${packKeyIdBody(123456789012n, 5n)}`)).toBe("123456789012");
  expect(accountOfKeyId(`AKIA${packKeyIdBody(1_099_000_000_000n, 5n)}`)).toBe("impossible");
  expect(accountOfKeyId("AKIAIOSFODNN7EXAMPLE")).toBeNull();
});

test("the Marvin hash of .NET's own test values", () => {
  const seed = Buffer.from("004fb61a001bdbcc", "hex");
  const folded = (high: number, low: number) => (high ^ low) >>> 0;
  expect(marvin32(Buffer.from(""), seed)).toBe(folded(0x30ed35c1, 0x00cd3c7d));
  expect(marvin32(Buffer.from("af", "hex"), seed)).toBe(folded(0x48e73fc7, 0x7d75ddc1));
  expect(marvin32(Buffer.from("e70f", "hex"), seed)).toBe(folded(0xb5f6e1fc, 0x485dbff8));
  expect(marvin32(Buffer.from("37f495", "hex"), seed)).toBe(folded(0xf0b07c78, 0x9b8cf7e8));
});

/** An Azure key of `length` bytes that carries the signature and the checksum of its kind. */
function azureKey(length: number, signature: string, seed: string): string {
  const random = Buffer.from(token(`{hex:${2 * length}}`), "hex");
  const digits = random.toString("base64").replace(/=+$/, "");
  const signed = Buffer.from(`${digits.slice(0, -10)}${signature}A${digits.slice(-5)}`, "base64");
  signed.writeUInt32LE(marvin32(signed.subarray(0, -4), Buffer.from(seed, "latin1")), length - 4);
  return signed.toString("base64");
}

test.each([
  ["azure-storage-key", 64, "+ASt", "Default0"],
  ["azure-storage-key", 64, "ACDb", "MastRO00"],
  ["azure-messaging-key", 32, "+ASb", "Listen00"],
  ["azure-messaging-key", 32, "AzCa", "Access00"],
  ["azure-function-key", 40, "AzFu", "Master00"],
  ["azure-container-registry-key", 39, "AzSe", "PAdmin00"],
])("an Azure key whose checksum holds: %s, %i bytes, %s", (ruleId, length, signature, seed) => {
  const made = azureKey(length, signature, seed);
  const key = ruleId === "azure-function-key" ? made.replace(/\+/g, "-").replace(/\//g, "_") : made;
  expect(azureChecksumHolds(key)).toBe(true);
  expect(azureChecksumHolds(`${key[0] === "x" ? "y" : "x"}${key.slice(1)}`)).toBe(false);
  const found = new ContentScanner(new Engine(builtinPack())).scan(Buffer.from(`key: ${key}\n`));
  expect(found).toMatchObject([{ ruleId, confidence: "high" }]);
  expect(found[0]!.evidence).toContain("its checksum is right");
});

test("an Entra client secret: the checksum of Microsoft's own example, and none in the older form", () => {
  expect(azureChecksumHolds(`zzz8Q~${"z".repeat(31)}blP`)).toBe(true);
  expect(azureChecksumHolds(`zzz8Q~${"z".repeat(31)}blQ`)).toBe(false);
  expect(azureChecksumHolds(`yyy7Q~${"y".repeat(31)}`)).toBeNull();
});

test("a key without a signature has no checksum", () => {
  expect(azureChecksumHolds(token("{base64:85}A=="))).toBeNull();
});

test("a checksum that holds, and one that does not", () => {
  const good = token("ghp_{github}");
  const bad = good.slice(0, -1) + (good.endsWith("0") ? "1" : "0");
  expect(CHECKSUMS.github!(good, good).verdict).toBe("valid");
  expect(CHECKSUMS.github!(bad, bad).verdict).toBe("mismatch");
  const age = token("AGE-SECRET-KEY-1{age}");
  expect(CHECKSUMS.age!(age, age).verdict).toBe("valid");
});

test("what stands between PEM lines must be a key", () => {
  const pem = (body: string) => CHECKSUMS.pem!(body, body).verdict;
  expect(pem(`\n${token("MII{pem:8}")}\n`)).toBe("valid");
  expect(pem(`\\n${token("MII{pemline:300}")}\\n`)).toBe("valid");
  expect(pem(`\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB12\n\n${token("{pem:8}")}\n`)).not.toBe(
    "invalid",
  );
  expect(pem("\n...\n")).toBe("invalid");
  expect(pem(`")) return readTheKeyFrom(${"somewhere ".repeat(9)})`)).toBe("invalid");
});

test("a JWT decodes, and what does not is none", () => {
  const jwt = token("{jwt}");
  expect(CHECKSUMS.jwt!(jwt, jwt).verdict).toBe("valid");
  expect(CHECKSUMS.jwt!("eyJhIjox.eyJhIjox.abc", "").verdict).toBe("invalid");
});

test("a key of a known canary account is named as one, alone and in a pair", () => {
  // What an article shows of two such keys, made up to length.
  expect(accountOfKeyId(["AKIA", "YVP4CIPP", "A".repeat(8)].join(""))).toBe("595918472158");
  const id = `AKIA${packKeyIdBody(595918472158n, 0x2345678901n)}`;
  const secret = token("{aws-secret}");
  for (const text of [`id: ${id}\n`, `aws_access_key_id=${id}\naws_secret_access_key=${secret}\n`]) {
    const detections = new ContentScanner(new Engine(builtinPack())).scan(Buffer.from(text));
    expect(detections.map(({ severity }) => severity)).toEqual(detections.map(() => "low"));
    expect(detections[0]!.evidence.join()).toContain("595918472158, which is canarytokens.org's");
  }
});

test("Cloudflare tokens end with the CRC-32 of their body", () => {
  const body = token("{base62:40}");
  const right = `cfut_${body}${crc32(body).toString(16).padStart(8, "0")}`;
  expect(CHECKSUMS.cloudflare!(right, right)).toMatchObject({ verdict: "valid" });
  const wrong = `cfut_${body}00000000`;
  expect(CHECKSUMS.cloudflare!(wrong, wrong)).toMatchObject({
    verdict: "unknown",
    evidence: expect.anything(),
  });
});
