import { expect, test } from "vitest";
import { accountOfKeyId, packKeyIdBody } from "../../src/engine/aws-key-id.ts";
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
