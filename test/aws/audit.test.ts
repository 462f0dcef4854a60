import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  ConfigServiceClient,
  PutConfigurationRecorderCommand,
  PutDeliveryChannelCommand,
  StartConfigurationRecorderCommand,
} from "@aws-sdk/client-config-service";
import {
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateRoleCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateAccountCommand,
  CreateOrganizationCommand,
  OrganizationsClient,
} from "@aws-sdk/client-organizations";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, test } from "vitest";
import { aws, awsBeside, iam, makeKey, URL_OF_SERVICE } from "../support/aws.ts";
import { type FaultyAws, failure, useFaultyAws } from "../support/faulty-aws.ts";
import { TempRepo } from "../support/temp-repo.ts";

const HEAD = [
  ...["user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed"],
  ...["password_next_rotation", "mfa_active", "access_key_1_active", "access_key_1_last_rotated"],
  ...["access_key_1_last_used_date", "access_key_1_last_used_region", "access_key_1_last_used_service"],
  ...["access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date"],
  ...[
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
  ],
  ...["cert_2_active", "cert_2_last_rotated"],
];
const ago = (days: number) =>
  new Date(Date.now() - days * 86_400_000).toISOString().replace(/\.\d+Z/, "+00:00");
const NO_KEY = ["false", "N/A", "N/A", "N/A", "N/A"];
const key = (active: boolean, age: number, used: number | null) => [
  String(active),
  ago(age),
  ...(used === null ? ["N/A", "N/A", "N/A"] : [ago(used), "eu-west-1", "s3"]),
];
const line = (
  user: string,
  {
    password = false,
    mfa = true,
    one = NO_KEY,
    two = NO_KEY,
  }: { password?: boolean; mfa?: boolean; one?: string[]; two?: string[] },
) =>
  [
    user,
    user === "<root_account>" ? "arn:aws:iam::123456789012:root" : `arn:aws:iam::123456789012:user/${user}`,
    ago(500),
    user === "<root_account>" ? "not_supported" : String(password),
    "no_information",
    "N/A",
    "N/A",
    String(mfa),
    ...one,
    ...two,
    ...["false", "N/A", "false", "N/A"],
  ].join(",");

let proxy: FaultyAws;
useFaultyAws(URL_OF_SERVICE, (started) => {
  proxy = started;
});

/** What IAM's report says instead. */
function report(lines: readonly string[]): void {
  proxy.rewrite = ({ name }, body) =>
    name === "iam:GetCredentialReport"
      ? body.replace(
          /(<Content>)[^<]*/,
          `$1${Buffer.from([HEAD.join(","), ...lines].join("\n")).toString("base64")}`,
        )
      : body;
}

const audit = (args: readonly string[] = [], env: Record<string, string> = {}, repo?: TempRepo) =>
  awsBeside(["aws", "audit", ...args], {
    env: { AWS_ENDPOINT_URL: proxy.url, AWS_REGION: "us-east-1", ...env },
    ...(repo === undefined ? {} : { repo }),
  });

const STAFF = [
  line("<root_account>", { mfa: false, one: key(true, 900, 3) }),
  line("tidy", { password: true, one: key(true, 10, 1) }),
  line("aged", { one: key(true, 91, 30) }),
  line("edge", { one: key(true, 90, 30) }),
  line("asleep", { one: key(true, 80, 31) }),
  line("never", { one: key(true, 8, null) }),
  line("new", { one: key(true, 2, null) }),
  line("twins", { one: key(true, 10, 1), two: key(true, 5, 1) }),
  line("half", { one: key(true, 10, 1), two: key(false, 300, 200) }),
  line("console", { password: true, mfa: false }),
  line("robot", { mfa: false, one: key(true, 10, 1) }),
  line("comma,and=more", { one: key(true, 200, 1) }),
];

