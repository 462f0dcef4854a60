import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, describe, expect, test } from "vitest";
import { awsBeside, enforceFrom, iam, type MadeKey, makeKey, URL_OF_SERVICE } from "../support/aws.ts";
import { type Call, type FaultyAws, failure, useFaultyAws } from "../support/faulty-aws.ts";
import { TempRepo } from "../support/temp-repo.ts";
import { awsPair, token } from "../support/tokens.ts";

const REGION = "eu-west-1";
const DIE_AT = new URL("../support/die-at.cjs", import.meta.url).pathname;
const secrets = new SecretsManagerClient({
  endpoint: URL_OF_SERVICE,
  region: REGION,
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});

let proxy: FaultyAws;
useFaultyAws(URL_OF_SERVICE, (started) => {
  proxy = started;
});
afterEach(() => enforceFrom());

interface Pair {
  readonly id: string;
  readonly secret: string;
}

/** A user with a key, and a folder where its consumers are. */
class Scene {
  readonly repo = new TempRepo();
  readonly key: MadeKey;
  readonly secretName: string;

  private constructor(key: MadeKey) {
    this.key = key;
    this.secretName = `secret-of-${key.user}`;
  }

  static async make(): Promise<Scene> {
    const scene = new Scene(await makeKey());
    mkdirSync(join(scene.repo.dir, ".aws"));
    return scene;
  }

  get credentials(): string {
    return join(this.repo.dir, ".aws/credentials");
  }

  get handed(): string {
    return join(this.repo.dir, "handed.json");
  }

  get state(): string {
    return join(this.repo.dir, `state/123456789012-${this.key.user}.json`);
  }

  get flags(): string[] {
    return [
      ...["--user", this.key.user, "--to-secret", this.secretName, "--to-profile", "deploy"],
      ...["--to-command", "cat > handed.json", "--state", "state", "--yes"],
    ];
  }

  rotate(
    args: readonly string[],
    env: Record<string, string> = {},
    started?: Parameters<typeof awsBeside>[1],
  ) {
    return awsBeside(["aws", "rotate", ...args], {
      repo: this.repo,
      ...started,
      env: {
        AWS_REGION: REGION,
        AWS_ENDPOINT_URL: proxy.url,
        AWS_SHARED_CREDENTIALS_FILE: this.credentials,
        ...env,
      },
    });
  }

  async keys(): Promise<{ id: string; active: boolean }[]> {
    const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName: this.key.user }));
    return AccessKeyMetadata.map(({ AccessKeyId, Status }) => ({
      id: AccessKeyId!,
      active: Status === "Active",
    }));
  }

  async inSecret(): Promise<Pair | null> {
    const { SecretString } = await secrets
      .send(new GetSecretValueCommand({ SecretId: this.secretName, VersionStage: "AWSCURRENT" }))
      .catch(() => ({ SecretString: undefined }));
    if (SecretString === undefined) return null;
    const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = JSON.parse(SecretString);
    return { id, secret };
  }

  inProfile(): Pair | null {
    const text = existsSync(this.credentials) ? readFileSync(this.credentials, "utf8") : "";
    const [, id, secret] =
      /\[deploy\]\naws_access_key_id = (\w+)\naws_secret_access_key = (\S+)\n/.exec(text) ?? [];
    return id === undefined ? null : { id, secret: secret! };
  }

  inCommand(): Pair | null {
    if (!existsSync(this.handed)) return null;
    const { accessKeyId: id, secretAccessKey: secret } = JSON.parse(readFileSync(this.handed, "utf8"));
    return { id, secret };
  }

  /** Who AWS says that a pair is, with its signature checked. */
  async works({ id, secret }: Pair): Promise<boolean> {
    await enforceFrom(0);
    const sts = new STSClient({
      endpoint: URL_OF_SERVICE,
      region: REGION,
      credentials: { accessKeyId: id, secretAccessKey: secret },
    });
    const arn = await sts.send(new GetCallerIdentityCommand({})).then(
      (answer) => answer.Arn,
      () => undefined,
    );
    await enforceFrom();
    return arn === `arn:aws:iam::123456789012:user/${this.key.user}`;
  }
}

