import { UsageError } from "../../errors.ts";
import type { KeyPair } from "../clients.ts";
import { BlindConsumer, type Handover } from "./consumer.ts";
import { runWith } from "./run-program.ts";

/**
 * A command of the user's, which gets on standard input, as JSON on one line:
 *
 *     {"accountId":"123456789012","userName":"deploy","accessKeyId":"AKIA…","secretAccessKey":"…","replaces":"AKIA…"}
 *
 * When it ends with 0 it has taken the key, and with anything else it has not.
 */
export class CommandConsumer extends BlindConsumer {
  readonly what: string;
  readonly failsWhole = true;
  private readonly command: string;

  constructor(command: string) {
    super();
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
}