describe("aws audit", () => {
  test("objects to what is wrong, by thresholds, and to nothing else", async () => {
    report(STAFF);
    const { code, stdout } = await audit(["--format", "json"]);
    expect(code).toBe(1);
    const [account] = JSON.parse(stdout).accounts;
    const said = account.violations.map(
      ({ user, rule }: { user: string; rule: string }) => `${user}: ${rule}`,
    );
    expect(said.sort()).toEqual([
      "aged: key-too-old",
      "asleep: key-unused",
      "comma,and=more: key-too-old",
      "console: console-without-mfa",
      "never: key-never-used",
      "robot: user-without-mfa",
      "root: root-access-key",
      "root: root-without-mfa",
      "twins: two-active-keys",
    ]);
    expect(account.users).toHaveLength(12);
    report(STAFF);
    const strict = await audit([
      "--format",
      "json",
      "--max-age",
      "5",
      "--unused",
      "1000",
      "--except",
      "t*",
      "robot",
    ]);
    const rules = JSON.parse(strict.stdout).accounts[0].violations.filter(
      ({ rule }: { rule: string }) => rule === "key-too-old",
    );
    expect(rules.map(({ user }: { user: string }) => user).sort()).toEqual([
      "aged",
      "asleep",
      "comma,and=more",
      "edge",
      "half",
      "never",
    ]);
  });

  test("reads true and false however they are written, and refuses what is neither", async () => {
    const loud = line("loud", { password: true, mfa: false, one: key(true, 200, 1) }).replace(
      /true|false/g,
      (word) => word.toUpperCase(),
    );
    report([loud]);
    const { stdout } = await audit(["--format", "json"]);
    const rules = JSON.parse(stdout).accounts[0].violations.map(({ rule }: { rule: string }) => rule);
    expect(rules.sort()).toEqual(["console-without-mfa", "key-too-old"]);
    report([loud.replace("TRUE", "maybe")]);
    expect(await audit()).toMatchObject({ code: 2, stderr: expect.stringContaining("says 'maybe'") });
  });

  test("a member of an organization whose root has no password needs no MFA device", async () => {
    report([line("<root_account>", { mfa: false }).replace("not_supported", "FALSE")]);
    expect((await audit()).code).toBe(0);
  });

  test("says when AWS has made the report, when that was not just now", async () => {
    report(STAFF);
    const answer = proxy.rewrite;
    proxy.rewrite = (call, body) =>
      answer(call, body).replace(/<GeneratedTime>[^<]*/, "<GeneratedTime>2026-01-01T00:00:00Z");
    expect((await audit()).stdout).toContain("123456789012: as AWS reported at 2026-01-01T00:00:00.000Z");
  });

  test("fails the run from a severity on, and is clean when nothing is wrong", async () => {
    report([line("robot", { mfa: false, one: key(true, 10, 1) })]);
    expect((await audit()).code).toBe(1);
    expect((await audit(["--fail-on", "medium"])).code).toBe(0);
    report([line("tidy", { one: key(true, 10, 1) })]);
    expect(await audit()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("no violation (1 account, 1 user, 1 access key)"),
    });
  });

  test("names keys by their IDs, and goes on where it may not list them", async () => {
    const made = await makeKey();
    const whole = await audit(["--unused", "0", "--format", "json"]);
    const about = (text: string) =>
      JSON.parse(text).accounts[0].violations.filter(({ user }: { user: string }) => user === made.user);
    expect(about(whole.stdout).map(({ key: id }: { key: string | null }) => id)).toContain(made.id);
    proxy.fault = (call) =>
      call.name === "iam:ListAccessKeys" ? failure(call, "AccessDenied", "no", 403) : null;
    const blind = await audit(["--unused", "0", "--format", "json"]);
    expect(blind.code).toBe(1);
    expect(about(blind.stdout).map(({ key: id }: { key: string | null }) => id)).toContain("key 1");
    expect(JSON.parse(blind.stdout).accounts[0].notes.join()).toContain("may not iam:ListAccessKeys");
  });

  test("sees what the account really holds", async () => {
    const made = await makeKey();
    const { user } = made;
    await iam.send(new CreateLoginProfileCommand({ UserName: user, Password: "a-Password-1-of-2" }));
    const rules = async () => {
      const { stdout } = await audit(["--format", "json"]);
      return JSON.parse(stdout)
        .accounts[0].violations.filter((violation: { user: string }) => violation.user === user)
        .map(({ rule }: { rule: string }) => rule);
    };
    expect(await rules()).toEqual(["console-without-mfa"]);
    const { VirtualMFADevice } = await iam.send(
      new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: user }),
    );
    await iam.send(
      new EnableMFADeviceCommand({
        UserName: user,
        SerialNumber: VirtualMFADevice!.SerialNumber!,
        AuthenticationCode1: "123456",
        AuthenticationCode2: "654321",
      }),
    );
    expect(await rules()).toEqual([]);
    await iam.send(new UpdateAccessKeyCommand({ UserName: user, AccessKeyId: made.id, Status: "Inactive" }));
    expect(await rules()).toEqual([]);
  });

  test("waits for the report, and says what it may not do", async () => {
    report(STAFF);
    let early = 1;
    proxy.fault = (call) => {
      if (call.name !== "iam:GenerateCredentialReport" || early === 0) return null;
      early -= 1;
      return {
        status: 200,
        headers: { "content-type": "text/xml" },
        body: '<GenerateCredentialReportResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GenerateCredentialReportResult><State>STARTED</State></GenerateCredentialReportResult></GenerateCredentialReportResponse>',
      };
    };
    expect((await audit()).code).toBe(1);
    expect(early).toBe(0);
    proxy.fault = (call) =>
      call.name === "iam:GenerateCredentialReport" ? failure(call, "AccessDenied", "no", 403) : null;
    expect(await audit()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("may not iam:GenerateCredentialReport"),
    });
    expect(await audit(["--max-age", "soon"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("number of days"),
    });
    expect(await audit([], { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("no AWS credentials"),
    });
  });
});

