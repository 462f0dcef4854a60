import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Account } from "../aws/accounts.ts";
import { AwsClients, type KeyPair } from "../aws/clients.ts";
import { readKeyId } from "../aws/key-id.ts";
import { keysOf, setKeyActive } from "../aws/keys.ts";
import { rotationFile } from "../aws/rotation/plan.ts";
import { ProfileConsumer } from "../aws/rotation/profile-consumer.ts";
import { nameFor } from "../aws/rotation/start.ts";
import { NO_OPTIONS, SecretStore } from "../aws/secret-store.ts";
import { HISTORY_DAYS } from "../aws/trail.ts";
import { Verifier } from "../aws/verify.ts";
import { UsageError } from "../errors.ts";
import type { Finding } from "../policy/finding.ts";
import { Fingerprinter } from "../policy/fingerprint.ts";
import { daysBetween } from "../policy/key-audit.ts";
import { plural, quote } from "../report/human.ts";
import { replaceFile } from "../state/replace-file.ts";
import type { AccountFlags } from "./commands/aws/account-flags.ts";
import { inspectOnline, lookUp, reachKey, usedLine } from "./commands/aws/keys.ts";
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
  readonly recent?: number;
}

/** What came of a step: whether it is over, and what the incident shall remember of it. */
export interface StepResult {
  readonly done: boolean;
  readonly note: string;
}