describe("a rotation", () => {
  test("hands the new key to all, and ends with the old one deleted", async () => {
    const scene = await Scene.make();
    proxy.youngCalls = 4;
    const { code, stdout, stderr } = await scene.rotate([...scene.flags, "--grace", "0"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [only, ...more] = await scene.keys();
    expect(more).toEqual([]);
    expect(only).toMatchObject({ active: true });
    expect(only!.id).not.toBe(scene.key.id);
    const pair = await scene.inSecret();
    expect(pair?.id).toBe(only!.id);
    expect(scene.inProfile()).toEqual(pair);
    expect(scene.inCommand()).toEqual(pair);
    expect(await scene.works(pair!)).toBe(true);
    expect(JSON.parse(readFileSync(scene.handed, "utf8"))).toMatchObject({
      accountId: "123456789012",
      userName: scene.key.user,
      replaces: scene.key.id,
    });
    expect(statSync(scene.credentials).mode & 0o777).toBe(0o600);
    expect(existsSync(scene.state)).toBe(false);
    expect(stdout).not.toContain(pair!.secret);
  });

  test("waits for the grace, in a plan without a secret, and goes on afterwards", async () => {
    const scene = await Scene.make();
    const first = await scene.rotate([...scene.flags, "--grace", "1d"]);
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining("is inactive; from ") });
    expect(await scene.keys()).toEqual([
      { id: scene.key.id, active: false },
      { id: expect.any(String), active: true },
    ]);
    const plan = readFileSync(scene.state, "utf8");
    expect(plan).not.toContain((await scene.inSecret())!.secret);
    expect(plan).not.toContain(scene.key.secret);
    expect(statSync(scene.state).mode & 0o777).toBe(0o600);
    const again = await scene.rotate(["--resume", "--state", "state"]);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("is inactive; from ") });
    expect(await scene.keys()).toHaveLength(2);
    const last = await scene.rotate(["--resume", "--grace", "0", "--state", "state"]);
    expect(last).toMatchObject({ code: 0, stdout: expect.stringContaining("is rotated") });
    expect(await scene.keys()).toHaveLength(1);
  });

  test("lets both keys work for the overlap", async () => {
    const scene = await Scene.make();
    const ran = await scene.rotate([...scene.flags, "--overlap", "2h"]);
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining("both keys of") });
    expect((await scene.keys()).map(({ active }) => active)).toEqual([true, true]);
  });

  test("is shown and not done with --dry-run", async () => {
    const scene = await Scene.make();
    const { code, stdout } = await scene.rotate([...scene.flags, "--dry-run"]);
    expect(code).toBe(0);
    expect(stdout).toContain(`1. make a second key beside ${scene.key.id}`);
    expect(stdout).toContain(`6. delete ${scene.key.id}`);
    expect(await scene.keys()).toHaveLength(1);
    expect(existsSync(join(scene.repo.dir, "state"))).toBe(false);
  });

  test("keeps what else a secret and a profile hold, and the earlier pair until the end", async () => {
    const scene = await Scene.make();
    await scene.rotate([
      "--user",
      scene.key.user,
      "--to-secret",
      scene.secretName,
      "--state",
      "state",
      "--yes",
      "--grace",
      "0",
    ]);
    const before = (await scene.inSecret())!;
    await secrets.send(
      new PutSecretValueCommand({
        SecretId: scene.secretName,
        SecretString: JSON.stringify({ bucket: "b", accessKey: before.id, secretKey: before.secret }),
      }),
    );
    scene.repo.write(
      ".aws/credentials",
      `# mine\n[other]\nregion = eu-west-1\n\n[deploy]\n# of the build\nregion = eu-west-3\naws_access_key_id = ${before.id}\naws_secret_access_key = ${before.secret}\naws_session_token = left-over\n`,
    );
    const ran = await scene.rotate([...scene.flags, "--grace", "1d"]);
    expect(ran.code).toBe(0);
    const { SecretString } = await secrets.send(
      new GetSecretValueCommand({ SecretId: scene.secretName, VersionStage: "AWSCURRENT" }),
    );
    const after = (await scene.keys()).find(({ id }) => id !== before.id)!;
    expect(JSON.parse(SecretString!)).toEqual({
      bucket: "b",
      accessKey: after.id,
      secretKey: expect.any(String),
    });
    const text = readFileSync(scene.credentials, "utf8");
    expect(text).toContain("# mine\n[other]\nregion = eu-west-1\n");
    expect(text).toContain("# of the build\nregion = eu-west-3\n");
    expect(text).not.toContain("left-over");
    expect(text).toContain(`[deploy-before-rotation]\naws_access_key_id = ${before.id}\n`);
    // The command cannot be given the old key back: then nothing is taken from anybody, and both keys work.
    const back = await scene.rotate(["--user", scene.key.user, "--state", "state", "--rollback", "--yes"]);
    expect(back).toMatchObject({ code: 2, stderr: expect.stringContaining("both keys of") });
    expect((await scene.keys()).map(({ active }) => active)).toEqual([true, true]);
    expect(scene.inProfile()?.id).toBe(after.id);
    expect((await scene.rotate([...scene.flags, "--grace", "0"])).code).toBe(0);
    expect(readFileSync(scene.credentials, "utf8")).not.toContain("before-rotation");
    expect(await scene.keys()).toEqual([{ id: after.id, active: true }]);
  });
});

