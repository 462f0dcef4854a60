/** On the main thread others wait for their turn: Ctrl-C, other threads' messages, the walk over the commits with its git. */
const TURN_MS = 4;

/** Tells work when to let the others have their turn. */
export class Turns {
  private began = performance.now();

  get isOver(): boolean {
    return performance.now() - this.began >= TURN_MS;
  }

  async pass(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.began = performance.now();
  }
}