describe("formats of aws audit", () => {
  test("human: a table, the worst first, and what to do", async () => {
    report(STAFF);
    const { stdout } = await audit();
    const rows = stdout.split("\n");
    expect(rows[0]).toMatch(/^severity +account +user +key +age +last used +what$/);
    expect(rows[1]).toMatch(/^critical/);
    expect(stdout).toMatch(
      /medium +123456789012 +aged .*91 days +30 days ago, s3 in eu-west-1 +key-too-old: 91 days old, 90 are allowed/,
    );
    expect(stdout).toContain("9 violations (1 account, 12 users, 13 access keys)");
  });

  test("JSON as its schema says", async () => {
    report(STAFF);
    const { stdout } = await audit(["--format", "json"]);
    const schema = JSON.parse(readFileSync(new URL("../../schema/audit.json", import.meta.url), "utf8"));
    const validate = new Ajv2020({ strict: true }).compile(schema);
    expect(validate(JSON.parse(stdout)) || validate.errors).toBe(true);
  });

  test("CSV that a spreadsheet takes for text", async () => {
    report([...STAFF, line("=cmd()", { one: key(true, 100, 1) })]);
    const { stdout } = await audit(["--format", "csv"]);
    const rows = parse(stdout, { columns: true }) as Record<string, string>[];
    expect(rows).toHaveLength(10);
    expect(rows.map(({ user }) => user)).toContain("comma,and=more");
    expect(rows.map(({ user }) => user)).toContain("'=cmd()");
  });

  test("SARIF by its schema", async () => {
    report(STAFF);
    const { stdout } = await audit(["--format", "sarif"]);
    const log = JSON.parse(stdout);
    const {
      id: _id,
      $schema: _draft,
      ...schema
    } = JSON.parse(readFileSync(new URL("../schemas/sarif-2.1.0.json", import.meta.url), "utf8"));
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    expect(validate(log) || validate.errors).toBe(true);
    expect(log.runs[0].results).toHaveLength(9);
    const prints = log.runs[0].results.map(
      ({ partialFingerprints }: { partialFingerprints: Record<string, string> }) =>
        partialFingerprints["leakwarden-audit/v1"],
    );
    expect(new Set(prints).size).toBe(9);
  });

  test("into a file that nobody else reads", async () => {
    report(STAFF);
    const repo = new TempRepo();
    expect(await audit(["--format", "csv", "--output", join(repo.dir, "out.csv")], {}, repo)).toMatchObject({
      code: 1,
      stdout: "",
    });
    expect(statSync(join(repo.dir, "out.csv")).mode & 0o777).toBe(0o600);
  });
});

