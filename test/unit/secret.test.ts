import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Fingerprinter } from "../../src/policy/fingerprint.ts";
import { maskSecret, maskSpans } from "../../src/text/mask.ts";
import { Secret } from "../../src/text/secret.ts";

const VALUE = "correct-horse-battery-staple-42";

test("a secret prints as its mask, however it is printed", () => {
  const secret = new Secret(VALUE, maskSecret(VALUE, false));
  const error = new Error(`while looking at ${secret}`);
  for (const text of [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }, { depth: 9, showHidden: true }),
    inspect(new Map([[secret, [secret]]])),
    String(error.stack),
    Object.values(secret).join(),
  ]) {
    expect(text).not.toContain("horse");
  }
  expect(secret.reveal()).toBe(VALUE);
});

test("a mask shows the ends of prefixed tokens only, and no length", () => {
  expect(maskSecret(VALUE, true)).toBe("corr********e-42");
  expect(maskSecret(VALUE, false)).toBe("********");
  expect(maskSecret("short", true)).toBe("********");
});

test("overlapping spans are masked together", () => {
  const spans = [
    { start: 2, end: 6, text: "AB" },
    { start: 4, end: 8, text: "CD" },
  ];
  expect(maskSpans("0123456789", spans)).toBe("01********89");
});

test("a fingerprint names family and secret, not their wrapping, under the repository's key", () => {
  const one = new Fingerprinter("one");
  const print = one.fingerprint("family", VALUE);
  expect(print).toMatch(/^[0-9a-f]{24}$/);
  expect(one.fingerprint("family", VALUE)).toBe(print);
  expect(one.fingerprint("other", VALUE)).not.toBe(print);
  expect(new Fingerprinter("two").fingerprint("family", VALUE)).not.toBe(print);
  expect(one.fingerprint("pem", "MIIE\nabcd\n")).toBe(one.fingerprint("pem", "MIIE\\nabcd\r\n"));
});

test("fingerprints that were prepared are those that are computed when they are asked for", async () => {
  const secrets = ["hunter2hunter2", "correct-horse", "wJalr/XUtn+FEMI/K7MDENG/bPxRfiCYzEXAMPLE0"].flatMap(
    (secret) => [
      { family: "a", secret },
      { family: "b", secret },
    ],
  );
  const prepared = new Fingerprinter("key");
  for (const { family, secret } of [...secrets, ...secrets]) prepared.prepare(family, secret, 2);
  const early = prepared.fingerprint("a", "hunter2hunter2");
  await prepared.ready();
  const other = new Fingerprinter("key");
  for (const { family, secret } of secrets)
    expect(prepared.fingerprint(family, secret)).toBe(other.fingerprint(family, secret));
  expect(early).toBe(other.fingerprint("a", "hunter2hunter2"));
});
