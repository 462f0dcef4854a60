import { type Command, Option } from "commander";
import { accountsOf } from "../../../aws/accounts.ts";
import { AwsClients } from "../../../aws/clients.ts";
import type { Outcome } from "../../../aws/rotation/rotation.ts";
import { AwsError, LeakwardenError, UsageError } from "../../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import { addFlags } from "../../flags.ts";
import { type Io, notify } from "../../io.ts";
import type { Finish } from "../../main.ts";
import { renderError } from "../../render-error.ts";
import { ACCOUNT_FLAGS, type AccountFlags, accountChoice } from "./account-flags.ts";
import { parseDays } from "./audit.ts";
import { CONSUMER_FLAGS, type ConsumerFlags, Rotator, requireAsBefore, rotationsFolder } from "./rotator.ts";
import { YES_FLAG } from "./subject.ts";

interface RotateFlags extends ConsumerFlags, AccountFlags {
  readonly user?: string;
  readonly olderThan?: number;
  readonly resume?: boolean;
  readonly rollback?: boolean;
  readonly state?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `aws rotate`. */
export function addRotateCommand(aws: Command, io: Io, finish: Finish): void {
  const rotate = aws
    .command("rotate")
    .description(
      "replace a user's access key without downtime: a second key, handed to what uses it; the old one deactivated, and deleted after a while. The same command goes on where it was",
    )
    .addOption(new Option("--user <name>", "whose key"))
    .addOption(
      new Option(
        "--older-than <days>",
        "the keys of all users that are older, and those that are being rotated; {user} stands for each in names",
      ).argParser(parseDays),
    )
    .addOption(new Option("--resume", "go on with all rotations that are under way"))
    .addOption(
      new Option("--rollback", "take the user's rotation back: the old key works again, the new one goes"),
    )
    .addOption(new Option("--dry-run", "show the plan and do nothing"))
    .addOption(YES_FLAG)
    .addOption(
      new Option("--state <dir>", "where plans are kept (default: leakwarden/rotations of the user's state)"),
    );
  addFlags(rotate, [...CONSUMER_FLAGS, ...ACCOUNT_FLAGS]).action(async (flags: RotateFlags) => {
    if (flags.rollback === true && flags.user === undefined)
      throw new UsageError("--rollback is for one user", "--user NAME");
    if (flags.user !== undefined && !/^[\w+=,.@-]{1,64}$/.test(flags.user))
      throw new UsageError(`'${flags.user}' is no name of a user`, "give it as IAM has it, and not the ARN");
    const chosen = [flags.user, flags.olderThan, flags.resume].filter((choice) => choice !== undefined);
    if (chosen.length !== 1)
      throw new UsageError(
        "what to rotate is not said, or said twice",
        "--user NAME, --older-than DAYS, or --resume",
      );
    if (flags.olderThan !== undefined) requireUserIn(flags);
    const folder = rotationsFolder(io, flags.state);
    const accounts = await accountsOf(await AwsClients.load(io.env), accountChoice(flags));
    let worst: number = EXIT.clean;
    const note = (code: number) => {
      worst = worst === EXIT.clean || code === EXIT.couldNotRun ? code : worst;
    };
    for (const account of accounts) {
      const rotator = new Rotator(io, account, folder, flags);
      await told(io, note, accounts.length > 1, async () => {
        const users = await rotator.users();
        if (rotator.unreadable) note(EXIT.couldNotRun);
        const work = async (user: string) => {
          if (flags.rollback === true) await rotator.rollBack(user);
          else if (flags.dryRun === true) await rotator.show(user);
          else requireNotUndone(user, await rotator.rotate(user));
        };
        for (const user of users) await told(io, note, users.length > 1, () => work(user));
      });
    }
    finish(worst);
  });
}

/** With many, one that fails is told and the others go on. */
async function told(
  io: Io,
  note: (code: number) => void,
  many: boolean,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const used = error instanceof AwsError && error.reason === "still-used";
    if (!(error instanceof LeakwardenError) || (!many && !used)) throw error;
    notify(io, renderError(error));
    note(used ? EXIT.findings : EXIT.couldNotRun);
  }
}

/** Who asked for a rotation has not got one. */
function requireNotUndone(user: string, outcome: Outcome): void {
  if (outcome.kind !== "undone") return;
  requireAsBefore(user, outcome);
  throw new UsageError(
    `the rotation of ${user} had failed, and is taken back now`,
    "run the same command again to rotate",
  );
}

/** Keys of many users must not go to one place. */
function requireUserIn({ toSecret = [], toProfile = [], toGithub = [] }: ConsumerFlags): void {
  const shared = [...toSecret, ...toProfile, ...toGithub].find((name) => !name.includes("{user}"));
  if (shared !== undefined)
    throw new UsageError(`the keys of all users would go to '${shared}'`, "put {user} into the name");
}
