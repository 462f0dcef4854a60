import { AwsError, LeakwardenError } from "../../errors.ts";
import { type AwsClients, credentialsOf, type KeyPair } from "../clients.ts";
import { deleteKey, keysOf, lastUseOf, setKeyActive } from "../keys.ts";
import type { Consumer } from "./consumer.ts";
import { FreshKey } from "./fresh-key.ts";
import type { Journal } from "./journal.ts";
import type { RotationState } from "./plan.ts";
import { proveWorks, untilKnown } from "./proof.ts";

export type Outcome =
  | { readonly kind: "done"; readonly fresh: string }
  | {
      readonly kind: "waiting";
      readonly stage: "both" | "grace";
      readonly until: Date;
      readonly fresh: string;
    }
  | ({ readonly kind: "undone" } & Undone);

/** What came of going back. */
export interface Undone {
  /** Consumers that cannot be given back what they had: then both keys work, and nothing else is changed. */
  readonly stuck: readonly string[];
  /** Consumers to which somebody else has given something since. */
  readonly changed: readonly string[];
}

/**
 * The rotation of one key. Each step is written down before the next, so that a run which is killed anywhere is gone on with:
 *
 *     making    a key that appeared since the making of one began is this rotation's: its pair is read back from a consumer,
 *               or, when its secret died with the run, it is deleted and another one made
 *     both      nothing is lost: consumers have the new key, and the old one works
 *     grace     the old key is inactive
 *     deleting  the old key is deleted: from here it only goes forwards
 *     undoing   consumers get back what they had, the old key works, the new one goes
 *
 * What is done twice does nothing the second time. The new key is deleted only while the old one works and no consumer can
 * have the new one.
 */
export class Rotation {
  private clients: AwsClients;
  private readonly journal: Journal;
  private readonly consumersFor: (clients: AwsClients, state: RotationState) => Consumer[];
  private consumers: readonly Consumer[];
  private readonly say: (text: string) => void;
  private fresh: FreshKey;
  private handedNow = false;

  constructor(
    clients: AwsClients,
    journal: Journal,
    consumersFor: (clients: AwsClients, state: RotationState) => Consumer[],
    say: (text: string) => void,
  ) {
    this.clients = clients;
    this.journal = journal;
    this.consumersFor = consumersFor;
    this.consumers = consumersFor(clients, journal.state);
    this.say = say;
    this.fresh = new FreshKey(clients, journal, this.consumers, say);
  }

  /**
   * Goes on as far as it can now.
   * @throws {LeakwardenError} when a step fails; what was done is taken back where it can be
   */
  async advance(): Promise<Outcome> {
    if (this.state.stage === "undoing") return { kind: "undone", ...(await this.undo()) };
    if (this.state.stage === "making") await this.orUndo(() => this.make());
    const fresh = this.state.fresh!;
    if (this.state.stage === "both") {
      const until = this.after(this.state.handedAt, this.state.overlapMs);
      if (until.getTime() > Date.now()) return { kind: "waiting", stage: "both", until, fresh };
      // Programs that were started since have the new key and nothing else: then nothing is taken back by itself.
      if (this.handedNow) await this.orUndo(() => this.stopOld());
      else {
        await this.requireFresh();
        await this.stopOld();
      }
    }
    if (this.state.stage === "grace") {
      const until = this.after(this.state.toldAt ?? this.state.stoppedAt, this.state.graceMs);
      if (until.getTime() > Date.now()) return { kind: "waiting", stage: "grace", until, fresh };
      await this.requireUnused();
      await this.requireFresh();
      this.journal.save({ stage: "deleting" });
    }
    await this.finish();
    return { kind: "done", fresh };
  }

  /**
   * Takes back what was done: the old key works, consumers have it again, the new one is gone.
   * @throws {AwsError} when the old key does not work any more, and for what AWS refuses
   */
  async undo(): Promise<Undone> {
    const { user, old, oldActive, stoppedAt } = this.state;
    const key = (await keysOf(this.clients, user)).find(({ id }) => id === old);
    const stopped = oldActive && stoppedAt !== null;
    if (this.state.stage === "deleting" || key === undefined) throw noWayBack(`${old} is deleted`);
    if (!key.active && !stopped && this.isGiven())
      throw noWayBack(`${old} is inactive, and not by this rotation`);
    this.journal.save({ stage: "undoing" });
    if (!key.active && stopped) {
      await setKeyActive(this.clients, key, true);
      this.say(`${old} works again`);
    }
    const stuck = this.stuckConsumers();
    if (stuck.length > 0) {
      const given = this.state.consumers.every((consumer) => consumer.given === "yes");
      this.journal.save({
        stage: given ? "both" : "making",
        handedAt: new Date().toISOString(),
        stoppedAt: null,
        usedAt: null,
        toldAt: null,
      });
      return { stuck, changed: [] };
    }
    const changed = await this.restored();
    await this.proveHeld(old);
    await this.fresh.remove();
    for (const consumer of this.consumers) await consumer.settle();
    this.journal.end();
    return { stuck, changed };
  }

