import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import type { Account } from "../../../aws/accounts.ts";
import { auditAccount } from "../../../aws/audit.ts";
import type { AwsClients } from "../../../aws/clients.ts";
import { keysOf, type OwnedKey } from "../../../aws/keys.ts";
import { Journal } from "../../../aws/rotation/journal.ts";
import {
  type ConsumerKind,
  RotationSchema,
  type RotationState,
  rotationFile,
} from "../../../aws/rotation/plan.ts";
import { type Outcome, Rotation, type Undone } from "../../../aws/rotation/rotation.ts";
import { consumersOf, nameFor, planRotation, type RotationChoice } from "../../../aws/rotation/start.ts";
import { requireSecretName } from "../../../aws/secret-store.ts";
import { LeakwardenError, UsageError } from "../../../errors.ts";
import { AUDIT_RULES, daysBetween } from "../../../policy/key-audit.ts";
import { stateFolder } from "../../../state/folder.ts";
import { StateFile } from "../../../state/state-file.ts";
import { type Io, notify, writeReport } from "../../io.ts";
import { renderError } from "../../render-error.ts";
import { usedLine } from "./keys.ts";
import { confirm, detectionsIn } from "./subject.ts";

/** Where new keys go, and how long old ones stay. */
export interface ConsumerFlags {
  readonly toSecret?: readonly string[];
  readonly toProfile?: readonly string[];
  readonly toCommand?: readonly string[];
  readonly toGithub?: readonly string[];
  /** Milliseconds; undefined: not said. */
  readonly overlap?: number;
  readonly grace?: number;
}

/** What a rotator is told. */
export interface RotatorFlags extends ConsumerFlags {
  readonly user?: string;
  readonly olderThan?: number;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `0`, `90s`, `30m`, `12h`, `1d`. */
function parseDuration(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd]?)$/.exec(text) ?? [];
  if (count === undefined || (unit === "" && count !== "0"))
    throw new InvalidArgumentError("it must be a duration as in 30m, 12h or 1d, or 0.");
  return Number(count) * (UNITS[unit!] ?? 0);
}

/** For a flag that may be given several times. */
export const collected = (value: string, before: readonly string[] = []) => [...before, value];

/** Where the new key goes, each as often as wanted. */
export const CONSUMER_FLAGS: readonly Option[] = [
  new Option("--to-secret <name>", "hand the new key to a secret in Secrets Manager").argParser(collected),
  new Option("--to-profile <name>", "to a profile in the shared credentials file").argParser(collected),
  new Option("--to-command <command>", "to a command, as JSON on its standard input").argParser(collected),
  new Option("--to-github <owner/repo>", "to the Actions secrets of a repository, through gh").argParser(
    collected,
  ),
  new Option("--overlap <duration>", "how long both keys work (default: 0)").argParser(parseDuration),
  new Option(
    "--grace <duration>",
    "how long the old key is inactive before it is deleted (default: 1d)",
  ).argParser(parseDuration),
];

export function rotationsFolder(io: Io, named: string | undefined): string {
  if (named !== undefined) return resolve(io.cwd, named);
  const folder = stateFolder(io.env);
  if (folder !== null) return join(folder, "rotations");
  throw new UsageError(
    "there is no place for the plan of a rotation: neither XDG_STATE_HOME nor HOME is set",
    "--state DIR",
  );
}

/** Rotations in one account. */
export class Rotator {
  private readonly io: Io;
  private readonly account: Account;
  private readonly folder: string;
  private readonly flags: RotatorFlags;
  /** A plan that cannot be read stands for a rotation that is not gone on with. */
  unreadable = false;

  constructor(io: Io, account: Account, folder: string, flags: RotatorFlags) {
    this.io = io;
    this.account = account;
    this.folder = folder;
    this.flags = flags;
  }

  /** Whose keys are meant. */
  async users(): Promise<readonly string[]> {
    const { user, olderThan } = this.flags;
    if (user !== undefined) return [user];
    const begun = this.plans()
      .filter(({ account }) => account === this.account.id)
      .map((state) => state.user);
    if (olderThan === undefined) {
      if (begun.length === 0) this.say(`no rotation is under way in account ${this.account.id}`);
      return begun;
    }
    const { violations } = await auditAccount(this.account, {
      thresholds: { maxAge: olderThan, unused: 36_500 },
      now: new Date(),
      except: () => false,
      progress: () => {},
    });
    const old: string[] = [];
    for (const { rule, user: named } of violations) {
      if (rule !== AUDIT_RULES.old || begun.includes(named)) continue;
      // The report may be hours old, and the key another one by now.
      const keys = await keysOf(this.account.clients, named);
      const isOld = ({ created }: OwnedKey) =>
        created !== null && daysBetween(created, new Date()) > olderThan;
      if (keys.some(isOld)) old.push(named);
    }
    if (old.length === 0)
      this.say(
        `no key of account ${this.account.id} is older than ${olderThan} days${begun.length === 0 ? "" : " but those that are being rotated"}`,
      );
    return [...new Set([...begun, ...old])];
  }

