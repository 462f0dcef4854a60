import { DIGIT, fold, LAST, negated, POSIX, type Range, SPACE, unicodeClass, WORD } from "./ranges.ts";

/** What an expression of RE2's syntax says, its flags resolved. */
export type Node =
  | { readonly type: "set"; readonly ranges: readonly Range[] }
  | { readonly type: "cat"; readonly parts: readonly Node[] }
  | { readonly type: "alt"; readonly options: readonly Node[] }
  | { readonly type: "group"; readonly body: Node }
  | {
      readonly type: "repeat";
      readonly body: Node;
      readonly min: number;
      readonly max: number;
      readonly greedy: boolean;
    }
  | { readonly type: "assert"; readonly kind: AssertKind };

export type AssertKind =
  | "text-start"
  | "text-end"
  | "line-start"
  | "line-end"
  | "word-boundary"
  | "no-word-boundary";

/** An expression that is not of RE2's syntax. */
export class Re2SyntaxError extends Error {}

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly U: boolean;
}

const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };
/** Repetitions that RE2 takes at the most. */
const MOST_TIMES = 1000;
const MOST_DEPTH = 250;
/**
 * Reads an expression of RE2, the syntax of Go's `regexp`.
 * @throws {Re2SyntaxError}
 */
export function parseRe2(source: string): Node {
  const parser = new Parser(source);
  const node = parser.alternatives({ i: false, m: false, s: false, U: false });
  if (!parser.done) throw new Re2SyntaxError("there is a ')' that nothing opens");
  return node;
}

class Parser {
  private readonly chars: readonly string[];
  private at = 0;
  private depth = 0;

  constructor(source: string) {
    this.chars = [...source];
  }

  get done(): boolean {
    return this.at >= this.chars.length;
  }

  private looksAt(text: string): boolean {
    return this.chars.slice(this.at, this.at + text.length).join("") === text;
  }

  private take(): string {
    const char = this.chars[this.at];
    if (char === undefined) throw new Re2SyntaxError("it ends too early");
    this.at += 1;
    return char;
  }

  private takeTo(end: string): string {
    const from = this.at;
    while (!this.looksAt(end)) this.take();
    const text = this.chars.slice(from, this.at).join("");
    this.at += end.length;
    return text;
  }

  /** What stands in braces; null when there are none here. */
  private braced(): string | null {
    if (!this.looksAt("{")) return null;
    this.at += 1;
    return this.takeTo("}");
  }

  /** Up to the end or to a `)`. Flags that are set on the way hold for what follows in the same group. */
  alternatives(outer: Flags): Node {
    let flags = outer;
    const options: Node[] = [];
    let parts: Node[] = [];
    const close = () => {
      options.push(parts.length === 1 ? parts[0]! : { type: "cat", parts });
      parts = [];
    };
    while (!this.done && this.chars[this.at] !== ")") {
      if (this.looksAt("|")) {
        this.at += 1;
        close();
        continue;
      }
      if (this.looksAt("\\Q")) {
        this.at += 2;
        const end = this.chars.join("").indexOf("\\E", this.chars.slice(0, this.at).join("").length);
        const text = end < 0 ? this.rest() : this.takeTo("\\E");
        parts.push(...[...text].map((char) => charSet(char.codePointAt(0)!, flags)));
        continue;
      }
      const set = this.flagsAlone(flags);
      if (set !== null) {
        flags = set;
        continue;
      }
      parts.push(this.repeated(this.atom(flags), flags));
    }
    close();
    return options.length === 1 ? options[0]! : { type: "alt", options };
  }

  private rest(): string {
    const text = this.chars.slice(this.at).join("");
    this.at = this.chars.length;
    return text;
  }

  /** `(?i)`; null when something else stands here. */
  private flagsAlone(flags: Flags): Flags | null {
    const match = /^\(\?([imsU-]+)\)/.exec(this.chars.slice(this.at, this.at + 12).join(""));
    if (match === null) return null;
    this.at += match[0].length;
    return withFlags(flags, match[1]!);
  }

  private atom(flags: Flags): Node {
    const char = this.take();
    switch (char) {
      case "(":
        return this.group(flags);
      case "[":
        return this.charClass(flags);
      case ".":
        return {
          type: "set",
          ranges: flags.s
            ? [[0, LAST]]
            : [
                [0, 9],
                [11, LAST],
              ],
        };
      case "^":
        return { type: "assert", kind: flags.m ? "line-start" : "text-start" };
      case "$":
        return { type: "assert", kind: flags.m ? "line-end" : "text-end" };
      case "*":
      case "+":
      case "?":
        throw new Re2SyntaxError(`there is nothing for '${char}' to repeat`);
      case "\\":
        return this.escape(flags);
      default:
        return charSet(char.codePointAt(0)!, flags);
    }
  }

  private group(flags: Flags): Node {
    let inner = flags;
    let captures = true;
    if (this.looksAt("?")) {
      this.at += 1;
      if (this.looksAt("P<") || (this.looksAt("<") && !this.looksAt("<=") && !this.looksAt("<!"))) {
        this.takeTo("<");
        this.takeTo(">");
      } else {
        const next = this.chars.slice(this.at, this.at + 12).join("");
        const set = /^([imsU]*(?:-[imsU]+)?):/.exec(next)?.[1];
        if (set === undefined) {
          const what = /^<?[=!]/.test(next) ? "look-around" : "this group";
          throw new Re2SyntaxError(`RE2 has no ${what}: (?${next}`);
        }
        this.takeTo(":");
        captures = false;
        inner = withFlags(flags, set);
      }
    }
    this.depth += 1;
    if (this.depth > MOST_DEPTH) throw new Re2SyntaxError(`groups are nested more than ${MOST_DEPTH} deep`);
    const body = this.alternatives(inner);
    this.depth -= 1;
    if (this.done) throw new Re2SyntaxError("a '(' is not closed");
    this.at += 1;
    return captures ? { type: "group", body } : body;
  }