  private stuckConsumers(): string[] {
    const isStuck = ([i, consumer]: [number, Consumer]) => {
      const { before, given } = this.journal.consumer(i);
      return given !== "no" && !consumer.canRestore(before, this.state);
    };
    return [...this.consumers.entries()].filter(isStuck).map(([, { what }]) => what);
  }

  /** @returns consumers that somebody else has given something */
  private async restored(): Promise<string[]> {
    const { fresh } = this.state;
    const changed: string[] = [];
    for (const [i, consumer] of [...this.consumers.entries()].reverse()) {
      const { before, given } = this.journal.consumer(i);
      if (given === "no" || fresh === null) continue;
      const asBefore = await consumer.restore(before, this.state, fresh);
      this.journal.give(i, "no");
      if (asBefore) this.say(`${consumer.what} is as before`);
      else changed.push(consumer.what);
    }
    return changed;
  }

  /** When a step fails, what was done is taken back, unless a consumer would be left with a key that is gone. */
  private async orUndo(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof LeakwardenError)) throw error;
      const held = [...this.consumers.entries()].filter(
        ([i, { readable }]) => !readable && this.journal.consumer(i).given !== "no",
      );
      if (held.length > 0) {
        const names = held.map(([, { what }]) => what).join(", ");
        const stale = held.some(([i]) => this.journal.consumer(i).given === "stale");
        const kept = stale
          ? `${names} may have a key that is deleted until the same command is run again`
          : `${names} has the new key or may have it, so that it stays; the same command goes on`;
        throw added(error, `${kept}${await this.oldText()}`);
      }
      throw added(error, await this.undoneText());
    }
  }

  /** What no longer works by a step that failed works again. */
  private async oldText(): Promise<string> {
    const { user, old, oldActive } = this.state;
    try {
      const key = (await keysOf(this.clients, user)).find(({ id }) => id === old);
      if (key?.active === false && oldActive) await setKeyActive(this.clients, key, true);
      if (key?.active === true || (key !== undefined && oldActive)) return `, and ${old} works`;
      return key === undefined ? `; ${old} is gone` : `; ${old} is inactive, as it was`;
    } catch {
      return `; whether ${old} works cannot be told`;
    }
  }

  private async undoneText(): Promise<string> {
    try {
      const { stuck, changed } = await this.undo();
      if (changed.length > 0)
        return `all is taken back, but ${changed.join(", ")} has something else than before`;
      if (stuck.length === 0) return "everything is as before";
      return `${stuck.join(", ")} cannot be given back what it had, so both keys stay active; the same command goes on`;
    } catch (error) {
      return `taking back what was done failed too (${(error as Error).message}); the same command goes on`;
    }
  }

  private async make(): Promise<void> {
    if (this.state.fresh === null || this.state.consumers.some(({ given }) => given !== "yes")) {
      const pair = await this.fresh.pair();
      // Consumers get only what works.
      await proveWorks(this.clients, pair);
      this.say(`${pair.id} works`);
      for (const i of this.consumers.keys()) await this.hand(i, pair);
      await this.switchTo(pair);
    }
    await this.proveHeld(this.state.fresh!);
    this.handedNow = true;
    this.journal.save({ stage: "both", handedAt: new Date().toISOString() });
  }

  private async hand(i: number, pair: KeyPair): Promise<void> {
    const consumer = this.consumers[i]!;
    const { given } = this.journal.consumer(i);
    if (given === "yes") return;
    if (given === "no") this.journal.give(i, "maybe");
    try {
      await consumer.put(pair, this.state);
    } catch (error) {
      if (given === "no" && consumer.failsWhole) this.journal.give(i, "no");
      throw error;
    }
    this.journal.give(i, "yes");
    this.say(`${consumer.what} has it`);
  }

  /** What consumers hold works, as far as they can be read. */
  private async proveHeld(id: string): Promise<void> {
    for (const [i, consumer] of this.consumers.entries()) {
      if (!consumer.readable) continue;
      const held = await consumer.read();
      if (held?.id === id) await proveWorks(this.clients, held, 1);
      else if (this.journal.consumer(i).given === "yes") {
        throw new AwsError(`${consumer.what} holds ${held?.id ?? "no key"} and not ${id}`, {
          reason: "consumer",
          hint: "something else writes to it",
        });
      }
    }
  }

  /**
   * The old key goes only while the new one works at its consumers, whatever was done since it was handed over.
   * @throws {AwsError} when it does not
   */
  private async requireFresh(): Promise<void> {
    const { user, old, fresh } = this.state;
    const key = (await keysOf(this.clients, user)).find(({ id }) => id === fresh);
    if (key?.active !== true) {
      throw new AwsError(
        `${fresh}, which shall take the place of ${old}, is ${key === undefined ? "gone" : "inactive"}`,
        {
          reason: "consumer",
          hint: "--rollback lets the old key work again, and takes this rotation back",
        },
      );
    }
    await this.proveHeld(fresh!);
  }

  /** When it is its own key that a user rotates, the rest is done with the new one. */
  private async switchTo(pair: KeyPair): Promise<void> {
    if (!(await this.isOwnKey())) return;
    const clients = this.clients.as(credentialsOf(pair));
    await untilKnown(`the key ${pair.id}`, async () => {
      await keysOf(clients, this.state.user);
    });
    this.clients = clients;
    this.consumers = this.consumersFor(clients, this.state);
    this.fresh = new FreshKey(clients, this.journal, this.consumers, this.say);
  }

  private async isOwnKey(): Promise<boolean> {
    const { accessKeyId } = await this.clients.iam.config.credentials();
    return accessKeyId === this.state.old;
  }

  private async stopOld(): Promise<void> {
    const { user, old, fresh } = this.state;
    if (await this.isOwnKey()) {
      const pair = await this.fresh.heldPair(fresh!);
      if (pair === null)
        throw new AwsError(
          `the credentials that are used here are ${old} itself, which is to be deactivated`,
          {
            reason: "consumer",
            hint: `use ${fresh} instead, or others that may do it`,
          },
        );
      await this.switchTo(pair);
    }
    const key = (await keysOf(this.clients, user)).find(({ id }) => id === old);
    // Written down first: what is taken back must know that it may be inactive.
    this.journal.save({ stoppedAt: this.clients.now().toISOString(), usedAt: null, toldAt: null });
    if (key?.active === true) {
      await setKeyActive(this.clients, key, false);
      this.say(`${old} is deactivated; ${fresh} has taken its place`);
    }
    this.journal.save({ stage: "grace", stoppedAt: this.clients.now().toISOString() });
  }

  /** A use is told once: after another grace without one the old key can go. */
  private async requireUnused(): Promise<void> {
    const { old, stoppedAt, usedAt } = this.state;
    const used = (await lastUseOf(this.clients, old))?.lastUsed ?? null;
    if (used === null || used.date <= new Date(usedAt ?? stoppedAt!)) return;
    this.journal.save({ usedAt: used.date.toISOString(), toldAt: new Date().toISOString() });
    throw new AwsError(
      `${old} was used after it was deactivated, at ${used.date.toISOString()} for ${used.service} in ${used.region}: something still has it`,
      {
        reason: "still-used",
        hint: "find out what with 'leakwarden aws trail', and give it the new key; the grace begins anew, and the same command goes on then. --rollback lets the old key work again",
      },
    );
  }

  private async finish(): Promise<void> {
    const { user, old, fresh } = this.state;
    await deleteKey(this.clients, { user, id: old });
    for (const consumer of this.consumers) await consumer.settle();
    this.journal.end();
    this.say(`${old} is deleted; ${fresh} has taken its place`);
  }

  private isGiven(): boolean {
    return this.state.consumers.some(({ given }) => given !== "no");
  }

  private after(from: string | null, ms: number): Date {
    return new Date(Date.parse(from ?? this.state.begun) + ms);
  }

  private get state(): RotationState {
    return this.journal.state;
  }
}

function noWayBack(why: string): AwsError {
  return new AwsError(`${why}: this rotation can only go forwards`, {
    reason: "consumer",
    hint: "run it without --rollback",
  });
}

/** The same error, with what it has come to. */
function added(error: LeakwardenError, what: string): LeakwardenError {
  const { hint } = error;
  return new AwsError(`${error.message}; ${what}`, {
    reason: error instanceof AwsError ? error.reason : "other",
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}
