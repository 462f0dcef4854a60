import { rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { accountFor } from "../aws/accounts.ts";
import { callerOf } from "../aws/caller.ts";
import { AwsClients } from "../aws/clients.ts";
import { readKeyId } from "../aws/key-id.ts";
import { setKeyActive } from "../aws/keys.ts";
import { ProfileConsumer } from "../aws/rotation/profile-consumer.ts";
import { NO_OPTIONS, SecretStore } from "../aws/secret-store.ts";
import { Verifier } from "../aws/verify.ts";
import { UsageError } from "../errors.ts";
import { openRepository } from "../git/repository.ts";
import type { Finding } from "../policy/finding.ts";
import { replaceFile } from "../state/replace-file.ts";
import { type AccountFlags, accountChoice } from "./commands/aws/account-flags.ts";
import { inspectOnline, ownKey, usedLine } from "./commands/aws/keys.ts";
import { type ConsumerFlags, Rotator, rotationsFolder } from "./commands/aws/rotator.ts";
import { fieldLines } from "./commands/aws/subject.ts";
import { trail, human as trailText } from "./commands/aws/trail.ts";
import { entryOf, IgnoreBook } from "./ignore-book.ts";
import type { Incident, Step } from "./incident.ts";
import { type Io, writeReport } from "./io.ts";
import { pairOfFinding } from "./verify.ts";

export interface ResponseFlags extends ConsumerFlags, AccountFlags {
  readonly repo?: string;
  readonly store?: string;
}

/** What came of a step: whether it is over, and what the incident shall remember of it. */
export interface StepResult {
  readonly done: boolean;
  readonly note: string;
}

const done = (note: string): StepResult => ({ done: true, note });
const open = (note: string): StepResult => ({ done: false, note });

/** The steps of the answer to one leak. */
export class Response {
  private readonly io: Io;
  private readonly incident: Incident;
  private readonly flags: ResponseFlags;

  constructor(io: Io, incident: Incident, flags: ResponseFlags) {
    this.io = io;
    this.incident = incident;
    this.flags = flags;
  }

  /** What a step is going to do, in one line. */
  describe(step: Step): string {
    const { key, title, path } = this.incident;
    const id = key ?? "the key";
    switch (step) {
      case "revoke":
        return `revoke the ${title} where it was issued: ${this.incident.remediation}`;
      case "inspect":
        return `ask AWS whose ${id} is, and when it was used last; changes nothing`;
      case "verify":
        return "ask AWS whether the pair works, by sts:GetCallerIdentity with it; CloudTrail notes that";
      case "deactivate":
        return `deactivate ${id}: what still uses it stops working, and 'leakwarden aws reactivate' undoes it`;
      case "rotate":
        return `make another key, hand it to what needs one, and delete ${id} after ${this.flags.grace === 0 ? "that" : "the grace"}`;
      case "store":
        return "put the new pair into Secrets Manager";
      case "trail":
        return `ask CloudTrail in all regions what ${id} was used for; changes nothing`;
      case "clean":
        return "look whether any version of any file still holds the secret, and write down how to take it out";
      case "allow":
        return `write the finding in ${path} into the ignore file, with the reason "rotated"`;
    }
  }

  run(step: Step): Promise<StepResult> {
    switch (step) {
      case "revoke":
        return Promise.resolve(done("said to be revoked"));
      case "inspect":
        return this.inspect();
      case "verify":
        return this.verify();
      case "deactivate":
        return this.deactivate();
      case "rotate":
        return this.rotate();
      case "store":
        return this.store();
      case "trail":
        return this.trail();
      case "clean":
        return this.clean();
      case "allow":
        return this.allow();
    }
  }

  private async inspect(): Promise<StepResult> {
    const facts = readKeyId(this.key())!;
    const answers = await inspectOnline(this.io, facts, this.flags);
    this.say(
      fieldLines({ key: facts.id, kind: facts.kind, account: facts.account ?? "unknown", ...answers }),
    );
    if (answers.user !== undefined) this.incident.user = answers.user;
    if (answers.asked !== undefined && !facts.canary) return open(answers.asked);
    return done(
      answers.status === undefined ? (answers.ours ?? "a trap") : `${answers.user}, ${answers.status}`,
    );
  }

  private async verify(): Promise<StepResult> {
    const finding = await this.finding();
    const pair = finding === null ? null : pairOfFinding(finding);
    if (pair === null) return done("not asked: only one half of the pair is here");
    const { state, detail } = await new Verifier(await AwsClients.load(this.io.env)).verify(pair);
    this.say(`${pair.id} is ${state}: ${detail}\n`);
    return state === "unknown" ? open(detail) : done(`${state}: ${detail}`);
  }

  private async deactivate(): Promise<StepResult> {
    const { clients, key } = await ownKey(this.io, this.key(), this.flags);
    this.incident.user = key.user;
    if (!key.active) return done("it was inactive already");
    await setKeyActive(clients, key, false);
    return done(`deactivated; last used ${usedLine(key)}`);
  }

  private async rotate(): Promise<StepResult> {
    const id = this.key();
    const clients = await AwsClients.load(this.io.env);
    const caller = await callerOf(clients);
    const account = readKeyId(id)!.account ?? caller.account;
    const there = await accountFor(clients, caller, account, accountChoice(this.flags));
    const user = this.incident.user ?? (await ownKey(this.io, id, this.flags)).key.user;
    this.incident.user = user;
    const rotator = new Rotator(this.io, there, rotationsFolder(this.io, undefined), {
      ...this.flags,
      yes: true,
    });
    const outcome = await rotator.rotate(user, id);
    switch (outcome.kind) {
      case "done":
        return done(`another key of ${user} has taken its place`);
      case "undone":
        return open("an earlier attempt was taken back");
      case "waiting":
        return open(`goes on after ${outcome.until.toISOString()}`);
    }
  }

  private async store(): Promise<StepResult> {
    const { store: name, toProfile = [], toSecret = [] } = this.flags;
    if (toSecret.length > 0 && name === undefined)
      return done(`the rotation hands it to '${toSecret.join("', '")}'`);
    const [profile] = toProfile;
    if (name === undefined || profile === undefined)
      return open(
        "say where: --to-secret NAME with the rotation, or --store NAME with the --to-profile that has it",
      );
    const pair = await new ProfileConsumer(this.io.env, profile).read();
    if (pair === null || pair.id === this.key()) return open(`the profile '${profile}' has no new pair yet`);
    const clients = await AwsClients.load(this.io.env);
    const region = clients.requireRegion("Secrets Manager");
    const secrets = new SecretStore(clients);
    await secrets.store(name, await secrets.read(name), pair, NO_OPTIONS);
    return done(`${pair.id} is stored as '${name}' in ${region}`);
  }

  private async trail(): Promise<StepResult> {
    const result = await trail(this.io, this.key(), { ...this.flags, days: 90, recent: 7, format: "human" });
    this.say([...trailText(result)].join(""));
    const { calls, unusual } = result.trail;
    const what = unusual.length === 0 ? "nothing unusual" : unusual.map(({ kind }) => kind).join(", ");
    const missing = result.failed.length === 0 ? "" : `; ${result.failed.length} regions could not be asked`;
    return { done: missing === "", note: `${calls} calls, ${what}${missing}` };
  }

  private async clean(): Promise<StepResult> {
    const repository = await openRepository(resolve(this.io.cwd, this.flags.repo ?? "."));
    const file = join(repository.gitDir, "leakwarden-replacements.txt");
    const { result } = await (await IgnoreBook.open(this.io, this.flags)).compare();
    if (!result.coverage.complete) return open("the history could not be read as a whole");
    const left = result.findings.find(({ fingerprint }) => fingerprint === this.incident.fingerprint);
    if (left === undefined) {
      rmSync(file, { force: true });
      return done("no version of any file holds it");
    }
    const values = [left, left.partner].flatMap((finding) => finding?.secret.reveal() ?? []);
    const paths = [...new Set(left.occurrences.map(({ path }) => path))];
    const oneLine = values.every((value) => !/[\r\n]/.test(value));
    if (oneLine) replaceFile(file, values.map((value) => `literal:${value}==>REMOVED\n`).join(""));
    const name = relative(this.io.cwd, file);
    const how = oneLine
      ? `--replace-text ${name}`
      : `--invert-paths ${paths.map((path) => `--path '${path}'`).join(" ")}`;
    this.say(
      [
        `${left.occurrenceCount} places in ${paths.length} files hold it. When the key is dead the history can stay as it is; to take the secret out,`,
        "in a fresh clone, with everybody told that history changes:",
        `  git filter-repo ${how}`,
        "  git push --force --mirror",
        "and ask the host to drop what it keeps of old commits (pull requests, caches, forks).",
        ...(oneLine
          ? [`'${name}' holds the secret: it is removed when this step finds the history clean.`]
          : []),
        "",
      ].join("\n"),
    );
    return open(`still in ${left.occurrenceCount} places; --skip clean leaves it`);
  }

  private async allow(): Promise<StepResult> {
    const book = await IgnoreBook.open(this.io, this.flags);
    const finding = await this.finding(book);
    if (finding === null) return done("no version holds it any more: there is nothing to allow");
    const halves = [finding, finding.partner].filter((half): half is Finding => half !== null);
    const known = new Set(book.entries.map(({ fingerprint }) => fingerprint));
    const fresh = halves.filter(({ fingerprint }) => !known.has(fingerprint));
    if (fresh.length > 0)
      book.write([...book.entries, ...fresh.map((half) => entryOf(half, { reason: "rotated" }))]);
    return done(fresh.length === 0 ? "it was allowed already" : "allowed as rotated");
  }

  /** @returns null when nothing holds it any more */
  private async finding(book?: IgnoreBook): Promise<Finding | null> {
    const opened = book ?? (await IgnoreBook.open(this.io, this.flags));
    try {
      return await opened.find(this.incident.fingerprint);
    } catch (error) {
      if (error instanceof UsageError) return null;
      throw error;
    }
  }

  private key(): string {
    const { key } = this.incident;
    if (key !== null) return key;
    throw new UsageError(
      "only the secret half was found, and AWS is asked by access key ID",
      "find the ID that belongs to it, and use 'leakwarden aws'; --skip leaves a step",
    );
  }

  private say(text: string): void {
    writeReport(this.io, null, [text]);
  }
}