describe("a rotation that is taken back", () => {
  test("by --rollback in its grace: all is as before", async () => {
    const scene = await Scene.make();
    const flags = [
      "--user",
      scene.key.user,
      "--to-secret",
      scene.secretName,
      "--to-profile",
      "deploy",
      "--state",
      "state",
      "--yes",
    ];
    expect((await scene.rotate(flags)).code).toBe(0);
    const back = await scene.rotate(["--user", scene.key.user, "--rollback", "--state", "state", "--yes"]);
    expect(back).toMatchObject({ code: 0, stdout: expect.stringContaining("everything is as before") });
    expect(await scene.keys()).toEqual([{ id: scene.key.id, active: true }]);
    expect(await scene.inSecret()).toBeNull();
    expect(scene.inProfile()).toBeNull();
    expect(existsSync(scene.state)).toBe(false);
  });

  test("by the version that a secret had", async () => {
    const scene = await Scene.make();
    const flags = ["--user", scene.key.user, "--to-secret", scene.secretName, "--state", "state", "--yes"];
    await scene.rotate([...flags, "--grace", "0"]);
    const before = await scene.inSecret();
    await scene.rotate(flags);
    expect(await scene.inSecret()).not.toEqual(before);
    await scene.rotate(["--user", scene.key.user, "--rollback", "--state", "state", "--yes"]);
    expect(await scene.inSecret()).toEqual(before);
    const { VersionIdsToStages } = await secrets.send(
      new DescribeSecretCommand({ SecretId: scene.secretName }),
    );
    expect(Object.values(VersionIdsToStages!).filter((stages) => stages.includes("AWSCURRENT"))).toHaveLength(
      1,
    );
  });

  test.each([
    ["iam:CreateAccessKey", "may not iam:CreateAccessKey"],
    ["secretsmanager:CreateSecret", "may not secretsmanager:CreateSecret"],
    ["iam:UpdateAccessKey", "may not iam:UpdateAccessKey"],
  ])("when %s is denied", async (name, said) => {
    const scene = await Scene.make();
    proxy.fault = (call) => (call.name === name ? failure(call, "AccessDenied", "no", 403) : null);
    const flags = [
      "--user",
      scene.key.user,
      "--to-secret",
      scene.secretName,
      "--to-profile",
      "deploy",
      "--state",
      "state",
      "--yes",
    ];
    const ran = await scene.rotate(flags);
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
    expect(ran.stderr).toContain("everything is as before");
    expect(await scene.keys()).toEqual([{ id: scene.key.id, active: true }]);
    expect(await scene.inSecret()).toBeNull();
    expect(scene.inProfile()).toBeNull();
    expect(existsSync(scene.state)).toBe(false);
  });

  test("when a command fails, which must not say the secret", async () => {
    const scene = await Scene.make();
    const flags = [
      "--user",
      scene.key.user,
      "--to-profile",
      "deploy",
      "--to-command",
      "cat; exit 3",
      "--state",
      "state",
      "--yes",
    ];
    const ran = await scene.rotate(flags);
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining("'cat; exit 3' ended with 3") });
    expect(ran.stderr).toContain("what it said holds the secret and is not shown");
    expect(await scene.keys()).toEqual([{ id: scene.key.id, active: true }]);
    expect(scene.inProfile()).toBeNull();
  });

  test("is not when a consumer would be left with a key that is gone", async () => {
    const scene = await Scene.make();
    let denied = true;
    proxy.fault = (call) =>
      denied && call.name === "iam:UpdateAccessKey" ? failure(call, "AccessDenied", "no", 403) : null;
    const ran = await scene.rotate([...scene.flags, "--grace", "0"]);
    expect(ran).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/so that it stays; the same command goes on, and AKIA\w+ works/),
    });
    expect((await scene.keys()).map(({ active }) => active)).toEqual([true, true]);
    denied = false;
    expect((await scene.rotate([...scene.flags, "--grace", "0"])).code).toBe(0);
    expect(await scene.keys()).toEqual([{ id: scene.inCommand()!.id, active: true }]);
  });

  test("when taking back fails too, the next run goes on with that", async () => {
    const scene = await Scene.make();
    proxy.fault = (call) =>
      /UpdateAccessKey|DeleteAccessKey/.test(call.name) ? failure(call, "AccessDenied", "no", 403) : null;
    const flags = ["--user", scene.key.user, "--to-secret", scene.secretName, "--state", "state", "--yes"];
    const ran = await scene.rotate(flags);
    expect(ran).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("taking back what was done failed too"),
    });
    proxy.fault = () => null;
    const next = await scene.rotate(flags);
    expect(next).toMatchObject({ code: 2, stderr: expect.stringContaining("is taken back") });
    expect(await scene.keys()).toEqual([{ id: scene.key.id, active: true }]);
  });
});

