import { type Io, notify } from "./io.ts";

/** Milliseconds between two drawings, and before the first: short scans show nothing. */
const INTERVAL = 150;
const DELAY = 400;

/** One line on standard error, only on a terminal: how much is done, and about how long is left. */
export class Progress {
  private readonly io: Io;
  private readonly started = Date.now();
  private drawn = 0;

  constructor(io: Io) {
    this.io = io;
  }

  show(done: number, total: number, what: string): void {
    if (!this.isDue()) return;
    const left = done === 0 ? 0 : ((this.drawn - this.started) / done) * (total - done);
    notify(
      this.io,
      `\r\x1b[K${done.toLocaleString("en")} of ${total.toLocaleString("en")} ${what}, ${Math.ceil(left / 1000)} s left`,
    );
  }

  /** Of what nobody knows how much there is. */
  count(done: number, what: string): void {
    if (this.isDue()) notify(this.io, `\r\x1b[K${done.toLocaleString("en")} ${what}`);
  }

  clear(): void {
    if (this.drawn > 0) notify(this.io, "\r\x1b[K");
    this.drawn = 0;
  }

  private isDue(): boolean {
    const now = Date.now();
    if (!this.io.stderr.isTTY || now - this.started < DELAY || now - this.drawn < INTERVAL) return false;
    this.drawn = now;
    return true;
  }
}
