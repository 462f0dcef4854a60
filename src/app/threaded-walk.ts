import type { WalkReceiver } from "../sources/history.ts";
import { partsOf, type SharedWalk } from "./commit-walk.ts";

/** A walk by several threads, as the caller's hears of it: its parts come in any order. */
export class ThreadedWalk {
  /** The list, once it is made; null when the walk came to an end before. */
  readonly listed: Promise<SharedWalk | null>;
  /** Kept when all parts were told, or at an early end. */
  readonly done: Promise<void>;
  private readonly receiver: WalkReceiver;
  /** Parts that are still to be told. */
  private left = 0;
  private isOver = false;
  private sayListed!: (walk: SharedWalk | null) => void;
  private sayDone!: () => void;
  private sayFailed!: (reason: unknown) => void;

  constructor(receiver: WalkReceiver) {
    this.receiver = receiver;
    this.listed = new Promise((resolve) => {
      this.sayListed = resolve;
    });
    this.done = new Promise((resolve, reject) => {
      this.sayDone = resolve;
      this.sayFailed = reject;
    });
  }

  /** Comes before all parts. */
  list(walk: SharedWalk): void {
    if (this.isOver) return;
    this.left = partsOf(walk);
    this.receiver.commits(walk.commits);
    this.sayListed(walk);
    if (this.left === 0) this.sayDone();
  }

  put(log: readonly Uint8Array[]): void {
    if (this.isOver) return;
    this.receiver.changes(log);
    this.left -= 1;
    if (this.left === 0) this.sayDone();
  }

  /** What was not told by then is not waited for. */
  end(): void {
    this.isOver = true;
    this.sayListed(null);
    this.sayDone();
  }

  fail(reason: unknown): void {
    this.sayListed(null);
    this.sayFailed(reason);
  }
}
