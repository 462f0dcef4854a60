import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DeleteAccessKeyCommand, ListAccessKeysCommand } from "@aws-sdk/client-iam";
import { beforeEach, describe, expect, test } from "vitest";
import { awsBeside, iam, type MadeKey, makeKey, URL_OF_SERVICE } from "../support/aws.ts";
import { type FaultyAws, useFaultyAws } from "../support/faulty-aws.ts";
import { TempRepo, tempDir } from "../support/temp-repo.ts";
import { awsPair, token } from "../support/tokens.ts";

let proxy: FaultyAws;
useFaultyAws(URL_OF_SERVICE, (started) => {
  proxy = started;
});

let repo: TempRepo;
let home: string;
let key: MadeKey;
let print: string;
beforeEach(async () => {
  proxy.fault = ({ name }) =>
    name === "cloudtrail:LookupEvents"
      ? { status: 200, headers: { "content-type": "application/x-amz-json-1.1" }, body: '{"Events":[]}' }
      : null;
  key = await makeKey();
  home = tempDir();
  repo = new TempRepo().write(
    "src/a.env",
    `aws_access_key_id = ${key.id}\naws_secret_access_key = ${key.secret}\n`,
  );
  repo.commit();
  const { report } = repo.scan("history");
  print = report.findings.find(({ ruleId }) => ruleId === "aws-access-key-id")!.fingerprint;
});

const respond = (...args: string[]) =>
  awsBeside(["respond", ...args], {
    repo,
    env: {
      AWS_ENDPOINT_URL: proxy.url,
      AWS_REGION: "eu-west-1",
      AWS_SHARED_CREDENTIALS_FILE: join(home, "credentials"),
      XDG_STATE_HOME: join(home, "state"),
    },
  });
const steps = (stdout: string) =>
  Object.fromEntries([...stdout.matchAll(/^\[(.)\] (\w+)/gm)].map(([, mark, name]) => [name, mark]));
const keys = async () => {
  const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName: key.user }));
  return AccessKeyMetadata.map(({ AccessKeyId, Status }) => `${AccessKeyId} ${Status}`);
};

