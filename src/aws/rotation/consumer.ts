import type { KeyPair } from "../clients.ts";
import type { ConsumerState } from "./plan.ts";

/** Whose key it is that a consumer gets. */
export interface Handover {
  readonly account: string;
  readonly user: string;
  readonly old: string;
  /** A UUID: what is done again with it is done once. */
  readonly token: string;
}

/** A place that a new key is handed to, from where its programs take it. */
export interface Consumer {
  /** As it is named to the user. */
  readonly what: string;
  /** Whether the pair can be read back from it: then no run that is killed loses it. */
  readonly readable: boolean;
  /** Whether a `put` that fails has changed nothing. */
  readonly failsWhole: boolean;
  /**
   * Sees to it that the consumer can take a key, before there is one.
   * @returns what `restore` wants to know
   * @throws {LeakwardenError} when it cannot
   */
  check(handover: Handover): Promise<string>;
  /** Doing it again with the same pair does nothing. */
  put(pair: KeyPair, handover: Handover): Promise<void>;
  /** @returns null when it holds none, or cannot be read */
  read(): Promise<KeyPair | null>;
  /** Whether it can be given back what it had, or has it again. */
  canRestore(before: ConsumerState["before"], handover: Handover): boolean;
  /**
   * Gives it back what it had, when it has the new key.
   * @returns false when it then has something else than before, which is somebody else's doing
   */
  restore(before: ConsumerState["before"], handover: Handover, fresh: string): Promise<boolean>;
  /** Forgets what restoring needed. */
  settle(): Promise<void>;
}

/** A consumer that takes a key and shows none: what it was given cannot be read back, nor taken back. */
export abstract class BlindConsumer implements Consumer {
  abstract readonly what: string;
  abstract readonly failsWhole: boolean;
  readonly readable = false;

  abstract check(handover: Handover): Promise<string>;

  abstract put(pair: KeyPair, handover: Handover): Promise<void>;

  async read(): Promise<null> {
    return null;
  }

  canRestore(): boolean {
    return false;
  }

  async restore(): Promise<boolean> {
    return false;
  }

  async settle(): Promise<void> {}
}
