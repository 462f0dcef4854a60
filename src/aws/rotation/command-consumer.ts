import { spawn } from "node:child_process";
import { AwsError, systemReason, UsageError } from "../../errors.ts";
import type { KeyPair } from "../clients.ts";
import type { Consumer, Handover } from "./consumer.ts";

/** Of what a program said, in an error. */
const SAID = 300;

/**
 * Runs a program and gives it something on standard input.
 * @param args null: `command` is a line for the shell
 * @param secret what it must not say
 * @throws {AwsError} when it cannot be started, or ends with something else than 0
 */
export async function runWith(
  command: string,
  args: readonly string[] | null,
  input: string,
  secret: string,
): Promise<void> {
  const { status, said } = await new Promise<{ status: string | null; said: string }>((resolve) => {
    let said = "";
    const child = spawn(command, [...(args ?? [])], {
      shell: args === null,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const hear = (chunk: Buffer) => {
      if (said.length < 64 * SAID) said += chunk.toString("utf8");
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    // A program that does not read what it gets may be right all the same.
    child.stdin.on("error", () => {});
    child.on("error", (error) => resolve({ status: `could not be started: ${systemReason(error)}`, said }));
    child.on("close", (code, signal) =>
      resolve({ status: code === 0 ? null : `ended with ${code ?? signal}`, said }),
    );
    child.stdin.end(input);
  });
  if (status === null) return;
  const words = (secret === "" ? said : said.replaceAll(secret, "***"))
    .trim()
    .replace(/\s+/g, " ")
    .slice(-SAID);
  throw new AwsError(`'${command}' ${status}${words === "" ? "" : `: ${words}`}`, { reason: "consumer" });
}

/**
 * A command of the user's, which gets on standard input, as JSON on one line:
 *
 *     {"accountId":"123456789012","userName":"deploy","accessKeyId":"AKIA…","secretAccessKey":"…","replaces":"AKIA…"}
 */
export class CommandConsumer implements Consumer {
  readonly what: string;
  readonly readable = false;
  private readonly command: string;

  constructor(command: string) {
    this.command = command;
    this.what = `the command '${command}'`;
  }

  async check(): Promise<string> {
    if (this.command.trim() === "") throw new UsageError("--to-command is empty", "give a command");
    return "";
  }

  async put({ id, secret }: KeyPair, { account, user, old }: Handover): Promise<void> {
    const pair = {
      accountId: account,
      userName: user,
      accessKeyId: id,
      secretAccessKey: secret,
      replaces: old,
    };
    await runWith(this.command, null, `${JSON.stringify(pair)}\n`, secret);
  }

  async read(): Promise<null> {
    return null;
  }

  async restore(): Promise<boolean> {
    return false;
  }

  async settle(): Promise<void> {}
}
