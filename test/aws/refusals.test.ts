import { existsSync } from "node:fs";
import { join } from "node:path";
import { CreateRoleCommand, UpdateAccessKeyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { awsBeside, iam, makeKey, URL_OF_SERVICE } from "../support/aws.ts";
import { type FaultyAws, failure, useFaultyAws } from "../support/faulty-aws.ts";
import { tempDir } from "../support/temp-repo.ts";

let proxy: FaultyAws;
useFaultyAws(URL_OF_SERVICE, (started) => {
  proxy = started;
});

const run = (args: readonly string[], env: Record<string, string> = {}, input?: string) =>
  awsBeside(["aws", ...args], {
    env: { AWS_ENDPOINT_URL: proxy.url, AWS_REGION: "eu-west-1", ...env },
    ...(input === undefined ? {} : { input }),
  });

/** Every command that asks AWS, with one that changes something made harmless by what it is refused. */
const COMMANDS: readonly (readonly string[])[] = [
  ["audit"],
  ["audit", "--config-rule"],
  ["deactivate", "AKIAEXAMPLE", "--yes"],
  ["rotate", "--user", "somebody", "--to-profile", "x", "--yes"],
  ["fetch", "some-secret", "--", "true"],
  ["trail", "AKIAEXAMPLE"],
];

describe.each([
  [
    "no credentials",
    { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" },
    null,
    "no AWS credentials of one's own were found",
  ],
  ["expired ones", {}, "ExpiredToken", "have expired"],
  ["unknown ones", {}, "InvalidClientTokenId", "AWS does not know the credentials that are used here"],
  ["a wrong secret", {}, "SignatureDoesNotMatch", "the secret key that is used here is not that of its ID"],
  ["too many questions", { AWS_MAX_ATTEMPTS: "2" }, "ThrottlingException", "too many requests"],
] as const)("%s", (_what, env, code, said) => {
  test.each(COMMANDS)("aws %s", async (...command) => {
    const { id } = await makeKey();
    proxy.fault = (call) => (code !== null ? failure(call, code, "no", 403) : null);
    const ran = await run(
      command.map((word) => (word === "AKIAEXAMPLE" ? id : word)),
      env,
    );
    expect(ran).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(said) });
    expect(ran.stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
  });
});

test("a region that does not exist, and nobody who answers", async () => {
  const env = {
    AWS_REGION: "nowhere-1",
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
    AWS_MAX_ATTEMPTS: "1",
    LEAKWARDEN_TEST_ESCAPES: join(tempDir(), "escapes"),
  };
  const ran = await run(["audit"], env);
  expect(ran).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("check the network, and AWS_REGION"),
  });
  expect(existsSync(env.LEAKWARDEN_TEST_ESCAPES)).toBe(true);
});

test("roles are those of the partition that the credentials are of", async () => {
  await iam.send(new CreateRoleCommand({ RoleName: "Reader", AssumeRolePolicyDocument: "{}" }));
  proxy.rewrite = ({ name }, body) =>
    name === "sts:GetCallerIdentity" ? body.replace("arn:aws:", "arn:aws-us-gov:") : body;
  const from = proxy.calls.length;
  await run(["audit", "--accounts", "210987654321", "--role", "Reader"]);
  const [assumed] = proxy.calls.slice(from).filter(({ name }) => name === "sts:AssumeRole");
  expect(new URLSearchParams(assumed!.body).get("RoleArn")).toBe(
    "arn:aws-us-gov:iam::210987654321:role/Reader",
  );
});

test("a key that is deactivated is told from one that never was, in an account of one's own", async () => {
  const key = await makeKey();
  const lines = `aws_access_key_id = ${key.id}\naws_secret_access_key = ${key.secret}\n`;
  await iam.send(new UpdateAccessKeyCommand({ UserName: key.user, AccessKeyId: key.id, Status: "Inactive" }));
  proxy.fault = (call) =>
    call.key === key.id
      ? failure(call, "InvalidClientTokenId", "The security token included in the request is invalid.", 403)
      : null;
  expect(await run(["verify", "-"], {}, lines)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      new RegExp(`state: +inactive\ndetail: +it is deactivated, and ${key.user}'s`),
    ),
  });
  expect(
    await run(["verify", "-"], { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" }, lines),
  ).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/state: +invalid/),
  });
});
