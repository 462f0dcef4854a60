import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { afterEach, describe, expect, test } from "vitest";
import { aws, enforceFrom, iam, type MadeKey, makeKey } from "../support/aws.ts";
import { TempRepo, tempDir } from "../support/temp-repo.ts";
import { awsPair, token } from "../support/tokens.ts";

const linesOf = ({ id, secret }: { id: string; secret: string }) =>
  `aws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`;
const setActive = ({ user, id }: MadeKey, active: boolean) =>
  iam.send(
    new UpdateAccessKeyCommand({ UserName: user, AccessKeyId: id, Status: active ? "Active" : "Inactive" }),
  );

async function statusOf({ user, id }: MadeKey): Promise<string | undefined> {
  const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName: user }));
  return AccessKeyMetadata?.find((key) => key.AccessKeyId === id)?.Status;
}

afterEach(() => enforceFrom());

describe("aws inspect", () => {
  test("what an ID tells by itself needs nobody", () => {
    const { id } = awsPair();
    const { code, stdout } = aws(["aws", "inspect", id, "--offline", "--format", "json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      id,
      accessKey: true,
      canary: false,
      account: expect.stringMatching(/^\d{12}$/),
    });
    expect(aws(["aws", "inspect", "AROAQ3EGRVXK7PLMWZ5YA", "--offline"]).stdout).toContain("role");
  });

  test("a key of one's own: whose, since when, last used, what it may", async () => {
    const key = await makeKey();
    const { Policy } = await iam.send(
      new CreatePolicyCommand({
        PolicyName: `p-${key.user}`,
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" }],
        }),
      }),
    );
    await iam.send(new AttachUserPolicyCommand({ UserName: key.user, PolicyArn: Policy!.Arn! }));
    const { code, stdout } = aws(["aws", "inspect", key.id]);
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/ours: +yes, of account 123456789012/),
    });
    expect(stdout).toMatch(new RegExp(`user: +${key.user}`));
    expect(stdout).toMatch(/status: +active/);
    expect(stdout).toMatch(/created: +\d{4}-\d\d-\d\d, 0 days ago/);
    expect(stdout).toMatch(/last used: +never/);
    expect(stdout).toContain(`p-${key.user}`);
  });

  test("a key of another account, and none at all", () => {
    const { id } = awsPair();
    expect(aws(["aws", "inspect", id]).stdout).toMatch(
      /ours: +no: it is of account \d{12}, and the credentials here are of 123456789012/,
    );
    const refused = aws(["aws", "inspect", "AKIBQ3EGRVXK7PLMWZ5Y"]);
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is no key ID of a kind that AWS has"),
    });
  });

  test("what is nearly a key ID is told from a finding", () => {
    expect(aws(["aws", "inspect", "AKIANOSUCH"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("it has 20 characters, capitals and digits"),
    });
    expect(aws(["aws", "inspect", " "])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is not said"),
    });
    expect(aws(["aws", "verify", awsPair().id])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is an ID alone, and only with its secret"),
    });
  });

  test("without credentials it says what it could not ask, and how to", () => {
    const { id } = awsPair();
    const { code, stdout } = aws(["aws", "inspect", id], {
      env: { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" },
    });
    expect(code).toBe(3);
    expect(stdout).toMatch(/asked: +no AWS credentials of one's own were found/);
  });
});

test("no test can reach further than this machine", () => {
  const escapes = join(tempDir(), "escapes");
  const env = {
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
    AWS_MAX_ATTEMPTS: "1",
    LEAKWARDEN_TEST_ESCAPES: escapes,
  };
  const ran = aws(["aws", "verify", "-"], { input: awsPair().lines, env });
  expect(ran).toMatchObject({ code: 3, stdout: expect.stringMatching(/state: +unknown/) });
  expect(readFileSync(escapes, "utf8")).toMatch(/^sts\..*amazonaws\.com:443$/m);
});