describe("respond", () => {
  test("does nothing that nobody has answered for, and says what is open", async () => {
    const { code, stdout } = await respond(print);
    expect(code).toBe(3);
    expect(steps(stdout)).toEqual(
      Object.fromEntries(
        ["inspect", "verify", "deactivate", "rotate", "store", "trail", "clean", "allow"].map((name) => [
          name,
          " ",
        ]),
      ),
    );
    expect(await keys()).toEqual([`${key.id} Active`]);
  });

  test("does the steps that are named, is gone on with, and keeps no secret", async () => {
    const first = await respond(print, "--yes", "inspect,verify", "--yes", "deactivate");
    expect(first.code).toBe(3);
    expect(steps(first.stdout)).toMatchObject({
      inspect: "x",
      verify: "x",
      deactivate: "x",
      rotate: " ",
      allow: " ",
    });
    expect(first.stdout).toMatch(new RegExp(`user: +${key.user}`));
    expect(await keys()).toEqual([`${key.id} Inactive`]);
    const second = await respond(
      ...[print.slice(0, 10), "--yes", "rotate,store,trail,clean,allow"],
      ...["--to-profile", "deploy", "--store", `of-${key.user}`, "--grace", "0"],
    );
    expect(second.stdout).not.toMatch(/^inspect:/m);
    expect(steps(second.stdout)).toMatchObject({
      rotate: "x",
      store: "x",
      trail: "x",
      clean: " ",
      allow: "x",
    });
    const [fresh, ...more] = await keys();
    expect(more).toEqual([]);
    expect(fresh).not.toContain(key.id);
    expect(readFileSync(join(home, "credentials"), "utf8")).toContain(fresh!.split(" ")[0]!);
    expect(readFileSync(join(repo.dir, ".leakwardenignore"), "utf8")).toMatch(
      new RegExp(`^${print} .* -- rotated$`, "m"),
    );
    const [name] = readdirSync(join(home, "state/leakwarden/incidents")).filter((file) =>
      file.endsWith(".json"),
    );
    const incident = readFileSync(join(home, "state/leakwarden/incidents", name!), "utf8");
    for (const text of [incident, first.stdout, first.stderr, second.stdout, second.stderr])
      expect(text).not.toContain(key.secret);
    // The history is rewritten, and the step finds it clean.
    const replacements = join(repo.dir, ".git/leakwarden-replacements.txt");
    expect(readFileSync(replacements, "utf8")).toContain(`literal:${key.secret}==>REMOVED`);
    expect(second.stdout).toContain(`git filter-repo --replace-text ${replacements}\n`);
    repo.git("checkout", "--quiet", "--orphan", "clean");
    repo.write("src/a.env", "");
    repo.commit();
    repo.git("branch", "-D", "main");
    const last = await respond(print, "--yes", "clean");
    expect(last).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\[x\] clean +no version of any file holds it/),
    });
    expect(existsSync(replacements)).toBe(false);
  });

  test("leaves a step out, takes it up again, and knows no others", async () => {
    const left = await respond(
      "src/a.env:1",
      "--skip",
      "inspect,verify,deactivate,rotate,store,trail,clean",
      "--yes",
      "allow",
    );
    expect(left.code).toBe(0);
    expect(steps(left.stdout)).toMatchObject({ deactivate: "-", allow: "x" });
    const again = await respond(print, "--redo", "deactivate", "--yes", "deactivate");
    expect(steps(again.stdout)).toMatchObject({ deactivate: "x" });
    expect(await respond(print, "--yes", "everything")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--yes names 'everything', which is no step"),
    });
    expect(await respond("0000000000")).toMatchObject({ code: 2 });
  });

  test("is about one repository: elsewhere nothing is taken for gone", async () => {
    await respond(print, "--yes", "inspect");
    const own = repo;
    const other = new TempRepo().write("a.txt", "nothing\n");
    other.commit();
    repo = other;
    const ran = await respond(print, "--yes", "clean,allow,verify");
    expect(ran).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("this incident is about the repository in"),
    });
    repo = own;
    // Only the ID is taken out: its secret is still there, and so is what is on disk.
    repo.write("src/a.env", `aws_secret_access_key = ${key.secret}\n`);
    repo.git("commit", "--quiet", "--no-verify", "--amend", "-am", "less");
    repo.git("reflog", "expire", "--expire=now", "--all");
    const half = await respond(print, "--yes", "clean");
    expect(half.stdout).toMatch(/\[ \] clean +still in src\/a\.env/);
    const replacements = join(repo.dir, ".git/leakwarden-replacements.txt");
    expect(existsSync(replacements)).toBe(true);
    await respond(print, "--skip", "clean");
    expect(existsSync(replacements)).toBe(false);
  });

  test("stores the key that was made, and none that happens to be in the profile", async () => {
    const other = await makeKey();
    writeFileSync(
      join(home, "credentials"),
      `[deploy]\naws_access_key_id = ${other.id}\naws_secret_access_key = ${other.secret}\n`,
    );
    const ran = await respond(
      print,
      "--yes",
      "rotate,store",
      "--to-profile",
      "deploy",
      "--store",
      `of-${key.user}`,
    );
    expect(steps(ran.stdout)).toMatchObject({ rotate: " ", store: " " });
    expect(ran.stderr).toContain(`holds ${other.id}`);
    const secret = await respond(print, "--yes", "store", "--to-secret", `other-${key.user}`);
    expect(secret.stdout).toMatch(/\[ \] store +the rotation has not made a new key yet/);
  });

  test("allows no key that is live and of which nothing was done", async () => {
    const ran = await respond(
      print,
      "--yes",
      "verify,allow",
      "--skip",
      "deactivate,rotate,store,trail,clean",
    );
    expect(steps(ran.stdout)).toMatchObject({ verify: "x", allow: " " });
    expect(ran).toMatchObject({
      code: 3,
      stdout: expect.stringContaining("the key is live, and neither deactivated nor rotated"),
    });
    expect(existsSync(join(repo.dir, ".leakwardenignore"))).toBe(false);
    await respond(print, "--redo", "deactivate", "--yes", "deactivate,allow");
    expect(readFileSync(join(repo.dir, ".leakwardenignore"), "utf8")).toContain("-- deactivated");
  });

  test("takes neither a temporary key nor one of another account for deleted", async () => {
    const id = key.id.replace("AKIA", "ASIA");
    const other = awsPair();
    repo.write("t.env", `aws_access_key_id = ${id}\naws_secret_access_key = ${token("{aws-secret}")}\n`);
    repo.write("o.env", other.lines).commit();
    const temporary = await respond("t.env:1", "--yes", "deactivate,rotate", "--to-profile", "d");
    expect(steps(temporary.stdout)).toMatchObject({ deactivate: " ", rotate: " " });
    expect(temporary.stderr).toContain("is a temporary access key");
    const foreign = await respond("o.env:1", "--yes", "deactivate,rotate", "--to-profile", "d");
    expect(steps(foreign.stdout)).toMatchObject({ deactivate: " ", rotate: " " });
    expect(foreign.stderr).toContain("and the credentials that are used here are of 123456789012");
  });

  test("ends when the key is deleted already", async () => {
    await iam.send(new DeleteAccessKeyCommand({ UserName: key.user, AccessKeyId: key.id }));
    const ran = await respond(
      print,
      "--yes",
      "deactivate,rotate,allow",
      "--skip",
      "inspect,verify,store,trail,clean",
      "--to-profile",
      "d",
    );
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(
      /\[x\] deactivate +it is deleted already\n\[x\] rotate +it is deleted already/,
    );
  });

  test("stops no key that a rotation has just made", async () => {
    await respond(print, "--yes", "rotate", "--to-profile", "deploy");
    const [, id, secret] = /key_id = (\w+)\naws_secret_access_key = (\S+)/.exec(
      readFileSync(join(home, "credentials"), "utf8"),
    )!;
    repo.write("b.env", `aws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`).commit();
    const ran = await respond(
      "b.env:1",
      "--yes",
      "deactivate,rotate",
      "--to-profile",
      "deploy",
      "--grace",
      "0",
    );
    expect(steps(ran.stdout)).toMatchObject({ deactivate: " ", rotate: " " });
    expect(ran.stderr).toContain("is the new key of a rotation");
    expect(await keys()).toEqual([`${key.id} Inactive`, `${id} Active`]);
  });

  test("with --incident takes no other finding for the one of the file", async () => {
    const file = join(home, "incident.json");
    await respond("src/a.env:1", "--incident", file);
    repo.write("b.txt", `t = ${token("ghp_{github}")}\n`).commit();
    expect(await respond("b.txt:1", "--incident", file, "--yes", "deactivate")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("and not about 'b.txt:1'"),
    });
    expect(await keys()).toEqual([`${key.id} Active`]);
  });

  test("a step that fails stays open, and the next is done all the same", async () => {
    const { code, stdout, stderr } = await respond(print, "--yes", "rotate,trail");
    expect(code).toBe(3);
    expect(stderr).toContain("where the new key shall go is not said");
    expect(steps(stdout)).toMatchObject({ rotate: " ", trail: "x" });
  });

  test("waits with the rotation for its grace", async () => {
    const { stdout } = await respond(print, "--yes", "rotate", "--to-profile", "deploy");
    expect(steps(stdout)).toMatchObject({ rotate: " " });
    expect(stdout).toMatch(/\[ \] rotate +AKIA\w+ has taken its place; goes on after 20/);
    expect(await keys()).toContain(`${key.id} Inactive`);
  });

  test("is shorter for what is not of AWS", async () => {
    repo.write("b.txt", `t = ${token("ghp_{github}")}\n`).commit();
    const { code, stdout } = await respond("b.txt:1", "--yes", "revoke,allow", "--skip", "clean");
    expect(code).toBe(0);
    expect(steps(stdout)).toEqual({ revoke: "x", clean: "-", allow: "x" });
  });
});
