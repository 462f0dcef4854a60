import type { StateFile } from "../../state/state-file.ts";
import type { ConsumerState, RotationState } from "./plan.ts";

/** How far a rotation is: what is changed is on the disk before the next step. */
export class Journal {
  private readonly file: StateFile<RotationState>;
  private current: RotationState;

  constructor(file: StateFile<RotationState>, state: RotationState) {
    this.file = file;
    this.current = state;
  }

  get state(): RotationState {
    return this.current;
  }

  save(change: Partial<RotationState>): void {
    this.current = { ...this.current, ...change };
    this.file.write(this.current);
  }

  consumer(i: number): ConsumerState {
    return this.current.consumers[i]!;
  }

  give(i: number, given: ConsumerState["given"]): void {
    this.save({
      consumers: this.current.consumers.map((consumer, at) => (at === i ? { ...consumer, given } : consumer)),
    });
  }

  /** Nothing is left to go on with. */
  end(): void {
    this.file.remove();
  }
}
