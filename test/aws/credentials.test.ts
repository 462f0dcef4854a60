import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { aws, enforceFrom, makeKey } from "../support/aws.ts";
import { TempRepo, tempDir } from "../support/temp-repo.ts";
import { awsPair, token } from "../support/tokens.ts";

afterEach(() => enforceFrom());

/** A long-term and a temporary key, of the same account. */
const LONG = awsPair().id;
const SHORT = LONG.replace("AKIA", "ASIA");

/** A home with files of the AWS tools, and nothing in the environment. */
class Home {
  readonly repo = new TempRepo();

  write(path: string, text: string, mode = 0o600): this {
    this.repo.write(path, text);
    chmodSync(join(this.repo.dir, path), mode);
    return this;
  }

  get files(): Record<string, string> {
    return {
      AWS_SHARED_CREDENTIALS_FILE: join(this.repo.dir, ".aws/credentials"),
      AWS_CONFIG_FILE: join(this.repo.dir, ".aws/config"),
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
    };
  }

  ask(env: Record<string, string> = {}, ...args: string[]) {
    return aws(["aws", "credentials", ...args], { repo: this.repo, env: { ...this.files, ...env } });
  }

  report(env: Record<string, string> = {}) {
    const ran = this.ask(env, "--format", "json");
    return { code: ran.code, ...JSON.parse(ran.stdout) } as {
      code: number;
      winner: number;
      sources: {
        where: string;
        kind: string | null;
        key: string | null;
        skipped: string | null;
        failure: string | null;
      }[];
      files: { path: string; mode: string; keys: string[] }[];
      warnings: string[];
    };
  }
}

const lines = ({ id, secret }: { id: string; secret: string }) =>
  `aws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`;
const env = ({ id, secret }: { id: string; secret: string }) => ({
  AWS_ACCESS_KEY_ID: id,
  AWS_SECRET_ACCESS_KEY: secret,
});

