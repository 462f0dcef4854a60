import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { AwsError } from "../../errors.ts";
import type { AwsClients, KeyPair } from "../clients.ts";
import { createKey, deleteKey, keysOf, lastUseOf, type OwnedKey } from "../keys.ts";
import type { Consumer } from "./consumer.ts";
import type { Journal } from "./journal.ts";

/** A key that was just made or deleted, IAM shows so after some seconds. */
const UNSEEN_WAIT_MS = 1000;
const UNSEEN_TRIES = 4;
/** By then it shows it everywhere. */
const SETTLED_MS = 120_000;
/** An attempt to make a key takes no longer; and what AWS's clock and this one's may differ by, as far as nobody has told. */
const ATTEMPT_MS = 5 * 60_000;
/** As often a key is asked for when AWS has too much to do. */
const MOST_THROTTLED = 5;
/** What refuses to make a key has made none. */
const REFUSALS = [
  "denied",
  "limit",
  "missing",
  "throttled",
  "invalid",
  "mismatch",
  "expired",
  "no-credentials",
];

/** The new key of a rotation, which is made once whatever becomes of the runs that make it. */
export class FreshKey {
  private readonly clients: AwsClients;
  private readonly journal: Journal;
  private readonly consumers: readonly Consumer[];
  private readonly say: (text: string) => void;

  constructor(
    clients: AwsClients,
    journal: Journal,
    consumers: readonly Consumer[],
    say: (text: string) => void,
  ) {
    this.clients = clients;
    this.journal = journal;
    this.consumers = consumers;
    this.say = say;
  }

  /** Its pair: that of an earlier run, or a new one. */
  async pair(): Promise<KeyPair> {
    return (await this.recovered()) ?? (await this.made());
  }

  /** Deletes what this rotation has made, also when it was ended before it knew what that is. */
  async remove(): Promise<void> {
    const { fresh, creating, user } = this.journal.state;
    if (fresh === null && creating === null) return;
    for (let attempt = 1; ; attempt += 1) {
      const id = fresh ?? (await this.stranger())?.id;
      if (id !== undefined && (await deleteKey(this.clients, { user, id }))) {
        this.say(`${id} is deleted`);
        return;
      }
      if (Date.now() - Date.parse(creating ?? "") > SETTLED_MS) return;
      if (attempt === UNSEEN_TRIES) break;
      await sleep(UNSEEN_WAIT_MS);
    }
    // It was deleted by a run that was ended, or IAM does not show it yet.
    if (fresh !== null) return;
    throw new AwsError("AWS may have made a key that it does not show yet", {
      reason: "unseen",
      hint: "run the same command again in two minutes: it goes on with taking back",
    });
  }

  private async made(): Promise<KeyPair> {
    for (let attempt = 1; ; attempt += 1) {
      const earlier = this.journal.state.creating;
      const now = this.clients.now().toISOString();
      this.journal.save({ creating: earlier ?? now, triedAt: now });
      try {
        const pair = await createKey(this.clients, this.journal.state.user);
        this.journal.save({ fresh: pair.id });
        this.say(`${pair.id} is made`);
        return pair;
      } catch (error) {
        if (!(error instanceof AwsError) || !REFUSALS.includes(error.reason)) throw error;
        this.journal.save({ creating: earlier });
        if (error.reason === "throttled" && attempt < MOST_THROTTLED) {
          await sleep(attempt * UNSEEN_WAIT_MS);
          continue;
        }
        // A run that was killed has made one, which IAM does not show everywhere yet.
        if (error.reason !== "limit" || earlier === null || attempt > UNSEEN_TRIES) throw error;
        await sleep(UNSEEN_WAIT_MS);
        const pair = await this.recovered();
        if (pair !== null) return pair;
      }
    }
  }

  /** The pair of a key that an earlier run has made; a key of which nobody has the secret is deleted. */
  private async recovered(): Promise<KeyPair | null> {
    const { fresh, user } = this.journal.state;
    const id = fresh ?? (await this.stranger())?.id;
    if (id === undefined) return null;
    const held = await this.heldPair(id);
    if (held !== null) {
      this.journal.save({ fresh: id });
      return held;
    }
    const listed = (await keysOf(this.clients, user)).some((key) => key.id === id);
    const sure = this.consumers.filter(
      ({ readable }, i) => !readable && this.journal.consumer(i).given === "yes",
    );
    if (listed && sure.length > 0) {
      throw new AwsError(
        `${sure.map(({ what }) => what).join(", ")} has ${id}, and no consumer that can be read has it any more for the others`,
        {
          reason: "consumer",
          hint: `give it back to one of them; or when it may go, 'leakwarden aws deactivate ${id}' and 'delete', and the same command makes another for all`,
        },
      );
    }
    await deleteKey(this.clients, { user, id });
    this.say(`${id}, which a run that was ended has left without its secret, is deleted`);
    for (const [i, { given }] of this.journal.state.consumers.entries())
      if (given !== "no") this.journal.give(i, "stale");
    this.journal.save({ fresh: null, creating: null, token: randomUUID() });
    return null;
  }

  /** As a consumer has it that can be read. */
  async heldPair(id: string): Promise<KeyPair | null> {
    for (const consumer of this.consumers) {
      const held = await consumer.read();
      if (held?.id === id) return held;
    }
    return null;
  }

  /**
   * The key that an earlier run has made without writing down its ID.
   * @throws {AwsError} when there is one that this rotation cannot have made
   */
  private async stranger(): Promise<OwnedKey | null> {
    const { user, had, creating, triedAt } = this.journal.state;
    const key = (await keysOf(this.clients, user)).find(({ id }) => !had.includes(id));
    if (key === undefined) return null;
    const made = key.created?.getTime() ?? 0;
    const from = creating === null ? Number.POSITIVE_INFINITY : Date.parse(creating) - ATTEMPT_MS;
    const to = Date.parse(triedAt ?? creating ?? "") + ATTEMPT_MS;
    if (made >= from && made <= to && (await lastUseOf(this.clients, key.id))?.lastUsed == null) return key;
    throw new AwsError(`${user} has got the key ${key.id} meanwhile, which is not of this rotation`, {
      reason: "consumer",
      hint: `see with 'leakwarden aws inspect ${key.id}' whose it is; a user can have two keys`,
    });
  }
}
