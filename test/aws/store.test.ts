import { chmodSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { describe, expect, test } from "vitest";
import { aws, awsBeside, URL_OF_SERVICE } from "../support/aws.ts";
import { FaultyAws } from "../support/faulty-aws.ts";
import { TempRepo } from "../support/temp-repo.ts";
import { awsPair, token } from "../support/tokens.ts";

const REGION = "eu-west-1";
const secrets = new SecretsManagerClient({
  endpoint: URL_OF_SERVICE,
  region: REGION,
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
let made = 0;
const freeName = () => `pair-${process.pid}-${++made}`;
const store = (name: string, input: string, ...args: string[]) =>
  aws(["aws", "store", name, ...args], { input, env: { AWS_REGION: REGION } });
const stored = async (name: string) =>
  JSON.parse(
    (await secrets.send(new GetSecretValueCommand({ SecretId: name, VersionStage: "AWSCURRENT" })))
      .SecretString!,
  );

describe("aws store", () => {
  test("makes a secret, with tags and a key, and then a new version of it", async () => {
    const [first, second] = [awsPair(), awsPair()];
    const name = freeName();
    const ran = store(
      name,
      first.lines,
      "--tag",
      "team=build",
      "--tag",
      "stage=a=b",
      "--kms-key",
      "alias/mine",
    );
    expect(ran).toMatchObject({
      code: 0,
      stdout: `${first.id} is stored as '${name}' in ${REGION}\n`,
      stderr: "",
    });
    expect(await stored(name)).toEqual({ AWS_ACCESS_KEY_ID: first.id, AWS_SECRET_ACCESS_KEY: first.secret });
    const { Tags, KmsKeyId } = await secrets.send(new DescribeSecretCommand({ SecretId: name }));
    expect(Tags).toEqual(
      expect.arrayContaining([
        { Key: "team", Value: "build" },
        { Key: "stage", Value: "a=b" },
      ]),
    );
    expect(KmsKeyId).toBe("alias/mine");
    expect(store(name, second.lines)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--yes answers the question"),
    });
    expect(await stored(name)).toMatchObject({ AWS_ACCESS_KEY_ID: first.id });
    expect(store(name, second.lines, "--yes", "--tag", "more=yes").code).toBe(0);
    expect(await stored(name)).toMatchObject({ AWS_ACCESS_KEY_ID: second.id });
    const before = (await secrets.send(new DescribeSecretCommand({ SecretId: name }))).VersionIdsToStages;
    expect(store(name, second.lines).code).toBe(0);
    const after = await secrets.send(new DescribeSecretCommand({ SecretId: name }));
    expect(after.VersionIdsToStages).toEqual(before);
    expect(after.Tags).toContainEqual({ Key: "more", Value: "yes" });
  });

  test("takes a pair as JSON, of a profile, of a finding", async () => {
    const [json, profile, found] = [awsPair(), awsPair(), awsPair()];
    const names = [freeName(), freeName(), freeName()] as const;
    expect(store(names[0], JSON.stringify({ AccessKeyId: json.id, SecretAccessKey: json.secret })).code).toBe(
      0,
    );
    expect(await stored(names[0])).toMatchObject({ AWS_ACCESS_KEY_ID: json.id });
    const repo = new TempRepo()
      .write("home/credentials", `[p]\n${profile.lines}`)
      .write("a.env", found.lines);
    repo.commit();
    const env = { AWS_REGION: REGION, AWS_SHARED_CREDENTIALS_FILE: join(repo.dir, "home/credentials") };
    expect(aws(["aws", "store", names[1], "--from-profile", "p"], { repo, env }).code).toBe(0);
    expect(await stored(names[1])).toMatchObject({ AWS_ACCESS_KEY_ID: profile.id });
    expect(aws(["aws", "store", names[2], "--finding", "a.env:1"], { repo, env }).code).toBe(0);
    expect(await stored(names[2])).toMatchObject({ AWS_ACCESS_KEY_ID: found.id });
    expect(aws(["aws", "store", names[1], "--from-profile", "none"], { repo, env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("holds no pair"),
    });
  });

  test("refuses what it would spoil, and what is no pair", async () => {
    const pair = awsPair();
    const name = freeName();
    await secrets.send(
      new CreateSecretCommand({ Name: name, SecretString: '{"username":"u","password":"p"}' }),
    );
    expect(store(name, pair.lines, "--yes")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("holds something else than an access key with its secret"),
    });
    expect(await stored(name)).toEqual({ username: "u", password: "p" });
    const short = store(
      freeName(),
      `aws_access_key_id = ${pair.id}\naws_secret_access_key = ${pair.secret.slice(1)}\n`,
    );
    expect(short).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("has 39 characters, and those of AWS have 40"),
    });
    expect(short.stderr).not.toContain(pair.secret.slice(1));
    expect(store(freeName(), "nothing")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("holds no AWS access key ID"),
    });
    expect(store(freeName(), pair.lines, "--rotation-days", "30")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("a schedule needs a function and days"),
    });
    expect(store(freeName(), pair.lines, "--tag", "broken")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("'broken' is no tag"),
    });
    expect(aws(["aws", "store", freeName()], { input: pair.lines })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("none is chosen here"),
    });
    const gone = freeName();
    store(gone, pair.lines);
    await secrets.send(new DeleteSecretCommand({ SecretId: gone }));
    expect(store(gone, pair.lines, "--yes")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("restore-secret"),
    });
  });

  test("asks for a schedule", async () => {
    const proxy = await FaultyAws.start(URL_OF_SERVICE);
    const asked: unknown[] = [];
    // The emulator wants the function to be there.
    proxy.fault = ({ name, body }) => {
      if (name !== "secretsmanager:RotateSecret") return null;
      asked.push(JSON.parse(body));
      return { status: 200, headers: { "content-type": "application/x-amz-json-1.1" }, body: "{}" };
    };
    const name = freeName();
    const lambda = `arn:aws:lambda:${REGION}:123456789012:function:rotate`;
    const ran = await awsBeside(
      ["aws", "store", name, "--rotation-lambda", lambda, "--rotation-days", "30"],
      {
        input: awsPair().lines,
        env: { AWS_REGION: REGION, AWS_ENDPOINT_URL: proxy.url },
      },
    );
    await proxy.stop();
    expect(ran).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`it is rotated every 30 days by ${lambda}`),
    });
    expect(asked).toEqual([
      expect.objectContaining({
        SecretId: name,
        RotationLambdaARN: lambda,
        RotationRules: { AutomaticallyAfterDays: 30 },
        RotateImmediately: false,
      }),
    ]);
  });
});