describe("aws credentials", () => {
  test("the environment hides a profile, and a profile that is named hides the environment", () => {
    const [mine, theirs] = [awsPair(), awsPair()];
    const home = new Home().write(".aws/credentials", `[default]\n${lines(theirs)}[build]\n${lines(theirs)}`);
    const first = home.report(env(mine));
    expect(first.code).toBe(0);
    expect(first.winner).toBe(0);
    expect(first.sources[0]!.key).toBe(`${mine.id.slice(0, 4)}********${mine.id.slice(-4)}`);
    expect(first.warnings.join()).toContain(
      "the keys in the environment hide those of the profile 'default'",
    );
    const named = home.report({ ...env(mine), AWS_PROFILE: "build" });
    expect(named.winner).toBe(1);
    expect(named.warnings.join()).toContain(
      "the SDK for JavaScript takes the profile, the AWS CLI and most others the keys",
    );
  });

  test("prints no secret, and no key in full", () => {
    const [mine, theirs] = [awsPair(), awsPair()];
    const home = new Home().write(".aws/credentials", `[default]\n${lines(theirs)}`);
    for (const format of ["human", "json"]) {
      const { stdout, stderr } = home.ask(
        { ...env(mine), AWS_SESSION_TOKEN: token("{base62:120}") },
        "--format",
        format,
      );
      for (const value of [mine.id, mine.secret, theirs.id, theirs.secret])
        expect(stdout + stderr).not.toContain(value);
    }
  });

  test("keys in clear, and files that others can read", () => {
    const home = new Home().write(".aws/credentials", `[default]\n${lines(awsPair())}`, 0o644);
    const { files, warnings } = home.report();
    expect(files).toEqual([
      { path: join(home.repo.dir, ".aws/credentials"), mode: "0644", keys: ["default"] },
    ]);
    expect(warnings.join()).toContain("has mode 0644");
    expect(warnings.join()).toContain("long-term keys stand in clear");
  });

  test.each([
    ["half a pair", { AWS_ACCESS_KEY_ID: LONG }, "", -1, ""],
    [
      "a token that is left over",
      { ...env({ id: LONG, secret: "x" }), AWS_SESSION_TOKEN: "t" },
      "",
      0,
      "it is left over, and AWS refuses the two together",
    ],
    [
      "a temporary key without its token",
      env({ id: SHORT, secret: "x" }),
      "",
      0,
      "a temporary key without its session token",
    ],
    ["a secret of the wrong length", env({ id: LONG, secret: "short" }), "", 0, "has 5 characters"],
    [
      "an ID of no kind",
      env({ id: LONG.replace("AK", "XK"), secret: "x" }),
      "",
      0,
      "of no kind that AWS has",
    ],
    [
      "keys that have expired",
      {
        ...env({ id: SHORT, secret: "x" }),
        AWS_CREDENTIAL_EXPIRATION: "2020-01-01T00:00:00Z",
      },
      "",
      0,
      "have expired at 2020-01-01",
    ],
    [
      "two regions",
      { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "us-east-1" },
      "",
      -1,
      "AWS_REGION is eu-west-1, and AWS_DEFAULT_REGION us-east-1",
    ],
    [
      "a profile that is missing",
      { AWS_PROFILE: "gone" },
      "",
      -1,
      "AWS_PROFILE names 'gone', and there is no such profile",
    ],
    [
      "a role without its source",
      { AWS_PROFILE: "r" },
      "[profile r]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = gone\n",
      1,
      "takes its credentials from 'gone', and there is no such profile",
    ],
    [
      "keys that a role hides",
      { AWS_PROFILE: "r" },
      `[profile r]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = s\naws_access_key_id = ${LONG}\n[profile s]\nregion = x\n`,
      1,
      "the keys in the profile 'r' are not used",
    ],
    [
      "an MFA device",
      { AWS_PROFILE: "r" },
      `[profile r]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = s\nmfa_serial = m\n[profile s]\naws_access_key_id = ${LONG}\naws_secret_access_key = x\n`,
      1,
      "it asks for a code of an MFA device",
    ],
    [
      "a source without credentials",
      { AWS_PROFILE: "r" },
      "[profile r]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = s\n[profile s]\nregion = x\n",
      1,
      "no credentials are in the profile 's'",
    ],
    [
      "a session that is not there",
      { AWS_PROFILE: "r" },
      "[profile r]\nsso_session = gone\n",
      1,
      "there is no [sso-session gone]",
    ],
    [
      "a token file that is not there",
      { AWS_WEB_IDENTITY_TOKEN_FILE: "/none", AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/r" },
      "",
      2,
      "'/none' does not exist",
    ],
  ])("warns of %s", (_what, variables, config, winner, said) => {
    const home = new Home().write(".aws/config", config);
    const found = home.report(variables as Record<string, string>);
    expect(found.winner).toBe(winner);
    const { failure = null } = found.sources[winner] ?? {};
    expect(found.code).toBe(winner < 0 || failure !== null ? 1 : 0);
    expect([...found.warnings, failure].join("\n")).toContain(said);
  });

  test("other keys in the configuration than in the credentials", () => {
    const [mine, theirs] = [awsPair(), awsPair()];
    const home = new Home()
      .write(".aws/config", `[default]\n${lines(theirs)}`)
      .write(".aws/credentials", `[default]\n${lines(mine)}`);
    const { warnings, sources } = home.report();
    expect(warnings.join()).toContain("other keys in the configuration file");
    expect(sources[1]!.key).toMatch(new RegExp(`${mine.id.slice(-4)}$`));
  });

  test("where one stands with signing in", () => {
    const home = new Home().write(
      ".aws/config",
      "[profile s]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = r\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n",
    );
    const where = () => home.report({ AWS_PROFILE: "s" }).sources[1]!;
    expect(where()).toMatchObject({
      kind: "SSO",
      failure: expect.stringContaining("nobody is signed in: 'aws sso login'"),
    });
    const cache = `.aws/sso/cache/${createHash("sha1").update("corp").digest("hex")}.json`;
    home.write(cache, JSON.stringify({ accessToken: "t", expiresAt: "2099-01-01T00:00:00Z" }));
    expect(where().failure).toBeNull();
    home.write(cache, JSON.stringify({ accessToken: "t", expiresAt: "2020-01-01T00:00:00Z" }));
    expect(where().failure).toContain("signing in has held until 2020-01-01");
  });

  test("--whoami asks AWS whose they are", async () => {
    const key = await makeKey();
    await enforceFrom(0);
    const home = new Home().write(".aws/credentials", `[default]\n${lines(key)}`);
    expect(home.ask({}, "--whoami")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`AWS knows them as arn:aws:iam::123456789012:user/${key.user}`),
    });
    expect(home.ask(env(awsPair()), "--whoami")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("AWS does not know the credentials"),
    });
  });
});

