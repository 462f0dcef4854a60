import { UsageError } from "../../errors.ts";
import type { AwsClients, KeyPair } from "../clients.ts";
import { NO_OPTIONS, SecretStore } from "../secret-store.ts";
import type { Consumer, Handover } from "./consumer.ts";

const EMPTY = "empty";

/** A secret in Secrets Manager, which keeps the version before. */
export class SecretConsumer implements Consumer {
  readonly what: string;
  readonly readable = true;
  readonly failsWhole = false;
  private readonly name: string;
  private readonly store: SecretStore;

  constructor(clients: AwsClients, name: string) {
    this.what = `the secret '${name}'`;
    this.name = name;
    this.store = new SecretStore(clients);
  }

  /** @returns the current version; "empty" when the secret has none yet, "" when there is no such secret */
  async check({ old, user }: Handover): Promise<string> {
    const stored = await this.store.read(this.name);
    if (stored !== null && stored.pair !== null && stored.pair.id !== old) {
      throw new UsageError(
        `${this.what} holds ${stored.pair.id}, which is not the key of ${user} that is replaced (${old})`,
        "name the secret of this key; nothing was changed",
      );
    }
    return stored === null ? "" : stored.pair === null ? EMPTY : stored.version;
  }

  async put(pair: KeyPair, { user, token }: Handover): Promise<void> {
    const stored = await this.store.read(this.name);
    if (stored?.pair?.id === pair.id) return;
    if (stored !== null) return this.store.put(this.name, stored, pair, token);
    const description = `Access key of ${user}`;
    await this.store.create(this.name, pair, { ...NO_OPTIONS, description }, token);
  }

  async read(): Promise<KeyPair | null> {
    return (await this.store.read(this.name))?.pair ?? null;
  }

  /** Secrets Manager cannot take a secret's only value away. */
  canRestore(before: string): boolean {
    return before !== EMPTY;
  }

  async restore(before: string, { old }: Handover, fresh: string): Promise<boolean> {
    const stored = await this.store.read(this.name);
    if (stored?.pair?.id !== fresh) return (stored?.pair?.id ?? "") === (before === "" ? "" : old);
    if (before === "") await this.store.remove(this.name);
    else await this.store.makeCurrent(this.name, before);
    return true;
  }

  async settle(): Promise<void> {}
}
