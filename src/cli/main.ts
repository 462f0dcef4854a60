import { Command, CommanderError } from "commander";
import { VERSION } from "../version.ts";
import { EXIT } from "./exit-codes.ts";
import { type Io, notify, writeReport } from "./io.ts";
import { renderError } from "./render-error.ts";

/** How a command that has ended tells what the process shall end with; a number is that of a program that it ran. */
export type Finish = (code: number) => void;
/** Adds some of the commands. */
export type CommandGroup = (program: Command, io: Io, finish: Finish) => void;

/** Runs one command line and says how the process shall end. Never throws. */
export async function main(
  argv: readonly string[],
  io: Io,
  groups: readonly CommandGroup[],
): Promise<number> {
  let code: number = EXIT.clean;
  const program = new Command("leakwarden")
    .description("Keeps credentials out of git.")
    .version(VERSION)
    .showHelpAfterError("(leakwarden --help shows what there is)")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => writeReport(io, null, [text]),
      writeErr: (text) => notify(io, text.replace(/^error: /, "leakwarden: ")),
    });
  for (const add of groups) {
    add(program, io, (result) => {
      code = result;
    });
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.clean : EXIT.couldNotRun;
    notify(io, renderError(error));
    return EXIT.couldNotRun;
  }
}