describe("what a rotation refuses, before anything is changed", () => {
  const refused = async (scene: Scene, args: readonly string[], said: string | RegExp) => {
    const ran = await scene.rotate(args);
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringMatching(said) });
    expect(await scene.keys()).toContainEqual({ id: scene.key.id, active: true });
    expect(existsSync(scene.state)).toBe(false);
    return ran;
  };

  test("no place for the new key, no user, two ways to say whom", async () => {
    const scene = await Scene.make();
    await refused(scene, ["--user", scene.key.user, "--yes"], "where the new key shall go is not said");
    await refused(scene, ["--yes"], "what to rotate is not said");
    await refused(
      scene,
      ["--user", "nobody-of-this-name", "--to-profile", "x", "--yes"],
      "nobody-of-this-name",
    );
    await refused(scene, ["--older-than", "90", "--to-profile", "x", "--yes"], "would go to 'x'");
    await refused(scene, [...scene.flags, "--grace", "soon"], "must be a duration");
    await refused(scene, ["--user", "", "--to-profile", "x", "--yes"], "is no name of a user");
    await refused(
      scene,
      ["--user", scene.key.user, "--to-profile", "{usr}", "--yes"],
      "'{usr}' in '{usr}' stands for nothing",
    );
    await refused(
      scene,
      ["--user", scene.key.user, "--to-secret", "bad name!", "--yes"],
      "is no name of a secret",
    );
    await refused(scene, ["--rollback", "--yes"], "--rollback is for one user");
    await refused(scene, ["--user", scene.key.user, "--rollback", "--yes"], "under way");
  });

  test("two keys", async () => {
    const scene = await Scene.make();
    await iam.send(new CreateAccessKeyCommand({ UserName: scene.key.user }));
    await refused(scene, scene.flags, /has two access keys, .* IAM allows no third/);
  });

  test("a secret or a profile that holds something else", async () => {
    const scene = await Scene.make();
    const other = await Scene.make();
    await other.rotate([
      "--user",
      other.key.user,
      "--to-secret",
      scene.secretName,
      "--state",
      "state",
      "--yes",
      "--grace",
      "0",
    ]);
    await refused(scene, scene.flags, /holds AKIA\w+, which is not the key of/);
    await secrets.send(
      new PutSecretValueCommand({ SecretId: scene.secretName, SecretString: '{"password":"p"}' }),
    );
    await refused(scene, scene.flags, "holds something else than an access key");
    scene.repo.write(
      ".aws/credentials",
      `[deploy]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = x\n`,
    );
    await refused(
      scene,
      ["--user", scene.key.user, "--to-profile", "deploy", "--state", "state", "--yes"],
      "holds AKIAOTHER",
    );
  });

  test("a credentials file that is read-only, a profile that assumes a role", async () => {
    const scene = await Scene.make();
    const flags = ["--user", scene.key.user, "--to-profile", "deploy", "--state", "state", "--yes"];
    scene.repo.write(".aws/credentials", "[other]\n");
    chmodSync(scene.credentials, 0o400);
    await refused(scene, flags, "is read-only");
    chmodSync(scene.credentials, 0o600);
    scene.repo.write(
      ".aws/config",
      "[profile deploy]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n",
    );
    const ran = await scene.rotate(flags, { AWS_CONFIG_FILE: join(scene.repo.dir, ".aws/config") });
    expect(ran).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("so that a key in it would not be used"),
    });
  });

  test("GitHub without its tool; with it, two secrets are set", async () => {
    const scene = await Scene.make();
    const flags = [
      "--user",
      scene.key.user,
      "--to-github",
      "acme/app",
      "--state",
      "state",
      "--yes",
      "--grace",
      "0",
    ];
    const node = join(process.execPath, "..");
    const nothing = await scene.rotate(flags, { PATH: join(scene.repo.dir, "bin") });
    expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining("needs GitHub's 'gh'") });
    scene.repo.write("bin/gh", '#!/bin/sh\n[ "$2" = list ] || { echo "$@"; cat; echo; } >> "$HOME/gh.log"\n');
    chmodSync(join(scene.repo.dir, "bin/gh"), 0o755);
    const ran = await scene.rotate(flags, { PATH: `${join(scene.repo.dir, "bin")}:${node}:/usr/bin:/bin` });
    expect(ran.code).toBe(0);
    const [only] = await scene.keys();
    expect(readFileSync(join(scene.repo.dir, "gh.log"), "utf8")).toMatch(
      new RegExp(
        `^secret set --env-file - --repo acme/app\nAWS_ACCESS_KEY_ID=${only!.id}\nAWS_SECRET_ACCESS_KEY=\\S{40}\n\n$`,
      ),
    );
  });

  test("a plan of another account, one that nobody can read, and one that somebody is at", async () => {
    const scene = await Scene.make();
    await scene.rotate(scene.flags);
    const plan = readFileSync(scene.state, "utf8");
    writeFileSync(scene.state, plan.replace('"account": "123456789012"', '"account": "210987654321"'));
    expect(await scene.rotate(scene.flags)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /is the plan of .* in account 210987654321, and these credentials are of 123456789012/,
      ),
    });
    writeFileSync(scene.state, "{}");
    expect(await scene.rotate(scene.flags)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is no plan"),
    });
    writeFileSync(scene.state, plan);
    writeFileSync(`${scene.state}.lock`, String(process.pid));
    expect(await scene.rotate(scene.flags)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`process ${process.pid} is at it already`),
    });
  });

  test("deleting a key that was used after it was deactivated", async () => {
    const scene = await Scene.make();
    proxy.rewrite = ({ name }, body) =>
      name === "iam:GetAccessKeyLastUsed"
        ? body.replace(
            /<AccessKeyLastUsed>[\s\S]*<\/AccessKeyLastUsed>/,
            "<AccessKeyLastUsed><LastUsedDate>2099-01-01T00:00:00Z</LastUsedDate><ServiceName>s3</ServiceName><Region>eu-west-1</Region></AccessKeyLastUsed>",
          )
        : body;
    const ran = await scene.rotate([...scene.flags, "--grace", "0"]);
    expect(ran).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("was used after it was deactivated"),
    });
    expect(await scene.keys()).toContainEqual({ id: scene.key.id, active: false });
    // The grace begins anew with being told, and when nobody has used it in that it can go.
    const later = await scene.rotate([...scene.flags, "--grace", "1h"]);
    expect(later).toMatchObject({ code: 0, stdout: expect.stringContaining("is inactive; from 20") });
    expect(later.stdout).not.toContain("2099");
    expect((await scene.rotate([...scene.flags, "--grace", "0"])).code).toBe(0);
    expect(await scene.keys()).toHaveLength(1);
  });
});

test("a key that nobody else has made is deleted when its secret died with the run", async () => {
  const scene = await Scene.make();
  let killed = false;
  const ran = scene.rotate(
    scene.flags,
    {},
    {
      started: (child) => {
        proxy.watch = ({ name }, answered) => {
          if (name !== "iam:CreateAccessKey" || !answered || killed) return;
          killed = true;
          child.kill("SIGKILL");
        };
      },
    },
  );
  expect((await ran).code).toBeNull();
  const lost = (await scene.keys()).find(({ id }) => id !== scene.key.id)!;
  const next = await scene.rotate([...scene.flags, "--grace", "0"]);
  expect(next).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`${lost.id}, which a run that was ended`),
  });
});

test("one's own key can be rotated", async () => {
  const scene = await Scene.make();
  const ran = await scene.rotate([...scene.flags, "--grace", "0"], {
    AWS_ACCESS_KEY_ID: scene.key.id,
    AWS_SECRET_ACCESS_KEY: scene.key.secret,
  });
  expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code: 0, stderr: "" });
  expect(await scene.keys()).toEqual([{ id: scene.inProfile()!.id, active: true }]);
});

