import { ASSERTS, OP, type Program } from "../rules/automaton.ts";
import { isWordCode } from "../text/characters.ts";

/** What the matcher asks of a pattern: a RegExp, or an automaton where a RegExp may take too long. */
export interface Pattern {
  lastIndex: number;
  exec(text: string): RegExpExecArray | null;
  test(text: string): boolean;
}

/** A way through the program: the instruction that reads next, and what was saved on the way there. */
interface Thread {
  readonly at: number;
  readonly slots: readonly number[];
}

/**
 * Runs a pattern's automaton in one pass over a text, all ways at once: time is the text's length times the
 * program's, whatever the pattern looks like. Of the matches that begin first it gives the one that a
 * backtracking engine would try first.
 */
export class LinearPattern implements Pattern {
  lastIndex = 0;
  private readonly program: Program;
  private readonly sticky: boolean;
  private readonly searches: boolean;
  /** The step in which an instruction was last reached. */
  private readonly reached: Uint32Array;
  private step = 0;

  /** @param flags `y`: a match begins at `lastIndex`; `g`: there or behind it */
  constructor(program: Program, flags: string) {
    this.program = program;
    this.sticky = flags.includes("y");
    this.searches = this.sticky || flags.includes("g");
    this.reached = new Uint32Array(program.code.length / 3);
  }

  test(text: string): boolean {
    return this.exec(text) !== null;
  }

  exec(text: string): RegExpExecArray | null {
    const from = this.searches ? this.lastIndex : 0;
    const slots = this.run(text, from);
    if (slots === null) {
      this.lastIndex = 0;
      return null;
    }
    if (this.searches) this.lastIndex = slots[1]!;
    const places = Array.from({ length: slots.length / 2 }, (_, group): [number, number] | undefined =>
      slots[2 * group + 1]! < 0 ? undefined : [slots[2 * group]!, slots[2 * group + 1]!],
    );
    const texts = places.map((place) => (place === undefined ? undefined : text.slice(...place)));
    return Object.assign(texts, {
      index: slots[0]!,
      input: text,
      indices: places,
      groups: undefined,
    }) as unknown as RegExpExecArray;
  }

  private run(text: string, from: number): readonly number[] | null {
    const { code, sets, slots } = this.program;
    const unset: readonly number[] = new Array<number>(slots).fill(-1);
    let threads: Thread[] = [];
    let found: readonly number[] | null = null;
    for (let at = from; at <= text.length; at += 1) {
      if (found === null && (at === from || !this.sticky)) {
        // Those that began earlier come first: a new beginning is the last choice.
        if (threads.length === 0) this.step += 1;
        this.follow(0, unset, text, at, threads);
      }
      if (threads.length === 0) {
        if (found !== null || this.sticky) break;
        continue;
      }
      const next: Thread[] = [];
      this.step += 1;
      for (const { at: instruction, slots: saved } of threads) {
        const op = code[3 * instruction]!;
        if (op === OP.match) {
          found = saved;
          break;
        }
        const read = at < text.length ? text.charCodeAt(at) : 256;
        if (sets[code[3 * instruction + 1]!]!.charCodeAt(read) === 0x31)
          this.follow(code[3 * instruction + 2]!, saved, text, at + 1, next);
      }
      threads = next;
    }
    return found;
  }

  /** Adds the threads that an instruction leads to without reading, in the order in which they are preferred. */
  private follow(first: number, saved: readonly number[], text: string, at: number, into: Thread[]): void {
    const { code } = this.program;
    const open: Thread[] = [{ at: first, slots: saved }];
    for (let thread = open.pop(); thread !== undefined; thread = open.pop()) {
      const { at: instruction, slots } = thread;
      if (this.reached[instruction] === this.step) continue;
      this.reached[instruction] = this.step;
      const operand = code[3 * instruction + 1]!;
      const next = code[3 * instruction + 2]!;
      switch (code[3 * instruction]) {
        case OP.split:
          open.push({ at: next, slots }, { at: operand, slots });
          break;
        case OP.save: {
          const more = [...slots];
          more[operand] = at;
          open.push({ at: next, slots: more });
          break;
        }
        case OP.assert:
          if (holds(ASSERTS[operand]!, text, at)) open.push({ at: next, slots });
          break;
        default:
          into.push(thread);
      }
    }
  }
}

function holds(kind: (typeof ASSERTS)[number], text: string, at: number): boolean {
  switch (kind) {
    case "start":
      return at === 0;
    case "end":
      return at === text.length;
    case "line-start":
      return at === 0 || isLineEnd(text.charCodeAt(at - 1));
    case "line-end":
      return at === text.length || isLineEnd(text.charCodeAt(at));
    default:
      return (isWordCode(text.charCodeAt(at - 1)) !== isWordCode(text.charCodeAt(at))) === (kind === "word");
  }
}

function isLineEnd(code: number): boolean {
  return code === 0x0a || code === 0x0d;
}