  /**
   * Begins the rotation of a user's key, or goes on with it.
   * @param only the key that is meant; null: whichever the user has
   */
  async rotate(user: string, only: string | null = null): Promise<Outcome> {
    const { clients, id } = this.account;
    const file = rotationFile(this.folder, id, user);
    return file.hold(async () => {
      const begun = file.read();
      if (begun !== null && only !== null && begun.old !== only)
        throw new UsageError(
          `the rotation of ${begun.old} of ${user} is under way, and ${only} is ${begun.fresh === only ? "its new key" : "another key"}`,
          `'leakwarden aws rotate --user ${user} --rollback' takes it back first`,
        );
      const state = begun === null ? await this.planned(user, only) : this.resumed(begun, user, file.path);
      file.write(state);
      const outcome = await this.rotation(clients, file, state).advance();
      this.say(outcomeText(user, outcome));
      return outcome;
    });
  }

  /** A rotation that is under way, with another grace if one is given; where the key goes is decided. */
  private resumed(state: RotationState, user: string, path: string): RotationState {
    requireOwn(state, this.account.id, user, path);
    const { overlap, grace } = this.flags;
    // Those of others that are under way as well go on as they were begun.
    const own = this.flags.olderThan === undefined ? consumersIn(this.flags) : [];
    const named = own.map(({ kind, name }) => `${kind} ${nameFor(name, state)}`);
    const planned = new Set(state.consumers.map(({ kind, name }) => `${kind} ${name}`));
    const other = named.find((consumer) => !planned.has(consumer));
    if (other !== undefined)
      throw new UsageError(
        `the rotation of ${user} that is under way hands the key to ${[...planned].join(", ")}, and not to ${other}`,
        "let it end with --resume, or take it back with --rollback",
      );
    this.say(`going on with the rotation of ${user} that began on ${state.begun.slice(0, 10)}`);
    return { ...state, overlapMs: overlap ?? state.overlapMs, graceMs: grace ?? state.graceMs };
  }

  private rotation(clients: AwsClients, file: StateFile<RotationState>, state: RotationState): Rotation {
    const consumersFor = (used: AwsClients, current: RotationState) =>
      consumersOf(used, this.io.env, current);
    return new Rotation(clients, new Journal(file, state), consumersFor, (text) => this.say(`  ${text}`));
  }

  /** Shows the plan, or where a rotation is that is under way. */
  async show(user: string): Promise<void> {
    const file = rotationFile(this.folder, this.account.id, user);
    const state = file.read();
    if (state === null) {
      this.say((await this.plan(user, null)).lines.join("\n"));
      return;
    }
    requireOwn(state, this.account.id, user, file.path);
    this.say(`the rotation of ${user} is under way: ${STAGE_TEXT[state.stage]} (${file.path})`);
  }

  async rollBack(user: string): Promise<void> {
    const { clients, id } = this.account;
    const file = rotationFile(this.folder, id, user);
    await file.hold(async () => {
      const state = file.read();
      if (state === null)
        throw new UsageError(
          `no rotation of ${user} in account ${id} is under way`,
          "there is nothing to take back",
        );
      requireOwn(state, id, user, file.path);
      const what = `take the rotation of ${user} back: ${state.old} works again, ${state.fresh ?? "what was made"} is deleted`;
      if (this.flags.dryRun === true) return this.say(what);
      await confirm(this.io, this.flags.yes, `${what}?`);
      const undone = await this.rotation(clients, file, state).undo();
      requireAsBefore(user, undone);
      this.say(outcomeText(user, { kind: "undone", ...undone }));
    });
  }

  private async planned(user: string, only: string | null): Promise<RotationState> {
    const { state, lines } = await this.plan(user, only);
    this.say(lines.join("\n"));
    await confirm(this.io, this.flags.yes, `rotate the key of ${user}?`);
    return state;
  }

  private async plan(user: string, only: string | null): Promise<{ state: RotationState; lines: string[] }> {
    const { clients, id } = this.account;
    const choice = rotationChoice(this.flags);
    const { state, key } = await planRotation(clients, this.io.env, id, user, choice);
    if (only !== null && key.id !== only)
      throw new UsageError(
        `${user} has the key ${key.id}, and not ${only}`,
        "it is replaced already, or deleted",
      );
    const age = key.created === null ? "" : `${daysBetween(key.created, new Date())} days old, `;
    const names = consumersOf(clients, this.io.env, state).map(({ what }) => what);
    const lines = [
      `rotate the key of ${user}, account ${id}:`,
      `  1. make a second key beside ${key.id} (${key.active ? "active" : "inactive"}, ${age}last used ${usedLine(key)})`,
      "  2. wait until AWS knows it everywhere",
      `  3. hand it to ${names.join(", ")}, and read it back where that can be done`,
      `  4. ${key.active ? `deactivate ${key.id}` : `leave ${key.id} inactive`}${choice.overlapMs === 0 ? "" : `, ${duration(choice.overlapMs)} later`}`,
      ...(choice.graceMs === 0
        ? []
        : [`  5. wait for ${duration(choice.graceMs)}; the same command then goes on`]),
      `  ${choice.graceMs === 0 ? 5 : 6}. delete ${key.id}, unless it was used since`,
    ];
    return { state, lines };
  }