test("keys of all users that are older, unless they are another one since the report", async () => {
  const [old, fresh] = [await Scene.make(), await Scene.make()];
  let young = true;
  proxy.rewrite = ({ name, body: asked }, body) => {
    if (name === "iam:ListAccessKeys" && asked.includes(old.key.user) && !young)
      return body.replace(/<CreateDate>[^<]*/, "<CreateDate>2024-01-01T00:00:00Z");
    if (name !== "iam:GetCredentialReport") return body;
    return body.replace(/(<Content>)([^<]*)/, (_, tag: string, content: string) => {
      const lines = Buffer.from(content, "base64").toString("utf8").split("\n");
      const aged = lines.filter(
        (line) => line.startsWith("user,") || line.includes(old.key.user) || line.includes(fresh.key.user),
      );
      return `${tag}${Buffer.from(
        aged
          .map((line) =>
            line.startsWith(`${old.key.user},`)
              ? line.replace(/true,20\d\d-[^,]*/, "true,2024-01-01T00:00:00+00:00")
              : line,
          )
          .join("\n"),
      ).toString("base64")}`;
    });
  };
  const again = await old.rotate([
    "--older-than",
    "90",
    "--to-profile",
    "{user}",
    "--state",
    "state",
    "--yes",
  ]);
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("no key of account") });
  young = false;
  const ran = await old.rotate([
    "--older-than",
    "90",
    "--to-profile",
    "{user}",
    "--state",
    "state",
    "--yes",
    "--grace",
    "0",
  ]);
  expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code: 0, stderr: "" });
  expect(await fresh.keys()).toEqual([{ id: fresh.key.id, active: true }]);
  const [only] = await old.keys();
  expect(readFileSync(old.credentials, "utf8")).toContain(
    `[${old.key.user}]\naws_access_key_id = ${only!.id}\n`,
  );
});

