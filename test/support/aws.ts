import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterEach, expect } from "vitest";
import { CLI, type Ran, TempRepo, tempDir } from "./temp-repo.ts";

export const URL_OF_SERVICE: string = process.env.LEAKWARDEN_TEST_AWS!;
const ADMIN = { accessKeyId: "test", secretAccessKey: "test" };
const GUARD = new URL("only-loopback.cjs", import.meta.url).pathname;
const ESCAPES = join(tempDir(), "..", `leakwarden-escapes-${process.pid}`);

// Whatever a test was about: nothing may have gone further than this machine.
afterEach(() => {
  if (existsSync(ESCAPES)) expect(readFileSync(ESCAPES, "utf8")).toBe("");
});

export const iam: IAMClient = new IAMClient({
  endpoint: URL_OF_SERVICE,
  region: "us-east-1",
  credentials: ADMIN,
});

let users = 0;

export interface MadeKey {
  readonly user: string;
  readonly id: string;
  readonly secret: string;
}

/** A user with an access key. */
export async function makeKey(): Promise<MadeKey> {
  users += 1;
  const user = `user-${process.pid}-${users}`;
  await iam.send(new CreateUserCommand({ UserName: user }));
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: user }));
  return { user, id: key!.AccessKeyId!, secret: key!.SecretAccessKey! };
}

/** From how many calls on the service asks who calls, and what he may; it is off when a number is not given. */
export async function enforceFrom(calls = 1e9): Promise<void> {
  await fetch(`${URL_OF_SERVICE}/moto-api/reset-auth`, { method: "POST", body: String(calls) });
}

export interface AwsRun {
  readonly env?: Record<string, string>;
  readonly input?: string;
  readonly repo?: TempRepo;
}

/** Credentials of one's own, and no way to anybody but this machine. */
function environment(repo: TempRepo, env: Record<string, string> = {}): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: ADMIN.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ADMIN.secretAccessKey,
    AWS_ENDPOINT_URL: URL_OF_SERVICE,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: join(repo.dir, "none"),
    AWS_SHARED_CREDENTIALS_FILE: join(repo.dir, "none"),
    LEAKWARDEN_TEST_ESCAPES: ESCAPES,
    ...env,
    NODE_OPTIONS: `--require ${GUARD} ${env.NODE_OPTIONS ?? ""}`,
  };
}

/** Runs the command with credentials of one's own, or others, where only this machine can be reached. */
export function aws(args: readonly string[], options: AwsRun = {}): Ran {
  const repo = options.repo ?? new TempRepo();
  return repo.run(process.execPath, [CLI, ...args], {
    ...(options.input === undefined ? {} : { input: options.input }),
    env: environment(repo, options.env),
  });
}

/** The same while this process goes on, which a service in it needs. */
export function awsBeside(
  args: readonly string[],
  options: AwsRun & { readonly started?: (child: ChildProcess) => void } = {},
): Promise<Ran> {
  const repo = options.repo ?? new TempRepo();
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: repo.dir,
    env: { ...process.env, HOME: repo.dir, ...environment(repo, options.env) },
  });
  options.started?.(child);
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
}