  /** One that cannot be read is told, and stops none of the others. */
  private plans(): RotationState[] {
    if (!existsSync(this.folder)) return [];
    const names = readdirSync(this.folder).filter((name) => name.endsWith(".json"));
    return names.flatMap((name) => {
      try {
        return new StateFile<RotationState>(join(this.folder, name), RotationSchema, "plan").read() ?? [];
      } catch (error) {
        if (!(error instanceof LeakwardenError)) throw error;
        this.unreadable = true;
        notify(this.io, renderError(error));
        return [];
      }
    });
  }

  private say(text: string): void {
    writeReport(this.io, null, [`${text}\n`]);
  }
}

function outcomeText(user: string, outcome: Outcome): string {
  if (outcome.kind === "done") return `the key of ${user} is rotated`;
  if (outcome.kind === "undone") return `the rotation of ${user} is taken back: everything is as before`;
  const until = outcome.until.toISOString().replace(/\.\d+/, "");
  return outcome.stage === "both"
    ? `both keys of ${user} work until ${until}; run the same command then to go on`
    : `the old key of ${user} is inactive; from ${until} on the same command deletes it, --rollback lets it work again`;
}

const STAGE_TEXT: Readonly<Record<RotationState["stage"], string>> = {
  making: "the new key is made and handed out",
  both: "both keys work",
  grace: "the old key is inactive",
  deleting: "the old key is deleted",
  undoing: "it failed and is taken back",
};

/** @throws {UsageError} when the plan was made for somebody else */
function requireOwn(state: RotationState, account: string, user: string, path: string): void {
  if (state.account === account && state.user === user) return;
  throw new UsageError(
    `'${path}' is the plan of ${state.user} in account ${state.account}, and these credentials are of ${account}`,
    "use credentials of that account, or another --state folder",
  );
}

/** @throws {UsageError} when not all is as before: who wanted that is told so */
export function requireAsBefore(user: string, { stuck, changed }: Undone): void {
  if (stuck.length > 0)
    throw new UsageError(
      `both keys of ${user} work: ${stuck.join(", ")} has the new one and cannot be given the old one back`,
      "the same command without --rollback goes on; to go back, give it the old key, and then delete the new one",
    );
  if (changed.length > 0)
    throw new UsageError(
      `the rotation of ${user} is taken back, and ${changed.join(", ")} has something else than before`,
      "somebody has changed it since; give it a key that works",
    );
}

function consumersIn({ toSecret = [], toProfile = [], toCommand = [], toGithub = [] }: ConsumerFlags) {
  const of = (kind: ConsumerKind, names: readonly string[]) => names.map((name) => ({ kind, name }));
  return [
    ...of("secret", toSecret),
    ...of("profile", toProfile),
    ...of("command", toCommand),
    ...of("github", toGithub),
  ];
}

/** @throws {UsageError} when the new key would go nowhere: its secret is told once */
function rotationChoice(flags: ConsumerFlags): RotationChoice {
  const consumers = consumersIn(flags);
  if (consumers.length === 0)
    throw new UsageError(
      "where the new key shall go is not said, and AWS tells its secret only once",
      "--to-secret NAME, --to-profile NAME, --to-command COMMAND or --to-github OWNER/REPO",
    );
  flags.toCommand?.forEach(requireNoSecret);
  for (const { kind, name } of consumers) requireName(kind, name);
  return { consumers, overlapMs: flags.overlap ?? 0, graceMs: flags.grace ?? UNITS.d! };
}

/** What AWS would refuse after the second key is made is refused before. */
function requireName(kind: ConsumerKind, name: string): void {
  if (kind === "command") return;
  const wrong = /\{(?!user\}|account\})[^}]*\}?/.exec(name)?.[0];
  if (wrong !== undefined)
    throw new UsageError(
      `'${wrong}' in '${name}' stands for nothing`,
      "{user} and {account} stand for whose key it is",
    );
  if (kind === "secret") requireSecretName(name.replace(/\{(?:user|account)\}/g, "x"));
}

/** The command is written into the plan, and printed. */
function requireNoSecret(command: string): void {
  const found = detectionsIn(Buffer.from(command)).find(({ confidence }) => confidence !== "low");
  if (found !== undefined)
    throw new UsageError(
      `the command of --to-command holds a secret itself (${found.ruleId})`,
      "let it read that from a file or a variable",
    );
}

function duration(ms: number): string {
  const [unit, size] = Object.entries(UNITS).findLast(([, length]) => ms % length === 0) ?? ["s", 1000];
  return `${ms / size}${unit}`;
}