describe("what others do meanwhile", () => {
  const readable = (scene: Scene) => [
    ...["--user", scene.key.user, "--to-secret", scene.secretName, "--to-profile", "deploy"],
    ...["--state", "state", "--yes"],
  ];
  const back = (scene: Scene) => ["--user", scene.key.user, "--rollback", "--state", "state", "--yes"];
  const setActive = (scene: Scene, Status: "Active" | "Inactive") =>
    iam.send(new UpdateAccessKeyCommand({ UserName: scene.key.user, AccessKeyId: scene.key.id, Status }));

  test("the old key is deleted: there is no way back, and the new one stays", async () => {
    const scene = await Scene.make();
    await scene.rotate(readable(scene));
    await iam.send(new DeleteAccessKeyCommand({ UserName: scene.key.user, AccessKeyId: scene.key.id }));
    expect(await scene.rotate(back(scene))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("can only go forwards"),
    });
    expect(await scene.keys()).toEqual([{ id: scene.inProfile()!.id, active: true }]);
    expect((await scene.rotate([...readable(scene), "--grace", "0"])).code).toBe(0);
  });

  test("the old key was deactivated before: going back to it is refused", async () => {
    const scene = await Scene.make();
    await setActive(scene, "Inactive");
    await scene.rotate(readable(scene));
    expect(await scene.rotate(back(scene))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("only go forwards"),
    });
    expect(await scene.keys()).toContainEqual({ id: scene.inProfile()!.id, active: true });
  });

  test("somebody else makes a key: it is left alone", async () => {
    const scene = await Scene.make();
    let made = "";
    proxy.watch = async ({ name }, answered) => {
      if (name !== "iam:GetAccessKeyLastUsed" || !answered || made !== "") return;
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: scene.key.user }));
      made = AccessKey!.AccessKeyId!;
    };
    const ran = await scene.rotate(readable(scene));
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining("which is not of this rotation") });
    expect(await scene.keys()).toEqual([
      { id: scene.key.id, active: true },
      { id: made, active: true },
    ]);
  });

  test("the answer that a key is made gets lost: it is found and deleted", async () => {
    for (const rest of [[], ["--rollback"]]) {
      const scene = await Scene.make();
      let down = false;
      proxy.rewrite = ({ name }, body) => {
        if (name !== "iam:CreateAccessKey") return body;
        down = true;
        throw new Error("lost");
      };
      proxy.fault = () => (down ? "lost" : null);
      const ran = await scene.rotate(readable(scene), { AWS_MAX_ATTEMPTS: "1" });
      expect(ran).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("taking back what was done failed too"),
      });
      expect(await scene.keys()).toHaveLength(2);
      proxy.fault = () => null;
      proxy.rewrite = (_, body) => body;
      const next = await scene.rotate([...readable(scene), "--grace", "0", ...rest]);
      expect(next.code).toBe(0);
      const id = rest.length > 0 ? scene.key.id : scene.inProfile()!.id;
      expect(await scene.keys()).toEqual([{ id, active: true }]);
      expect(existsSync(scene.state)).toBe(false);
    }
  });

  test("one answer gets lost, and the call is not made again: the key is found and deleted", async () => {
    const scene = await Scene.make();
    let lost = false;
    proxy.rewrite = ({ name }, body) => {
      if (name !== "iam:CreateAccessKey" || lost) return body;
      lost = true;
      throw new Error("lost");
    };
    const ran = await scene.rotate(readable(scene));
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining("everything is as before") });
    expect(await scene.keys()).toEqual([{ id: scene.key.id, active: true }]);
  });

  test("a key that was made long after an attempt is somebody else's", async () => {
    const scene = await Scene.make();
    proxy.fault = (call) => (call.name === "iam:CreateAccessKey" ? "lost" : null);
    await scene.rotate(readable(scene));
    proxy.fault = () => null;
    const plan = JSON.parse(readFileSync(scene.state, "utf8"));
    expect(plan).toMatchObject({ fresh: null, creating: expect.any(String) });
    const earlier = new Date(Date.now() - 3_600_000).toISOString();
    writeFileSync(scene.state, JSON.stringify({ ...plan, creating: earlier, triedAt: earlier }));
    await iam.send(new CreateAccessKeyCommand({ UserName: scene.key.user }));
    expect(await scene.rotate(readable(scene))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("which is not of this rotation"),
    });
    expect(await scene.keys()).toHaveLength(2);
  });

  test("the new key is deleted, or its secret: the old one stays", async () => {
    const [scene, other] = [await Scene.make(), await Scene.make()];
    await scene.rotate([...readable(scene), "--overlap", "1h"]);
    await iam.send(
      new DeleteAccessKeyCommand({ UserName: scene.key.user, AccessKeyId: scene.inProfile()!.id }),
    );
    expect(
      await scene.rotate(["--resume", "--overlap", "0", "--grace", "0", "--state", "state"]),
    ).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is gone"),
    });
    expect(await scene.keys()).toEqual([{ id: scene.key.id, active: true }]);
    await other.rotate(readable(other));
    await secrets.send(
      new DeleteSecretCommand({ SecretId: other.secretName, ForceDeleteWithoutRecovery: true }),
    );
    expect(await other.rotate(["--resume", "--grace", "0", "--state", "state"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("holds no key and not"),
    });
    expect(await other.keys()).toContainEqual({ id: other.key.id, active: false });
    expect(await other.rotate(back(other))).toMatchObject({ code: 0 });
    expect(await other.keys()).toEqual([{ id: other.key.id, active: true }]);
  });

  test("a secret has got another key: going back says that it is not as before", async () => {
    const scene = await Scene.make();
    await scene.rotate(readable(scene));
    await secrets.send(
      new PutSecretValueCommand({
        SecretId: scene.secretName,
        SecretString: JSON.stringify({
          AWS_ACCESS_KEY_ID: awsPair().id,
          AWS_SECRET_ACCESS_KEY: "x".repeat(40),
        }),
      }),
    );
    expect(await scene.rotate(back(scene))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/is taken back, and the secret .* has something else than before/),
    });
    expect(await scene.keys()).toEqual([{ id: scene.key.id, active: true }]);
  });

  test("one of two secrets had no value: then neither is given back, and the rotation can end", async () => {
    const scene = await Scene.make();
    const empty = `${scene.secretName}-empty`;
    await secrets.send(new CreateSecretCommand({ Name: empty }));
    const flags = [...readable(scene), "--to-secret", empty];
    await scene.rotate(flags);
    const pair = await scene.inSecret();
    expect(await scene.rotate(back(scene))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("both keys of"),
    });
    expect(await scene.inSecret()).toEqual(pair);
    // Another grace begins with another deactivation.
    expect((await scene.rotate(flags)).stdout).toContain("is inactive; from ");
    expect((await scene.rotate([...flags, "--grace", "0"])).code).toBe(0);
    expect(await scene.keys()).toEqual([{ id: pair!.id, active: true }]);
  });

  test("a run is killed when it has made a key, and the next is to take it back", async () => {
    const scene = await Scene.make();
    await scene.rotate(
      readable(scene),
      {},
      {
        started: (child) => {
          proxy.watch = ({ name }, answered) => {
            if (name === "iam:CreateAccessKey" && answered) child.kill("SIGKILL");
          };
        },
      },
    );
    proxy.watch = () => {};
    expect(await scene.keys()).toHaveLength(2);
    expect((await scene.rotate(back(scene))).code).toBe(0);
    expect(await scene.keys()).toEqual([{ id: scene.key.id, active: true }]);
  });

  test("lists of keys are out of date: what was made is deleted all the same", async () => {
    const scene = await Scene.make();
    let fresh = "";
    proxy.rewrite = ({ name }, body) => {
      if (name === "iam:CreateAccessKey") fresh = /<AccessKeyId>(\w+)</.exec(body)![1]!;
      if (name !== "iam:ListAccessKeys" || fresh === "") return body;
      return body.replace(new RegExp(`<member>(?:(?!</member>)[\\s\\S])*${fresh}[\\s\\S]*?</member>`), "");
    };
    const ran = await scene.rotate([...readable(scene), "--to-command", "exit 1"]);
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining("everything is as before") });
    expect(await scene.keys()).toEqual([{ id: scene.key.id, active: true }]);
  });

  test("a step fails when the new key may be in use: nothing is taken back, and it is tried again", async () => {
    const scene = await Scene.make();
    await scene.rotate([...readable(scene), "--overlap", "1h"]);
    const pair = scene.inProfile();
    proxy.fault = (call) =>
      call.name === "iam:UpdateAccessKey" ? failure(call, "AccessDenied", "no", 403) : null;
    const ran = await scene.rotate(["--resume", "--overlap", "0", "--state", "state"]);
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining("may not iam:UpdateAccessKey") });
    expect((await scene.keys()).map(({ active }) => active)).toEqual([true, true]);
    expect(scene.inProfile()).toEqual(pair);
    proxy.fault = () => null;
    expect(
      (await scene.rotate(["--resume", "--overlap", "0", "--grace", "0", "--state", "state"])).code,
    ).toBe(0);
    expect(await scene.keys()).toEqual([{ id: pair!.id, active: true }]);
  });

  test("GitHub takes one half: the key stays, and the next run sets both", async () => {
    const scene = await Scene.make();
    scene.repo.write(
      "bin/gh",
      '#!/bin/sh\n[ "$2" = list ] && exit 0\ncat > "$HOME/gh.log"\nexit $(cat "$HOME/gh.code")\n',
    );
    scene.repo.write("gh.code", "1");
    chmodSync(join(scene.repo.dir, "bin/gh"), 0o755);
    const PATH = `${join(scene.repo.dir, "bin")}:${join(process.execPath, "..")}:/usr/bin:/bin`;
    const flags = [
      "--user",
      scene.key.user,
      "--to-github",
      "acme/app",
      "--state",
      "state",
      "--yes",
      "--grace",
      "0",
    ];
    const ran = await scene.rotate(flags, { PATH });
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining("has the new key or may have it") });
    const held = /ID=(\w+)/.exec(readFileSync(join(scene.repo.dir, "gh.log"), "utf8"))![1]!;
    expect(await scene.keys()).toContainEqual({ id: held, active: true });
    // It fails again with a key that has taken the place of the first.
    const again = await scene.rotate(flags, { PATH });
    expect(again).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("may have a key that is deleted"),
    });
    expect(existsSync(scene.state)).toBe(true);
    scene.repo.write("gh.code", "0");
    expect((await scene.rotate(flags, { PATH })).code).toBe(0);
    const last = /ID=(\w+)/.exec(readFileSync(join(scene.repo.dir, "gh.log"), "utf8"))![1]!;
    expect(await scene.keys()).toEqual([{ id: last, active: true }]);
  });
});