/** Paths that a step names. */
const SHOWN = 5;
/** When nobody knows since when the key can be known. */
const RECENT_DAYS = 7;

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
    return this.steps[step].does();
  }

  run(step: Step): Promise<StepResult> {
    return this.steps[step].run();
  }

  private readonly steps: Readonly<Record<Step, { does: () => string; run: () => Promise<StepResult> }>> = {
    revoke: {
      does: () => `revoke the ${this.incident.title} where it was issued: ${this.incident.remediation}`,
      run: async () => done("said to be revoked"),
    },
    inspect: {
      does: () => `ask AWS whose ${this.id} is, and when it was used last; changes nothing`,
      run: () => this.inspect(),
    },
    verify: {
      does: () => "ask AWS whether the pair works, by sts:GetCallerIdentity with it; CloudTrail notes that",
      run: () => this.verify(),
    },
    deactivate: {
      does: () =>
        `deactivate ${this.id}: what still uses it stops working, and 'leakwarden aws reactivate' undoes it`,
      run: () => this.deactivate(),
    },
    rotate: { does: () => this.rotationText(), run: () => this.rotate() },
    store: { does: () => this.storeText(), run: () => this.store() },
    trail: {
      does: () => `ask CloudTrail in each region what ${this.id} was used for; changes nothing`,
      run: () => this.trail(),
    },
    clean: {
      does: () =>
        "look whether any version of any file still holds the secret; if so, write it into a file in .git that 'git filter-repo' reads, and say how to take it out",
      run: () => this.clean(),
    },
    allow: {
      does: () =>
        `write the finding in ${this.incident.path} into the ignore file, with the reason "${this.reason() ?? "rotated"}"`,
      run: () => this.allow(),
    },
  };

  private get id(): string {
    return this.incident.key ?? "the key";
  }

  private rotationText(): string {
    const { toSecret = [], toProfile = [], toCommand = [], toGithub = [], grace } = this.flags;
    const names = [...toSecret, ...toProfile, ...toCommand, ...toGithub].map((name) => `'${name}'`);
    const to = names.length === 0 ? "what --to-… names, and none is given" : names.join(", ");
    return `make another key, hand it to ${to}, and delete ${this.id} after ${grace === 0 ? "that" : "the grace"}`;
  }

  private storeText(): string {
    const { fresh } = this.incident;
    const { store } = this.flags;
    const as = store === undefined ? "" : ` as '${store}', a new version if there is one`;
    return `put the new pair${fresh === null ? "" : ` ${fresh}`} into Secrets Manager${as}`;
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
    const { findings } = await this.here();
    const pair = findings.map(pairOfFinding).find((found) => found !== null) ?? null;
    if (pair === null)
      return findings.length === 0
        ? open("nothing holds the pair any more, so that it cannot be asked; --skip verify leaves it")
        : done("not asked: only one half of the pair is here");
    const { state, detail } = await new Verifier(await AwsClients.load(this.io.env)).verify(pair);
    this.say(`${pair.id} is ${state}: ${detail}\n`);
    return state === "unknown" ? open(detail) : done(`${state}: ${detail}`);
  }

  private async deactivate(): Promise<StepResult> {
    const { clients, account, key } = await lookUp(this.io, this.key(), this.flags);
    if (key === null) return done("it is deleted already");
    this.incident.user = key.user;
    const plan = rotationFile(rotationsFolder(this.io, undefined), account, key.user).read();
    if (plan?.fresh === key.id)
      throw new UsageError(
        `${key.id} is the new key of a rotation of ${key.user} that is under way`,
        `'leakwarden aws rotate --user ${key.user} --rollback' deletes it and lets ${plan.old} work again`,
      );
    if (!key.active) return done("it was inactive already");
    await setKeyActive(clients, key, false);
    return done(`deactivated; last used ${usedLine(key)}`);
  }

  private async rotate(): Promise<StepResult> {
    const id = this.key();
    const { clients, account, key } = await lookUp(this.io, id, this.flags);
    const user = key?.user ?? this.incident.user;
    if (user === null) return done("it is deleted already: there is nothing to rotate");
    this.incident.user = user;
    const there = { id: account, clients };
    const replaced = await this.replacedSince(there, user);
    if (replaced !== null) {
      this.incident.fresh = replaced;
      return done(`${replaced} of ${user} has taken its place`);
    }
    const rotator = new Rotator(this.io, there, rotationsFolder(this.io, undefined), {
      ...this.flags,
      yes: true,
    });
    const outcome = await rotator.rotate(user, id);
    switch (outcome.kind) {
      case "done":
        this.incident.fresh = outcome.fresh;
        return done(`${outcome.fresh} of ${user} has taken its place`);
      case "undone":
        return open("an earlier attempt was taken back");
      case "waiting":
        this.incident.fresh = outcome.fresh;
        return open(
          `${outcome.fresh} ${outcome.stage === "both" ? "works beside it" : "has taken its place"}; goes on after ${outcome.until.toISOString()}`,
        );
    }
  }

  /** The key that a run has put in its place which was ended before it could write that down. */
  private async replacedSince({ id, clients }: Account, user: string): Promise<string | null> {
    if (rotationFile(rotationsFolder(this.io, undefined), id, user).read() !== null) return null;
    const keys = await keysOf(clients, user);
    if (keys.some((key) => key.id === this.incident.key)) return null;
    const since = new Date(this.incident.begun);
    return keys.find(({ active, created }) => active && created !== null && created > since)?.id ?? null;
  }

  private async store(): Promise<StepResult> {
    const { fresh, user } = this.incident;
    const { store: name, toProfile = [], toSecret = [] } = this.flags;
    if (fresh === null) return open("the rotation has not made a new key yet");
    const { account, clients } = await reachKey(this.io, this.key(), this.flags);
    const region = clients.requireRegion("Secrets Manager");
    const secrets = new SecretStore(clients);
    if (name !== undefined) {
      const profiles = toProfile.map((template) => nameFor(template, { user: user ?? "", account }));
      const pair = await this.pairOf(fresh, profiles);
      if (pair === null) return open(`no profile that --to-profile names has ${fresh}`);
      await secrets.store(name, await secrets.read(name), pair, NO_OPTIONS);
      return done(`${fresh} is stored as '${name}' in ${region}`);
    }
    for (const template of toSecret) {
      const secret = nameFor(template, { user: user ?? "", account });
      if ((await secrets.read(secret))?.pair?.id === fresh)
        return done(`the rotation has handed it to '${secret}'`);
    }
    return open(
      "say where: --to-secret NAME with the rotation, or --store NAME with the --to-profile that has it",
    );
  }

  private async pairOf(id: string, profiles: readonly string[]): Promise<KeyPair | null> {
    for (const profile of profiles) {
      const pair = await new ProfileConsumer(this.io.env, profile).read();
      if (pair?.id === id) return pair;
    }
    return null;
  }

  private async trail(): Promise<StepResult> {
    const result = await trail(this.io, this.key(), {
      ...this.flags,
      days: HISTORY_DAYS,
      recent: this.recentDays(),
      format: "human",
    });
    this.say([...trailText(result)].join(""));
    const { calls, unusual } = result.trail;
    const what = unusual.length === 0 ? "nothing unusual" : unusual.map(({ kind }) => kind).join(", ");
    const missing =
      result.failed.length === 0 ? "" : `; ${plural(result.failed.length, "region")} could not be asked`;
    return { done: missing === "", note: `${plural(calls, "call")}, ${what}${missing}` };
  }

  /** What a key does for the first time since it can be known is unusual. */
  private recentDays(): number {
    const { since } = this.incident;
    if (this.flags.recent !== undefined) return this.flags.recent;
    if (since === null) return RECENT_DAYS;
    return Math.min(HISTORY_DAYS, daysBetween(new Date(since), new Date()) + 1);
  }

  private async clean(): Promise<StepResult> {
    const book = await this.book();
    const { findings, complete } = await this.here(book);
    if (findings.length === 0) {
      if (!complete) return open("not everything could be read, so that nobody can say that it is gone");
      rmSync(this.replacements(book), { force: true });
      return done("no version of any file holds it");
    }
    const values = [...new Set(findings.map(({ secret }) => secret.reveal()))];
    const paths = [...new Set(findings.flatMap(({ occurrences }) => occurrences.map(({ path }) => path)))];
    const oneLine = values.every((value) => !/[\r\n]/.test(value));
    const file = this.replacements(book);
    if (oneLine) replaceFile(file, values.map((value) => `literal:${value}==>REMOVED\n`).join(""));
    // The shell asks for it: an address may hold a password.
    const remote = `"$(git -C ${quote(book.dir)} remote get-url origin)"`;
    const named = `${paths.slice(0, SHOWN).join(", ")}${paths.length > SHOWN ? ", …" : ""}`;
    this.say(
      [
        `${named} ${paths.length === 1 ? "holds" : "hold"} it, now or in the history. Take it out of the files first. When the key is dead the`,
        "history can stay as it is; to take the secret out of it, with everybody told that history changes:",
        `  git clone --mirror ${remote} rewritten && cd rewritten`,
        oneLine
          ? `  git filter-repo --replace-text ${quote(file)}`
          : `  git filter-repo --invert-paths ${paths.map((path) => `--path ${quote(path)}`).join(" ")}`,
        `  git push --force --mirror ${remote}`,
        "and ask the host to drop what it keeps of old commits (pull requests, caches, forks). Then fetch, or clone anew, and let this",
        "step look again.",
        ...(oneLine
          ? [`${file} holds the secret, for you alone; it is removed when this step is over or left out.`]
          : []),
        "",
      ].join("\n"),
    );
    return open(`still in ${named}; --skip clean leaves it`);
  }

  /** What a step that is left out has written is removed. */
  async forget(step: Step): Promise<void> {
    if (step === "clean") rmSync(this.replacements(await this.book()), { force: true });
  }

  private replacements(book: IgnoreBook): string {
    return join(book.gitDir, "leakwarden-replacements.txt");
  }

  private async allow(): Promise<StepResult> {
    const book = await this.book();
    const { findings, complete } = await this.here(book);
    if (findings.length === 0)
      return complete
        ? done("no version holds it any more: there is nothing to allow")
        : open("not everything could be read");
    const reason = this.reason();
    if (reason === null)
      return open("the key is live, and neither deactivated nor rotated; do that first, or --skip allow");
    const known = new Set(book.entries.map(({ fingerprint }) => fingerprint));
    const fresh = new Map<string, Finding>();
    for (const finding of findings)
      if (!known.has(finding.fingerprint)) fresh.set(finding.fingerprint, finding);
    if (fresh.size === 0) return done("it was allowed already");
    const entries = [...fresh.values()].map((finding) => entryOf(finding, { reason }));
    book.write([...book.entries, ...entries]);
    return done(`allowed as ${reason}`);
  }

  /** What was done, as the ignore file shall say it; null: the secret works. */
  private reason(): string | null {
    const step = (name: Step) => this.incident.steps.find((other) => other.name === name);
    if (step("revoke")?.state === "done") return "revoked";
    if (step("rotate")?.state === "done" || this.incident.fresh !== null) return "rotated";
    if (step("deactivate")?.state === "done") return "deactivated";
    return step("verify")?.note.startsWith("live") ? null : "known, and not rotated";
  }

  private book(): Promise<IgnoreBook> {
    return IgnoreBook.open(this.io, this.flags);
  }

  /** Where the secret or its other half is: staged, on disk, in the history. */
  private async here(book?: IgnoreBook): Promise<{ findings: readonly Finding[]; complete: boolean }> {
    const opened = book ?? (await this.book());
    const { marks, salt } = this.incident;
    const prints = new Fingerprinter(salt);
    const results = await opened.scanEverywhere();
    const isMeant = ({ ruleId, secret }: Finding) =>
      marks.some(({ rule, print }) => rule === ruleId && prints.fingerprint(rule, secret.reveal()) === print);
    return {
      findings: results.flatMap(({ findings }) => findings.filter(isMeant)),
      complete: results.every(({ coverage }) => coverage.complete),
    };
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
