import { expect, test } from "vitest";
import { OWN_MARK } from "../../src/engine/directive.ts";
import { judgeRandomness } from "../../src/engine/judge.ts";
import { isPublished, placeholderReason, referenceReason } from "../../src/engine/placeholder.ts";
import { readInlineAllow as readAllow } from "../../src/policy/inline-allow.ts";
import { token } from "../support/tokens.ts";

test.each([
  "${DB_PASSWORD}",
  "$TOKEN",
  "%PASSWORD%",
  "{{ secret }}",
  "process.env.KEY",
  "os.environ['X']",
  "<your-key>",
  "secrets.TOKEN",
  "vault:secret/data",
  "ENC[AES256_GCM,data:x]",
  "getSecret('x')",
  "your-api-key-here",
  "changeme",
  "xxxxxxxxxxxxxxxx",
  "1234567890abcdef",
  "abcabcabcabcabcabc",
  "AKIAIOSFODNN7EXAMPLE",
  "T0pS3cr3t!",
  "P@ssw0rd123",
  "my-s3cr3t-t0k3n",
  `$2a$11$${"abcdefgHIJKLMNOP".repeat(3)}`,
  "{SSHA}abcdefgh",
  "pbkdf2_sha256$260000$abc$def",
  "",
])("'%s' stands where a secret would", (value) => {
  expect(referenceReason(value) ?? placeholderReason(value, false)).not.toBeNull();
});

test.each(["{base62:32}", "{hex:40}", "{base64:40}", "{password}"])("%s is no placeholder", (template) => {
  for (let i = 0; i < 300; i += 1) expect(placeholderReason(token(template), true)).toBeNull();
});

test.each(["s3cr3tVbn81kq", "Tr0ub4dor&3", "passion-fruit-9-tokens"])("'%s' is no placeholder", (value) => {
  expect(placeholderReason(value, false)).toBeNull();
});

test("an inline allow names its rule and its reason", () => {
  const readInlineAllow = (text: string, ruleId: string) => readAllow({ mark: OWN_MARK, text }, ruleId);
  expect(readInlineAllow("jwt -- made up", "jwt")).toEqual({ kind: "allows", reason: "made up" });
  expect(readInlineAllow("jwt, github-token -- made up", "github-token").kind).toBe("allows");
  expect(readInlineAllow("jwt -- made up", "github-token").kind).toBe("other-rule");
  expect(readInlineAllow("jwt", "jwt").kind).toBe("malformed");
  expect(readInlineAllow("-- why", "jwt").kind).toBe("malformed");
});

test("published dummies are known by their hash", () => {
  // The credentials of the HTTP authentication standard's own example, and the debugger's token.
  const aladdin = Buffer.from("Aladdin:open sesame").toString("base64");
  expect(judgeRandomness(aladdin, "none", true).reason).toBe("it is a published documentation value");
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const jwt = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: "1234567890", name: "John Doe", iat: 1516239022 })}`;
  expect(isPublished(`${jwt}.${["SflKxwRJSMeKKF2QT4fwpMeJf36POk6y", "JV_adQssw5c"].join("")}`)).toBe(true);
});