describe("consumers", () => {
  test("a profile without keys keeps what it has", async () => {
    const scene = await Scene.make();
    const text = "[deploy]\nregion = eu-west-3\noutput = json\n";
    scene.repo.write(".aws/credentials", text);
    const flags = [
      "--user",
      scene.key.user,
      "--to-profile",
      "deploy",
      "--to-command",
      "exit 1",
      "--state",
      "state",
      "--yes",
    ];
    expect((await scene.rotate(flags)).code).toBe(2);
    expect(readFileSync(scene.credentials, "utf8")).toBe(text);
    scene.repo.write(".aws/credentials", `${text}aws_access_key_id = ${scene.key.id}\n`);
    expect(await scene.rotate(flags)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("holds one half of a pair"),
    });
    scene.repo.write(".aws/credentials", `${text}[deploy-before-rotation]\n`);
    expect(await scene.rotate(flags)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("there is a profile 'deploy-before-rotation' already"),
    });
    expect(await scene.rotate(["--user", scene.key.user, "--to-profile", "my prof", "--yes"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is no name of a profile"),
    });
  });

  test("a secret that was made without a value", async () => {
    const scene = await Scene.make();
    await secrets.send(new CreateSecretCommand({ Name: scene.secretName }));
    const flags = [
      "--user",
      scene.key.user,
      "--to-secret",
      scene.secretName,
      "--state",
      "state",
      "--yes",
      "--grace",
      "0",
    ];
    expect((await scene.rotate(flags)).code).toBe(0);
    expect(await scene.inSecret()).toMatchObject({ id: (await scene.keys())[0]!.id });
  });

  test("a command that leaves something running, one that says the secret in another form, one that holds a secret", async () => {
    const scene = await Scene.make();
    const flags = (command: string) => [
      "--user",
      scene.key.user,
      "--to-command",
      command,
      "--state",
      "state",
      "--yes",
      "--grace",
      "0",
    ];
    for (const form of ["base64", "xxd -p", "od -An -tx1 | tr -d ' \\n'", "cut -c 60-125"]) {
      const ran = await scene.rotate(flags(`sed 's/.*secretAccessKey":"//; s/".*//' | ${form}; exit 1`));
      if (form.startsWith("cut")) continue;
      expect(ran).toMatchObject({ code: 2, stderr: expect.stringMatching(/is not shown|ended with 1\b/) });
      expect(ran.stderr).not.toMatch(/[A-Za-z0-9+/]{50}/);
    }
    const held = await scene.rotate(
      flags(`curl -H 'Authorization: token ${token("ghp_{github}")}' example.org`),
    );
    expect(held).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("holds a secret itself (github-token)"),
    });
    expect((await scene.rotate(flags("cat > /dev/null; sleep 30 & exit 0"))).code).toBe(0);
  });

  test("two of which nobody can read what they have need one that can be read", async () => {
    const scene = await Scene.make();
    const flags = [
      "--user",
      scene.key.user,
      "--to-command",
      "true",
      "--to-command",
      "cat",
      "--state",
      "state",
      "--yes",
    ];
    expect(await scene.rotate(flags)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("cannot be read back"),
    });
    expect((await scene.rotate([...flags, "--to-profile", "deploy"])).code).toBe(0);
  });

  test("are those of the plan until it has ended", async () => {
    const scene = await Scene.make();
    await scene.rotate(scene.flags);
    expect(
      await scene.rotate(["--user", scene.key.user, "--to-secret", "elsewhere", "--state", "state", "--yes"]),
    ).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("and not to secret elsewhere"),
    });
    writeFileSync(join(scene.repo.dir, "state/123456789012-broken.json"), "{}");
    expect(await scene.rotate(["--resume", "--grace", "0", "--state", "state"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is no plan"),
      stdout: expect.stringContaining("is rotated"),
    });
  });
});

/** One working key, and it is the one that every consumer has. */
async function expectOneKey(scene: Scene): Promise<void> {
  const keys = await scene.keys();
  expect(keys).toEqual([{ id: expect.any(String), active: true }]);
  const pair = (await scene.inSecret())!;
  expect(pair.id).toBe(keys[0]!.id);
  expect(scene.inProfile()).toEqual(pair);
  expect(scene.inCommand()).toEqual(pair);
  expect(await scene.works(pair)).toBe(true);
  expect(existsSync(scene.state)).toBe(false);
  expect(readFileSync(scene.credentials, "utf8")).not.toContain("before-rotation");
}