describe("many accounts", () => {
  const ROLE = "Auditor";
  const org = new OrganizationsClient({
    endpoint: URL_OF_SERVICE,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  let accounts: string[] = [];
  beforeAll(async () => {
    await iam.send(
      new CreateRoleCommand({
        RoleName: ROLE,
        AssumeRolePolicyDocument: '{"Version":"2012-10-17","Statement":[]}',
      }),
    );
    await org.send(new CreateOrganizationCommand({ FeatureSet: "ALL" }));
    for (const name of ["a", "b", "c"]) {
      const { CreateAccountStatus } = await org.send(
        new CreateAccountCommand({ AccountName: name, Email: `${name}@example.org` }),
      );
      accounts.push(CreateAccountStatus!.AccountId!);
    }
    accounts = [...accounts].sort();
  });

  test("each by its role, one assumed once", async () => {
    const from = proxy.calls.length;
    const { code, stdout } = await audit([
      "--accounts",
      ...accounts,
      "--role",
      ROLE,
      "--external-id",
      "x1",
      "--format",
      "json",
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).accounts.map(({ account }: { account: string }) => account)).toEqual(accounts);
    const assumed = proxy.calls.slice(from).filter(({ name }) => name === "sts:AssumeRole");
    expect(assumed).toHaveLength(3);
    expect(assumed.every(({ body }) => body.includes("ExternalId=x1"))).toBe(true);
    const signers = new Set(
      proxy.calls
        .slice(from)
        .filter(({ name }) => name === "iam:GetCredentialReport")
        .map((call) => call.key),
    );
    expect(signers.size).toBe(3);
  });

  test("all of the organization; one that fails is told, and the others go on", async () => {
    proxy.fault = (call) =>
      call.name === "sts:AssumeRole" && call.body.includes(accounts[1]!)
        ? failure(call, "AccessDenied", "no", 403)
        : null;
    const { code, stdout } = await audit([
      "--org",
      "--role",
      ROLE,
      "--fail-on",
      "critical",
      "--format",
      "json",
    ]);
    const result = JSON.parse(stdout);
    expect(code).toBe(3);
    expect(result.failed).toEqual([
      expect.objectContaining({ account: accounts[1], message: expect.stringContaining("sts:AssumeRole") }),
    ]);
    const seen = result.accounts.map(({ account }: { account: string }) => account);
    expect(seen).toContain("123456789012");
    expect(seen).toContain(accounts[0]);
    expect(seen).toContain(accounts[2]);
    proxy.fault = (call) =>
      call.name === "sts:AssumeRole" ? failure(call, "AccessDenied", "no", 403) : null;
    const csv = await audit(["--accounts", ...accounts, "--role", ROLE, "--format", "csv"]);
    expect(csv.stderr).toContain("accounts could be looked at");
    const none = await audit(["--accounts", ...accounts, "--role", ROLE]);
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining("none of 3 accounts") });
  });

  test("credentials are renewed shortly before they end", async () => {
    const soon = new Date(Date.now() + 60_000).toISOString();
    proxy.rewrite = ({ name }, body) =>
      name === "sts:AssumeRole" ? body.replace(/<Expiration>[^<]*/, `<Expiration>${soon}`) : body;
    const from = proxy.calls.length;
    expect((await audit(["--accounts", accounts[0]!, "--role", ROLE])).code).toBe(0);
    expect(proxy.calls.slice(from).filter(({ name }) => name === "sts:AssumeRole").length).toBeGreaterThan(1);
  });

  test("what does not go together is said", () => {
    const refused = (...args: string[]) => aws(["aws", "audit", ...args]);
    expect(refused("--accounts", "12")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("an account has 12 digits"),
    });
    expect(refused("--org")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--org needs a role"),
    });
    expect(refused("--org", "--accounts", "123456789012", "--role", "r")).toMatchObject({ code: 2 });
    expect(refused("--accounts", "123456789012", "--role", "arn:aws:iam::1:role/r")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is no name of a role"),
    });
  });

  test("a key of another account is reached through its role", async () => {
    const made = await makeKey();
    expect(aws(["aws", "inspect", made.id, "--role", ROLE]).stdout).toMatch(
      /ours: +yes, of account 123456789012/,
    );
  });
});

