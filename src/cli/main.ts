import { Command, CommanderError } from "commander";
import { VERSION } from "../version.ts";
import { addExplainCommand } from "./commands/explain.ts";
import { addHookCommands } from "./commands/hooks.ts";
import { addRuleCommands } from "./commands/rules.ts";
import { addScanCommands } from "./commands/scans.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { type Io, notify, writeReport } from "./io.ts";
import { renderError } from "./render-error.ts";

/** Runs one command line and says how the process shall end. Never throws. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = EXIT.clean;
  const program = new Command("leakwarden")
    .description("Keeps credentials out of git.")
    .version(VERSION)
    .showHelpAfterError("(leakwarden --help shows what there is)")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => writeReport(io, null, [text]),
      writeErr: (text) => notify(io, text.replace(/^error: /, "leakwarden: ")),
    });
  const finish = (result: ExitCode) => {
    code = result;
  };
  addScanCommands(program, io, finish);
  addExplainCommand(program, io, finish);
  addRuleCommands(program, io, finish);
  addHookCommands(program, io);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.clean : EXIT.couldNotRun;
    notify(io, renderError(error));
    return EXIT.couldNotRun;
  }
}