describe("a run that is killed, and the same command again, ends with one working key at its consumers", () => {
  test("at every call: before it, and after AWS has done it", async () => {
    const whole = await Scene.make();
    const from = proxy.calls.length;
    expect((await whole.rotate([...whole.flags, "--grace", "0"])).code).toBe(0);
    const calls = proxy.calls.slice(from);
    await expectOneKey(whole);
    let points = 0;
    for (const [n, { name }] of calls.entries()) {
      for (const after of [false, true]) {
        const scene = await Scene.make();
        const begin = proxy.calls.length;
        const ran = await scene.rotate(
          [...scene.flags, "--grace", "0"],
          {},
          {
            started: (child) => {
              proxy.watch = ({ index }: Call, answered: boolean) => {
                if (index - begin === n && answered === after) child.kill("SIGKILL");
              };
            },
          },
        );
        proxy.watch = () => {};
        // The very last answer may reach it before the signal does.
        if (ran.code !== null && n < calls.length - 1) throw new Error(`not killed at ${n} ${name}`);
        points += ran.code === null ? 1 : 0;
        const again = await scene.rotate([...scene.flags, "--grace", "0"]);
        expect({ n, name, after, code: again.code, stderr: again.stderr }).toEqual({
          n,
          name,
          after,
          code: 0,
          stderr: "",
        });
        await expectOneKey(scene);
      }
    }
    expect(points).toBeGreaterThanOrEqual(20);
  });

  test("at every file that is put in place or removed", async () => {
    let points = 0;
    for (let n = 1; ; n += 1) {
      const codes: (number | null)[] = [];
      for (const when of ["before", "after"]) {
        const scene = await Scene.make();
        const ran = await scene.rotate([...scene.flags, "--grace", "0"], {
          NODE_OPTIONS: `--require ${DIE_AT}`,
          LEAKWARDEN_TEST_DIE_AT: `${n}:${when}`,
        });
        codes.push(ran.code);
        const again = await scene.rotate([...scene.flags, "--grace", "0"]);
        expect({ n, when, code: again.code, stderr: again.stderr }).toEqual({ n, when, code: 0, stderr: "" });
        await expectOneKey(scene);
      }
      if (codes.every((code) => code === 0)) break;
      points += codes.filter((code) => code === null).length;
    }
    expect(points).toBeGreaterThanOrEqual(16);
  });

  test("while it is taken back: then the old key is the one", async () => {
    const flagsOf = (scene: Scene) => [
      "--user",
      scene.key.user,
      "--to-secret",
      scene.secretName,
      "--to-profile",
      "deploy",
      "--state",
      "state",
      "--yes",
    ];
    const whole = await Scene.make();
    await whole.rotate(flagsOf(whole));
    const from = proxy.calls.length;
    expect(
      (await whole.rotate(["--user", whole.key.user, "--state", "state", "--rollback", "--yes"])).code,
    ).toBe(0);
    const count = proxy.calls.length - from;
    for (let n = 0; n < count; n += 1) {
      const scene = await Scene.make();
      await scene.rotate(flagsOf(scene));
      const begin = proxy.calls.length;
      const back = ["--user", scene.key.user, "--state", "state", "--rollback", "--yes"];
      await scene.rotate(
        back,
        {},
        {
          started: (child) => {
            proxy.watch = ({ index }: Call, answered: boolean) => {
              if (index - begin === n && answered) child.kill("SIGKILL");
            };
          },
        },
      );
      proxy.watch = () => {};
      if (existsSync(scene.state)) await scene.rotate(back);
      expect(await scene.keys()).toEqual([{ id: scene.key.id, active: true }]);
      expect(await scene.inSecret()).toBeNull();
      expect(scene.inProfile()).toBeNull();
    }
    expect(count).toBeGreaterThan(4);
  });

  test("while a profile gets back what it had: at every file", async () => {
    let points = 0;
    for (let n = 1; ; n += 1) {
      const codes: (number | null)[] = [];
      for (const when of ["before", "after"]) {
        const scene = await Scene.make();
        const { id, secret } = scene.key;
        scene.repo.write(
          ".aws/credentials",
          `[deploy]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`,
        );
        const flags = ["--user", scene.key.user, "--state", "state", "--yes"];
        await scene.rotate([...flags, "--to-profile", "deploy"]);
        const back = [...flags, "--rollback"];
        const ran = await scene.rotate(back, {
          NODE_OPTIONS: `--require ${DIE_AT}`,
          LEAKWARDEN_TEST_DIE_AT: `${n}:${when}`,
        });
        codes.push(ran.code);
        if (existsSync(scene.state)) expect((await scene.rotate(back)).code).toBe(0);
        expect(await scene.keys()).toEqual([{ id, active: true }]);
        expect(scene.inProfile()).toEqual({ id, secret });
        expect(readFileSync(scene.credentials, "utf8")).not.toContain("before-rotation");
      }
      if (codes.every((code) => code === 0)) break;
      points += codes.filter((code) => code === null).length;
    }
    expect(points).toBeGreaterThanOrEqual(8);
  });
});

test("throttled calls are tried again", async () => {
  const scene = await Scene.make();
  let left = 3;
  proxy.fault = (call) => {
    if (call.name !== "iam:ListAccessKeys" || left === 0) return null;
    left -= 1;
    return failure(call, "Throttling", "Rate exceeded", 400);
  };
  expect((await scene.rotate([...scene.flags, "--grace", "0"])).code).toBe(0);
  await iam.send(
    new DeleteAccessKeyCommand({ UserName: scene.key.user, AccessKeyId: scene.inProfile()!.id }),
  );
});