describe("aws audit --config-rule", () => {
  const violators = (ids: readonly string[], evaluated = true) => {
    proxy.fault = ({ name }) => {
      if (name === "config:DescribeConfigRuleEvaluationStatus") {
        const status = {
          ConfigRuleName: "x",
          ...(evaluated ? { LastSuccessfulEvaluationTime: 1_790_000_000 } : {}),
        };
        return {
          status: 200,
          headers: { "content-type": "application/x-amz-json-1.1" },
          body: JSON.stringify({ ConfigRulesEvaluationStatus: [status] }),
        };
      }
      return name === "config:GetComplianceDetailsByConfigRule"
        ? {
            status: 200,
            headers: { "content-type": "application/x-amz-json-1.1" },
            body: JSON.stringify({
              EvaluationResults: ids.map((ResourceId) => ({
                EvaluationResultIdentifier: {
                  EvaluationResultQualifier: {
                    ConfigRuleName: "access-keys-rotated",
                    ResourceType: "AWS::IAM::User",
                    ResourceId,
                  },
                },
                ComplianceType: "NON_COMPLIANT",
              })),
            }),
          }
        : null;
    };
  };

  test("sets it up when asked to, where something is recorded, and then says what it says", async () => {
    const run = (...args: string[]) => audit(["--config-rule", ...args], { AWS_REGION: "eu-central-1" });
    violators([]);
    expect(await run()).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("there is no such rule in eu-central-1; --yes lets it look"),
    });
    expect(await run("--yes")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("AWS Config records nothing in eu-central-1"),
    });
    expect(aws(["aws", "audit", "--config-rule"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("AWS Config is in one region, and none is chosen here"),
    });
    expect(await run("--format", "json")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--config-rule has no report"),
    });
    const config = new ConfigServiceClient({
      endpoint: URL_OF_SERVICE,
      region: "eu-central-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    await config.send(
      new PutConfigurationRecorderCommand({
        ConfigurationRecorder: {
          name: "default",
          roleARN: "arn:aws:iam::123456789012:role/config",
          recordingGroup: { allSupported: true },
        },
      }),
    );
    await config.send(
      new PutDeliveryChannelCommand({ DeliveryChannel: { name: "default", s3BucketName: "bucket" } }),
    );
    await config.send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName: "default" }));
    expect(await run("--yes")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("'access-keys-rotated' is set up in eu-central-1"),
    });
    expect(await run()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("(ACTIVE, 90 days): no user violated it at 2026-"),
    });
    violators([], false);
    expect(await run()).toMatchObject({ code: 3, stdout: expect.stringContaining("was not evaluated yet") });
    violators(["AIDAQ3EGRVXK7PLMWZ5YA"]);
    expect(await run()).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("violated by AIDAQ3EGRVXK7PLMWZ5YA"),
    });
    expect(await run("--max-age", "30")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("'access-keys-rotated' allows 90 days"),
    });
    violators([]);
    expect((await run("--max-age", "30", "--yes")).code).toBe(0);
    expect(await run("--max-age", "30")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("30 days"),
    });
  });
});

test("5,000 users: one report, one call for each user that is objected to, in bounded memory", async () => {
  const names = Array.from({ length: 5000 }, (_, i) => `person-${i}`).values();
  const make = async () => {
    for (const UserName of names) {
      await iam.send(new CreateUserCommand({ UserName }));
      await iam.send(new CreateAccessKeyCommand({ UserName }));
    }
  };
  await Promise.all(Array.from({ length: 16 }, make));
  const from = proxy.calls.length;
  const flags = ["--unused", "0", "--except", "user-*", "--format", "json"];
  const { code, stdout, stderr } = await audit(flags, { NODE_OPTIONS: "--max-old-space-size=96" });
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  const [account] = JSON.parse(stdout).accounts;
  expect(account.users).toHaveLength(5000);
  const never = account.violations.filter(({ rule }: { rule: string }) => rule === "key-never-used");
  expect(never).toHaveLength(5000);
  expect(never.every((violation: { key: string }) => violation.key.startsWith("AKIA"))).toBe(true);
  const calls = proxy.calls.slice(from).map(({ name }) => name);
  expect(calls.filter((name) => name === "iam:ListAccessKeys")).toHaveLength(5000);
  expect(calls.filter((name) => name !== "iam:ListAccessKeys").sort()).toEqual([
    "iam:GenerateCredentialReport",
    "iam:GetCredentialReport",
    "sts:GetCallerIdentity",
  ]);
  // Other files look at the whole account too.
  await fetch(`${URL_OF_SERVICE}/moto-api/reset`, { method: "POST" });
});
