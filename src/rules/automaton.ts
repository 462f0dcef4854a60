import type { AST } from "@eslint-community/regexpp";
import { setOf } from "./element.ts";

/**
 * A pattern as the steps of an automaton; plain data. Each instruction is three numbers:
 *
 *     CHAR   set, next       reads a character that `sets[set]` holds
 *     SPLIT  first, second   both are gone on with, the first is preferred
 *     SAVE   slot, next      notes where it stands
 *     ASSERT kind, next      goes on where the kind (ASSERTS) holds
 *     MATCH
 */
export interface Program {
  readonly code: readonly number[];
  /** The 256 characters as digits, 1 for those in the set. */
  readonly sets: readonly string[];
  /** Two for the match and two for each group. */
  readonly slots: number;
}

export const OP = { char: 0, split: 1, save: 2, assert: 3, match: 4 } as const;
export const ASSERTS = ["start", "end", "line-start", "line-end", "word", "no-word"] as const;

const MOST_INSTRUCTIONS = 50_000;

/** @returns null when it would get too large */
export function programOf(pattern: AST.Pattern, flags: string): Program | null {
  const compiler = new Compiler(flags);
  compiler.emit(OP.save, 0);
  if (!compiler.alternatives(pattern.alternatives)) return null;
  compiler.emit(OP.save, 1);
  compiler.emit(OP.match);
  return { code: compiler.code, sets: compiler.sets, slots: 2 * compiler.groups };
}

class Compiler {
  readonly code: number[] = [];
  readonly sets: string[] = [];
  groups = 1;
  private readonly numbers = new Map<AST.CapturingGroup, number>();
  private readonly flags: string;

  constructor(flags: string) {
    this.flags = flags;
  }

  private get at(): number {
    return this.code.length / 3;
  }

  /** Appends an instruction that leads on to the one behind it, and says where it stands. */
  emit(op: number, operand = 0): number {
    const at = this.at;
    this.code.push(op, operand, at + 1);
    return at;
  }

  private point(at: number, first: number, second: number): void {
    this.code[3 * at + 1] = first;
    this.code[3 * at + 2] = second;
  }

  alternatives(branches: readonly AST.Alternative[]): boolean {
    const jumps: number[] = [];
    for (const [index, { elements }] of branches.entries()) {
      const last = index === branches.length - 1;
      const split = last ? -1 : this.emit(OP.split);
      for (const element of elements) if (!this.element(element)) return false;
      if (last) continue;
      jumps.push(this.emit(OP.split));
      this.point(split, split + 1, this.at);
    }
    for (const jump of jumps) this.point(jump, this.at, this.at);
    return this.at < MOST_INSTRUCTIONS;
  }

  private element(element: AST.Element): boolean {
    switch (element.type) {
      case "Group":
        return this.alternatives(element.alternatives);
      case "CapturingGroup": {
        // A repeated group is compiled several times and stays one group.
        const number = this.numbers.get(element) ?? this.groups++;
        this.numbers.set(element, number);
        this.emit(OP.save, 2 * number);
        if (!this.alternatives(element.alternatives)) return false;
        this.emit(OP.save, 2 * number + 1);
        return true;
      }
      case "Quantifier":
        return this.repeated(element);
      case "Assertion": {
        const byLine = this.flags.includes("m");
        const kind =
          element.kind === "word"
            ? element.negate
              ? "no-word"
              : "word"
            : byLine
              ? (`line-${element.kind}` as "line-start" | "line-end")
              : (element.kind as "start" | "end");
        this.emit(OP.assert, ASSERTS.indexOf(kind));
        return true;
      }
      default: {
        const set = setOf(element, this.flags);
        let number = this.sets.indexOf(set);
        if (number < 0) number = this.sets.push(set) - 1;
        this.emit(OP.char, number);
        return true;
      }
    }
  }

  private repeated({ element, min, max, greedy }: AST.Quantifier): boolean {
    for (let times = 0; times < min; times += 1) if (!this.element(element)) return false;
    const choose = (split: number, inside: number, behind: number) =>
      greedy ? this.point(split, inside, behind) : this.point(split, behind, inside);
    if (max === Number.POSITIVE_INFINITY) {
      const split = this.emit(OP.split);
      if (!this.element(element)) return false;
      const back = this.emit(OP.split);
      this.point(back, split, split);
      choose(split, split + 1, this.at);
      return this.at < MOST_INSTRUCTIONS;
    }
    const splits: number[] = [];
    for (let times = min; times < max; times += 1) {
      splits.push(this.emit(OP.split));
      if (!this.element(element)) return false;
    }
    for (const split of splits) choose(split, split + 1, this.at);
    return this.at < MOST_INSTRUCTIONS;
  }
}
