import { setTimeout as sleep } from "node:timers/promises";
import { AwsError, LeakwardenError } from "../../errors.ts";
import type { StateFile } from "../../state/state-file.ts";
import { type AwsClients, credentialsOf, type KeyPair } from "../clients.ts";
import { createKey, deleteKey, keysOf, lastUseOf, type OwnedKey, setKeyActive } from "../keys.ts";
import type { Consumer, Handover } from "./consumer.ts";
import type { ConsumerState, RotationState } from "./plan.ts";
import { proveWorks } from "./proof.ts";

/** A consumer with what the plan says of it. */
export interface PlannedConsumer {
  readonly consumer: Consumer;
  readonly state: ConsumerState;
}

export type Outcome =
  | { readonly kind: "done" }
  /** An earlier run had failed, and has been taken back. */
  | { readonly kind: "undone"; readonly stuck: readonly string[] }
  | { readonly kind: "waiting"; readonly stage: "both" | "grace"; readonly until: Date };

/** A created key that `ListAccessKeys` does not show yet. */
const UNSEEN_WAIT_MS = 3000;
const UNSEEN_TRIES = 20;

/**
 * The rotation of one key. Each step is written down before the next, so that a run which is killed anywhere is gone on with:
 *
 *     making   a key that is not among those the user had is this rotation's: its pair is read back from a consumer, or,
 *              when its secret died with the run, it is deleted and another one made
 *     both     nothing is lost: consumers have the new key, and the old one works
 *     grace    the old key is inactive
 *     undoing  consumers get back what they had, the old key works, the new one goes
 *
 * What is done twice does nothing the second time. No consumer is ever without a key that works, but one that cannot be
 * read and was given a key by a run that was killed before the others had it: it waits for the next.
 */
export class Rotation {
  private clients: AwsClients;
  private readonly file: StateFile<RotationState>;
  private state: RotationState;
  private readonly consumers: readonly PlannedConsumer[];
  private readonly say: (text: string) => void;

  constructor(
    clients: AwsClients,
    file: StateFile<RotationState>,
    state: RotationState,
    consumers: readonly Consumer[],
    say: (text: string) => void,
  ) {
    this.clients = clients;
    this.file = file;
    this.state = state;
    this.consumers = consumers.map((consumer, i) => ({ consumer, state: state.consumers[i]! }));
    this.say = say;
  }

  /**
   * Goes on as far as it can now.
   * @throws {LeakwardenError} when a step fails; what was done is taken back where it can be
   */
  async advance(): Promise<Outcome> {
    if (this.state.stage === "undoing") return { kind: "undone", stuck: await this.undo() };
    if (this.state.stage === "making") await this.orUndo(() => this.make());
    if (this.state.stage === "both") {
      const until = this.after(this.state.handedAt, this.state.overlapMs);
      if (until.getTime() > Date.now()) return { kind: "waiting", stage: "both", until };
      await this.orUndo(() => this.stopOld());
    }
    const until = this.after(this.state.stoppedAt, this.state.graceMs);
    if (until.getTime() > Date.now()) return { kind: "waiting", stage: "grace", until };
    await this.finish();
    return { kind: "done" };
  }

  /**
   * Takes back what was done: the old key works, consumers have it again, the new one is gone.
   * @returns consumers that cannot be given back what they had; for them the new key stays
   */
  async undo(): Promise<readonly string[]> {
    this.save({ stage: "undoing" });
    const { user, old, oldActive, fresh, stoppedAt } = this.state;
    const keys = await keysOf(this.clients, user);
    const oldKey = keys.find(({ id }) => id === old);
    if (oldActive && stoppedAt !== null && oldKey?.active === false) {
      await setKeyActive(this.clients, oldKey, true);
      this.say(`${old} works again`);
    }
    const stuck: string[] = [];
    for (const { consumer, state } of [...this.consumers].reverse()) {
      if (fresh === null) continue;
      const restored = await consumer.restore(state.before, fresh);
      if (!restored && state.handed) stuck.push(consumer.what);
      else if (state.handed) this.say(`${consumer.what} is as before`);
    }
    const freshKey = keys.find(({ id }) => id === fresh);
    if (freshKey !== undefined && stuck.length === 0) {
      await deleteKey(this.clients, freshKey);
      this.say(`${freshKey.id} is deleted`);
    }
    for (const { consumer } of this.consumers) await consumer.settle();
    this.file.remove();
    return stuck;
  }

  private restart(): void {
    for (const { state } of this.consumers) state.handed = false;
    this.state = { ...this.state, fresh: null, stage: "making", handedAt: null, stoppedAt: null };
    this.file.write(this.state);
  }

