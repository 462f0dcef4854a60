import { createInterface } from "node:readline/promises";
import { isatty } from "node:tty";
import type { Io } from "./io.ts";

/** `gone`: somebody has closed the terminal, or pressed Ctrl-C or Ctrl-D; `nobody`: there is no terminal. */
export type Answer = "yes" | "no" | "gone" | "nobody";

/** Asks on the terminal. */
export async function asked(io: Io, question: string): Promise<Answer> {
  if (!io.stderr.isTTY || !isatty(0)) return "nobody";
  const terminal = createInterface({ input: io.stdin, output: process.stderr });
  const closed = new Promise<null>((answer) => terminal.once("close", () => answer(null)));
  const answer = await Promise.race([terminal.question(`${question} [y/N] `), closed]);
  terminal.close();
  if (answer === null) return "gone";
  return /^y(?:es)?$/i.test(answer.trim()) ? "yes" : "no";
}

/**
 * Asks on the terminal. One that is closed says no.
 * @returns null when nobody is there to be asked
 */
export async function confirmed(io: Io, question: string): Promise<boolean | null> {
  const answer = await asked(io, question);
  return answer === "nobody" ? null : answer === "yes";
}