describe("aws fetch", () => {
  const SHOW = `process.stdout.write(JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("AWS_")))))`;
  const kept = () => {
    const pair = awsPair();
    const name = freeName();
    expect(store(name, pair.lines).code).toBe(0);
    return { pair, name };
  };
  const fetched = (
    name: string,
    command: readonly string[],
    env: Record<string, string> = {},
    repo = new TempRepo(),
  ) => aws(["aws", "fetch", name, "--", ...command], { repo, env: { AWS_REGION: REGION, ...env } });

  test("gives a pair to a command alone, whatever else is set", () => {
    const { pair, name } = kept();
    const repo = new TempRepo().write(
      "profiles",
      "[build]\nregion = eu-west-1\naws_access_key_id = test\naws_secret_access_key = test\n",
    );
    const before = readdirSync(repo.dir);
    const ran = fetched(
      name,
      [process.execPath, "-e", SHOW],
      {
        AWS_PROFILE: "build",
        AWS_SHARED_CREDENTIALS_FILE: join(repo.dir, "profiles"),
        AWS_SESSION_TOKEN: token("{base62:40}"),
      },
      repo,
    );
    expect(ran.code).toBe(0);
    const env = JSON.parse(ran.stdout);
    expect(env).toMatchObject({
      AWS_ACCESS_KEY_ID: pair.id,
      AWS_SECRET_ACCESS_KEY: pair.secret,
      AWS_REGION: REGION,
    });
    expect(env).not.toHaveProperty("AWS_PROFILE");
    expect(env).not.toHaveProperty("AWS_SESSION_TOKEN");
    expect(readdirSync(repo.dir)).toEqual(before);
  });

  test("ends with what the command ends with, and passes signals and options on", () => {
    const { name } = kept();
    expect(fetched(name, ["sh", "-c", "exit 7"]).code).toBe(7);
    expect(fetched(name, ["sh", "-c", "kill -TERM $$"]).code).toBe(143);
    expect(fetched(name, ["echo", "--format", "json", "-x"]).stdout).toBe("--format json -x\n");
    const repo = new TempRepo().write(
      "trap.sh",
      "trap 'echo stopped > got; exit 5' TERM\nkill -TERM $PPID\nsleep 1 & wait\n",
    );
    chmodSync(join(repo.dir, "trap.sh"), 0o755);
    expect(fetched(name, ["sh", "trap.sh"], {}, repo).code).toBe(5);
    expect(readFileSync(join(repo.dir, "got"), "utf8")).toBe("stopped\n");
  });

  test("a secret that is not there, and a command that is not", () => {
    const { name } = kept();
    expect(fetched("none-of-this-name", ["true"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("there is no secret 'none-of-this-name' with a value in eu-west-1"),
    });
    expect(fetched(name, ["no-such-command-here"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("'no-such-command-here' could not be started"),
    });
    expect(fetched(name, [""])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("the command is empty"),
    });
    for (const bad of ["", "bad name!"])
      expect(fetched(bad, ["true"])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("is no name of a secret"),
      });
    expect(aws(["aws", "fetch", name], { env: { AWS_REGION: REGION } })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("missing required argument"),
    });
  });
});
