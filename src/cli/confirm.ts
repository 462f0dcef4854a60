import { createInterface } from "node:readline/promises";
import { isatty } from "node:tty";
import type { Io } from "./io.ts";

/**
 * Asks on the terminal. One that is closed says no.
 * @returns null when nobody is there to be asked
 */
export async function confirmed(io: Io, question: string): Promise<boolean | null> {
  if (!io.stderr.isTTY || !isatty(0)) return null;
  const terminal = createInterface({ input: io.stdin, output: process.stderr });
  const closed = new Promise<string>((answer) => terminal.once("close", () => answer("")));
  const answer = await Promise.race([terminal.question(`${question} [y/N] `), closed]);
  terminal.close();
  return /^y(?:es)?$/i.test(answer.trim());
}
