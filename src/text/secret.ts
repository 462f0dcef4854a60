import { inspect } from "node:util";

/**
 * The matched bytes of a credential, held so that they cannot reach an output by accident:
 * string conversion, JSON, `console.log`, template strings and error messages all give the
 * masked form. `reveal()` is the only way in, and is called in two places: where a fingerprint
 * is computed and where the user asked for `--reveal`.
 */
export class Secret {
  readonly #value: string;
  readonly masked: string;

  constructor(value: string, masked: string) {
    this.#value = value;
    this.masked = masked;
  }

  reveal(): string {
    return this.#value;
  }

  get length(): number {
    return this.#value.length;
  }

  toString(): string {
    return this.masked;
  }

  toJSON(): string {
    return this.masked;
  }

  [Symbol.toPrimitive](): string {
    return this.masked;
  }

  [inspect.custom](): string {
    return `Secret(${this.masked})`;
  }
}