/** What the SDK takes, asked in a process of its own: it keeps files in memory. */
const RESOLVE = `
  const { defaultProvider } = require("@aws-sdk/credential-provider-node");
  defaultProvider({ logger: { warn() {}, debug() {}, info() {}, error() {} } })().then(
    ({ accessKeyId }) => console.log(accessKeyId),
    () => console.log("none"),
  );`;

test("the SDK takes what the explanation says", () => {
  const ids = Array.from({ length: 4 }, () => awsPair());
  const script = join(tempDir(), "resolve.cjs");
  writeFileSync(
    script,
    RESOLVE.replace("@aws-sdk", new URL("../../node_modules/@aws-sdk", import.meta.url).pathname),
  );
  const profile = fc.record({
    pair: fc.option(fc.constantFrom(...ids)),
    half: fc.boolean(),
    process: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.record({
        inEnvironment: fc.option(fc.constantFrom(...ids)),
        halfInEnvironment: fc.boolean(),
        named: fc.constantFrom("", "default", "a", "missing"),
        config: fc.dictionary(fc.constantFrom("default", "a"), profile),
        credentials: fc.dictionary(fc.constantFrom("default", "a"), profile),
      }),
      ({ inEnvironment, halfInEnvironment, named, config, credentials }) => {
        const text = (profiles: typeof config, name: (profile: string) => string) =>
          Object.entries(profiles)
            .map(([id, { pair, half, process }]) => {
              const keys = pair === null ? "" : half ? lines(pair).split("\n")[0]! : lines(pair);
              const command = process
                ? `\ncredential_process = echo {"Version":1,"AccessKeyId":"AKIAPROCESS","SecretAccessKey":"x"}\n`
                : "";
              return `[${name(id)}]\n${keys}${command}\nregion = eu-west-1\n`;
            })
            .join("");
        const home = new Home()
          .write(
            ".aws/config",
            text(config, (id) => (id === "default" ? id : `profile ${id}`)),
          )
          .write(
            ".aws/credentials",
            text(credentials, (id) => id),
          );
        const variables = {
          ...(inEnvironment === null ? {} : env(inEnvironment)),
          ...(halfInEnvironment ? { AWS_SECRET_ACCESS_KEY: "" } : {}),
          AWS_PROFILE: named,
        };
        const { winner, sources } = home.report(variables);
        const taken = spawnSync(process.execPath, [script], {
          cwd: home.repo.dir,
          encoding: "utf8",
          env: {
            ...process.env,
            HOME: home.repo.dir,
            ...home.files,
            AWS_EC2_METADATA_DISABLED: "true",
            ...variables,
          },
        }).stdout.trim();
        const said = sources[winner];
        if (said === undefined) expect(taken).toBe("none");
        else if (said.kind === "process") expect(["AKIAPROCESS", "none"]).toContain(taken);
        else expect(said.key).toBe(`${taken.slice(0, 4)}********${taken.slice(-4)}`);
      },
    ),
    { numRuns: 40 },
  );
});