describe("aws verify", () => {
  test("a live pair, one that is deactivated, and one that AWS never knew", async () => {
    const key = await makeKey();
    await enforceFrom(0);
    const live = aws(["aws", "verify", "-"], { input: linesOf(key) });
    expect(live).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        new RegExp(`state: +live\ndetail: +it is arn:aws:iam::123456789012:user/${key.user}`),
      ),
    });
    const unknown = aws(["aws", "verify", "-"], { input: awsPair().lines });
    expect(unknown).toMatchObject({ code: 0, stdout: expect.stringMatching(/state: +invalid/) });
    // The right ID with another secret.
    const wrong = aws(["aws", "verify", "-"], {
      input: linesOf({ id: key.id, secret: token("{aws-secret}") }),
    });
    expect(wrong).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/state: +unknown\ndetail: +AWS knows the ID/),
    });
    for (const ran of [live, unknown, wrong]) expect(ran.stdout + ran.stderr).not.toContain(key.secret);
  });

  test("a finding by its place, and a half alone", async () => {
    const key = await makeKey();
    const repo = new TempRepo()
      .write("a.env", linesOf(key))
      .write("b.env", `aws_access_key_id = ${key.id}\n`);
    repo.commit();
    expect(aws(["aws", "verify", "a.env:1"], { repo })).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(key.id),
    });
    expect(aws(["aws", "verify", "-"], { input: `aws_access_key_id = ${key.id}\n` })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("holds no AWS access key ID with its secret"),
    });
  });

  test("a service that cannot be reached is no answer", () => {
    const ran = aws(["aws", "verify", "-"], {
      input: awsPair().lines,
      env: { AWS_ENDPOINT_URL: "http://127.0.0.1:9", AWS_MAX_ATTEMPTS: "1" },
    });
    expect(ran).toMatchObject({ code: 3, stdout: expect.stringMatching(/state: +unknown/) });
  });
});

describe("scans with --verify", () => {
  test("say of each pair whether it works, and that this is seen", async () => {
    const key = await makeKey();
    await enforceFrom(0);
    const repo = new TempRepo()
      .write("a.env", linesOf(key))
      .write("b.env", awsPair().lines)
      .write("c.txt", `t = ${token("ghp_{github}")}\n`);
    const { code, stdout } = aws(["files", "--verify", "--format", "json"], { repo });
    const report = JSON.parse(stdout);
    expect(code).toBe(1);
    const said = new Map(
      report.findings.map(
        (finding: { ruleId: string; path: string; verification: { state: string } | null }) => [
          `${finding.ruleId} ${finding.path}`,
          finding.verification?.state ?? null,
        ],
      ),
    );
    expect(said.get("aws-access-key-id a.env")).toBe("live");
    expect(said.get("aws-access-key-id b.env")).toBe("invalid");
    expect(said.get("github-token c.txt")).toBeNull();
    expect(report.warnings.join()).toContain("CloudTrail");
    expect(aws(["files", "--verify"], { repo }).stdout).toMatch(/live: +it is arn:aws:iam/);
    expect(stdout).not.toContain(key.secret);
  });

  test("ask nobody without it", async () => {
    const key = await makeKey();
    const repo = new TempRepo().write("a.env", linesOf(key));
    const report = JSON.parse(aws(["files", "--format", "json"], { repo }).stdout);
    expect(report.findings.map(({ verification }: { verification: unknown }) => verification)).toEqual([
      null,
      null,
    ]);
  });
});

describe("aws deactivate, reactivate, delete", () => {
  test("one after the other, with what used it last", async () => {
    const key = await makeKey();
    expect(aws(["aws", "delete", key.id, "--yes"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is active"),
    });
    const stopped = aws(["aws", "deactivate", key.id, "--yes"]);
    expect(stopped).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${key.id} of ${key.user} is deactivated; it was last used never`),
    });
    expect(await statusOf(key)).toBe("Inactive");
    expect(aws(["aws", "deactivate", key.id, "--yes"]).stdout).toContain("is inactive already");
    expect(aws(["aws", "reactivate", key.id, "--yes"]).code).toBe(0);
    expect(await statusOf(key)).toBe("Active");
    await setActive(key, false);
    expect(aws(["aws", "delete", key.id, "--yes"]).code).toBe(0);
    expect(await statusOf(key)).toBeUndefined();
  });

  test("nothing is done when nobody can be asked", async () => {
    const key = await makeKey();
    expect(aws(["aws", "deactivate", key.id], { input: "" })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--yes answers the question"),
    });
    expect(await statusOf(key)).toBe("Active");
  });

  test("a key of another account, a role, and a permission that is missing are named", async () => {
    expect(aws(["aws", "deactivate", awsPair().id, "--yes"])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /is of account \d{12}, and the credentials that are used here are of 123456789012/,
      ),
    });
    expect(aws(["aws", "deactivate", "AROAQ3EGRVXK7PLMWZ5YA", "--yes"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is a role"),
    });
    const poor = await makeKey();
    const key = await makeKey();
    await enforceFrom(0);
    const env = { AWS_ACCESS_KEY_ID: poor.id, AWS_SECRET_ACCESS_KEY: poor.secret };
    expect(aws(["aws", "deactivate", key.id, "--yes"], { env })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/may not iam:GetAccessKeyLastUsed\n {2}allow iam:GetAccessKeyLastUsed/),
    });
  });
});