  private repeated(body: Node, flags: Flags): Node {
    let node = body;
    while (!this.done) {
      const times = this.times();
      if (times === null) break;
      const lazy = this.looksAt("?");
      if (lazy) this.at += 1;
      node = { type: "repeat", body: node, ...times, greedy: lazy === flags.U };
    }
    return node;
  }

  private times(): { min: number; max: number } | null {
    const char = this.chars[this.at];
    if (char === "*" || char === "+" || char === "?") {
      this.at += 1;
      return { min: char === "+" ? 1 : 0, max: char === "?" ? 1 : Number.POSITIVE_INFINITY };
    }
    if (char !== "{") return null;
    const match = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.chars.slice(this.at, this.at + 12).join(""));
    if (match === null) return null;
    this.at += match[0].length;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === "" ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (min > MOST_TIMES || (max > MOST_TIMES && max !== Number.POSITIVE_INFINITY) || max < min)
      throw new Re2SyntaxError(`'${match[0]}' repeats more than ${MOST_TIMES} times, or fewer than it must`);
    return { min, max };
  }

  private escape(flags: Flags): Node {
    switch (this.chars[this.at]) {
      case "A":
        this.at += 1;
        return { type: "assert", kind: "text-start" };
      case "z":
        this.at += 1;
        return { type: "assert", kind: "text-end" };
      case "b":
        this.at += 1;
        return { type: "assert", kind: "word-boundary" };
      case "B":
        this.at += 1;
        return { type: "assert", kind: "no-word-boundary" };
      default: {
        const { ranges, single } = this.escaped();
        return single ? charSet(ranges[0]![0], flags) : { type: "set", ranges: fold(ranges, flags.i) };
      }
    }
  }

  /** What stands behind a `\` in a class and out of one. */
  private escaped(): { ranges: readonly Range[]; single: boolean } {
    const char = this.take();
    const one = (code: number) => ({ ranges: [[code, code]] as const, single: true });
    if (/[dswDSW]/.test(char)) {
      const ranges = { d: DIGIT, s: SPACE, w: WORD }[char.toLowerCase() as "d" | "s" | "w"];
      return { ranges: /[DSW]/.test(char) ? negated(ranges) : ranges, single: false };
    }
    if (char === "p" || char === "P") {
      const name = this.braced() ?? this.take();
      const ranges = unicodeClass(name.replace(/^\^/, ""));
      if (ranges === null) throw new Re2SyntaxError(`'\\p{${name}}' is no class of characters`);
      return { ranges: (char === "P") !== name.startsWith("^") ? negated(ranges) : ranges, single: false };
    }
    const control = CONTROLS[char];
    if (control !== undefined) return one(control);
    if (char === "x") {
      const digits = this.braced() ?? this.take() + this.take();
      if (!/^[0-9a-fA-F]{1,6}$/.test(digits)) throw new Re2SyntaxError(`'\\x${digits}' is no character`);
      return one(Number.parseInt(digits, 16));
    }
    if (/[0-7]/.test(char)) {
      const match = /^[0-7]{1,2}/.exec(this.chars.slice(this.at, this.at + 2).join(""));
      if (char !== "0" && match === null) throw new Re2SyntaxError(`RE2 has no back-reference '\\${char}'`);
      this.at += match?.[0].length ?? 0;
      return one(Number.parseInt(char + (match?.[0] ?? ""), 8));
    }
    if (/[A-Za-z89]/.test(char)) throw new Re2SyntaxError(`'\\${char}' is not in RE2's syntax`);
    return one(char.codePointAt(0)!);
  }

  private charClass(flags: Flags): Node {
    const negates = this.looksAt("^");
    if (negates) this.at += 1;
    const ranges: Range[] = [];
    for (let first = true; first || !this.looksAt("]"); first = false) {
      const named = /^\[:(\^?)(\w+):\]/.exec(this.chars.slice(this.at, this.at + 14).join(""));
      if (named !== null) {
        const members = POSIX[named[2]!];
        if (members === undefined) throw new Re2SyntaxError(`'${named[0]}' is no class of characters`);
        ranges.push(...(named[1] === "" ? members : negated(members)));
        this.at += named[0].length;
        continue;
      }
      const low = this.member();
      if (low.single && this.looksAt("-") && this.chars[this.at + 1] !== "]") {
        this.at += 1;
        const high = this.member();
        const range: Range = [low.ranges[0]![0], high.ranges[0]![0]];
        if (!high.single || range[1] < range[0]) throw new Re2SyntaxError("a class has a range that is none");
        ranges.push(range);
      } else {
        ranges.push(...low.ranges);
      }
    }
    this.at += 1;
    const folded = fold(ranges, flags.i);
    return { type: "set", ranges: negates ? negated(folded) : folded };
  }

  private member(): { ranges: readonly Range[]; single: boolean } {
    const char = this.take();
    if (char === "\\") return this.escaped();
    const code = char.codePointAt(0)!;
    return { ranges: [[code, code]], single: true };
  }
}

function withFlags(flags: Flags, text: string): Flags {
  const next = { ...flags };
  let value = true;
  for (const char of text) {
    if (char === "-") value = false;
    else next[char as keyof Flags] = value;
  }
  return next;
}

function charSet(code: number, flags: Flags): Node {
  return { type: "set", ranges: fold([[code, code]], flags.i) };
}
