import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadSharedConfigFiles } from "@smithy/core/config";
import fc from "fast-check";
import { expect, test } from "vitest";
import { SharedCredentials } from "../../src/aws/shared-credentials.ts";
import { tempDir } from "../support/temp-repo.ts";

const name = fc.constantFrom("default", "deploy", "deploy-2", "a.b@c");
const word = fc.stringMatching(/^[A-Za-z0-9/+]{1,12}$/);
const line = fc.oneof(
  fc.constantFrom(
    "",
    "# a remark",
    "; another",
    "region = eu-west-1",
    "s3 =\n  max_concurrent_requests = 20",
  ),
  fc
    .tuple(fc.constantFrom("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "output"), word)
    .map(([key, value]) => `${key} = ${value}`),
  word.map((value) => `  aws_access_key_id=${value} # mine`),
);
const section = fc
  .tuple(name, fc.array(line, { maxLength: 6 }))
  .map(([profile, lines]) => [`[${profile}]`, ...lines].join("\n"));
const file = fc
  .tuple(fc.array(section, { maxLength: 5 }), fc.constantFrom("\n", "\r\n"), fc.boolean())
  .map(([sections, end, closed]) => (sections.join("\n") + (closed ? "\n" : "")).replaceAll("\n", end));

/** As the SDK reads it. */
async function profiles(text: string) {
  const dir = tempDir();
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "credentials"), text);
  const { credentialsFile } = await loadSharedConfigFiles({
    filepath: join(dir, "credentials"),
    configFilepath: join(dir, "none"),
    ignoreCache: true,
  });
  return JSON.parse(JSON.stringify(credentialsFile)) as Record<string, Record<string, string>>;
}

test("a pair that is written is what the SDK reads, and all else stays as it was", async () => {
  await fc.assert(
    fc.asyncProperty(file, name, word, word, async (text, profile, id, secret) => {
      const before = await profiles(text);
      const changed = new SharedCredentials(text);
      changed.write(profile, { id, secret, token: null });
      const after = await profiles(changed.toString());
      const {
        aws_access_key_id: _id,
        aws_secret_access_key: _secret,
        aws_session_token: _token,
        ...rest
      } = before[profile] ?? {};
      expect(after).toEqual({
        ...before,
        [profile]: { ...rest, aws_access_key_id: id, aws_secret_access_key: secret },
      });
      expect(changed.read(profile)).toEqual({ id, secret, token: null });
      changed.removePair(profile);
      const { [profile]: left = {}, ...others } = await profiles(changed.toString());
      const { [profile]: _own, ...otherBefore } = before;
      expect(others).toEqual(otherBefore);
      expect(left).toEqual(rest);
      changed.remove(profile);
      expect(await profiles(changed.toString())).toEqual(otherBefore);
    }),
    { numRuns: 300 },
  );
});

test("what is read is what the SDK reads", async () => {
  await fc.assert(
    fc.asyncProperty(file, name, async (text, profile) => {
      const {
        aws_access_key_id: id,
        aws_secret_access_key: secret,
        aws_session_token: token,
      } = (await profiles(text))[profile] ?? {};
      const expected = id === undefined || secret === undefined ? null : { id, secret, token: token ?? null };
      expect(new SharedCredentials(text).read(profile)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test("a text that is not changed stays byte for byte", () => {
  fc.assert(
    fc.property(file, (text) => {
      const whole =
        text === "" || /\n$/.test(text) ? text : `${text}${text.includes("\r\n") ? "\r\n" : "\n"}`;
      expect(new SharedCredentials(text).toString()).toBe(whole);
    }),
  );
  expect(readFileSync(new URL(import.meta.url).pathname, "utf8")).toContain("byte for byte");
});