  /** When a step fails, what was done is taken back, unless a consumer would be left with a key that is gone. */
  private async orUndo(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof LeakwardenError)) throw error;
      const stuck = this.consumers.filter(({ consumer, state }) => state.handed && !consumer.readable);
      if (stuck.length > 0) {
        const names = stuck.map(({ consumer }) => consumer.what).join(", ");
        throw added(error, `${names} has the new key, so both keys stay active; the same command goes on`);
      }
      try {
        await this.undo();
      } catch (second) {
        throw added(
          error,
          `taking back what was done failed too (${(second as Error).message}); the same command goes on with that`,
        );
      }
      throw added(error, "everything is as before");
    }
  }

  private async make(): Promise<void> {
    // Consumers get only what works.
    if (this.state.fresh === null || this.consumers.some(({ state }) => !state.handed)) {
      const pair = (await this.recovered()) ?? (await this.made());
      await proveWorks(this.clients, pair);
      this.say(`${pair.id} works`);
      const handover: Handover = this.state;
      for (const { consumer, state } of this.consumers) {
        if (state.handed) continue;
        await consumer.put(pair, handover);
        state.handed = true;
        this.save({});
        this.say(`${consumer.what} has it`);
      }
      await this.switchTo(pair);
    }
    await this.proveHanded();
    this.save({ stage: "both", handedAt: new Date().toISOString() });
  }

  /** What consumers hold is what works, as far as they can be read. */
  private async proveHanded(): Promise<void> {
    for (const { consumer } of this.consumers) {
      if (!consumer.readable) continue;
      const held = await consumer.read();
      if (held?.id !== this.state.fresh) {
        throw new AwsError(`${consumer.what} holds ${held?.id ?? "no key"} and not ${this.state.fresh}`, {
          reason: "consumer",
          hint: "something else writes to it",
        });
      }
      await proveWorks(this.clients, held!);
    }
  }

  private async made(): Promise<KeyPair> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const pair = await createKey(this.clients, this.state.user);
        this.save({ fresh: pair.id });
        this.say(`${pair.id} is made`);
        return pair;
      } catch (error) {
        const unseen = error instanceof AwsError && error.reason === "limit" && this.state.had.length < 2;
        if (!unseen || attempt === UNSEEN_TRIES) throw error;
        // A run that was killed has made one, which IAM does not show everywhere yet.
        await sleep(UNSEEN_WAIT_MS);
        const pair = await this.recovered();
        if (pair !== null) return pair;
      }
    }
  }

  /** The pair of a key that an earlier run has made; a key of which nobody has the secret is deleted. */
  private async recovered(): Promise<KeyPair | null> {
    const keys = await keysOf(this.clients, this.state.user);
    const stranger = keys.find(({ id }) => !this.state.had.includes(id));
    if (stranger === undefined) {
      if (this.state.fresh !== null) this.restart();
      return null;
    }
    await this.requireOurs(stranger);
    for (const { consumer } of this.consumers) {
      const held = await consumer.read();
      if (held?.id !== stranger.id) continue;
      this.save({ fresh: stranger.id });
      return held;
    }
    await deleteKey(this.clients, stranger);
    this.say(`${stranger.id}, which a run that was ended has left without its secret, is deleted`);
    this.restart();
    return null;
  }

  /** A key that appeared since the rotation began is held to be its own as long as nobody has used it. */
  private async requireOurs({ id }: OwnedKey): Promise<void> {
    if (id === this.state.fresh) return;
    const used = await lastUseOf(this.clients, id);
    if (this.state.fresh === null && (used === null || used.lastUsed === null)) return;
    throw new AwsError(`${this.state.user} has got the key ${id} meanwhile, which is not of this rotation`, {
      reason: "consumer",
      hint: `see with 'leakwarden aws inspect ${id}' whose it is; '--rollback' ends this rotation`,
    });
  }

  /** When it is its own key that a user rotates, the rest is done with the new one. */
  private async switchTo(pair: KeyPair): Promise<void> {
    const { accessKeyId } = await this.clients.iam.config.credentials();
    if (accessKeyId === this.state.old) this.clients = this.clients.as(credentialsOf(pair));
  }

  private async stopOld(): Promise<void> {
    const { user, old } = this.state;
    const key = (await keysOf(this.clients, user)).find(({ id }) => id === old);
    // Written down first: what is taken back must know that it may be inactive.
    this.save({ stoppedAt: new Date().toISOString() });
    if (key?.active === true) {
      await setKeyActive(this.clients, key, false);
      this.say(`${old} is deactivated`);
    }
    this.save({ stage: "grace", stoppedAt: new Date().toISOString() });
  }

  private async finish(): Promise<void> {
    const { user, old, stoppedAt } = this.state;
    const key = (await keysOf(this.clients, user)).find(({ id }) => id === old);
    if (key !== undefined) {
      const lastUsed = (await lastUseOf(this.clients, old))?.lastUsed ?? null;
      if (lastUsed !== null && lastUsed.date > new Date(stoppedAt!)) {
        throw new AwsError(
          `${old} was used after it was deactivated, at ${lastUsed.date.toISOString()} for ${lastUsed.service} in ${lastUsed.region}: something still has it`,
          {
            reason: "still-used",
            hint: "find out what with 'leakwarden aws trail', give it the new key, and run the same command again; --rollback lets the old key work again",
          },
        );
      }
      await deleteKey(this.clients, key);
    }
    for (const { consumer } of this.consumers) await consumer.settle();
    this.file.remove();
    this.say(`${old} is deleted; ${this.state.fresh} has taken its place`);
  }

  private after(from: string | null, ms: number): Date {
    return new Date(Date.parse(from ?? this.state.begun) + ms);
  }

  private save(change: Partial<RotationState>): void {
    this.state = { ...this.state, ...change };
    this.file.write(this.state);
  }
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
