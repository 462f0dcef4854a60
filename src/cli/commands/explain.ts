import { existsSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { type Command, Option } from "commander";
import { loadSettings } from "../../config/load.ts";
import { UsageError } from "../../errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { renderExplanations } from "../explanations.ts";
import { readInput } from "../input.ts";
import { type Io, writeReport } from "../io.ts";

/** `explain PATH:LINE`. */
export function addExplainCommand(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command("explain")
    .argument("[place]", "PATH, or PATH:LINE")
    .description("say why something is reported, or is not")
    .option("--text <text>", "explain this text instead of a file")
    .addOption(new Option("--config <file>", "configuration to use instead of .leakwarden.toml here"))
    .action(async (place: string | undefined, flags: { text?: string; config?: string }) => {
      if ((place === undefined) === (flags.text === undefined)) {
        throw new UsageError("explain needs a place or --text", "leakwarden explain src/settings.ts:12");
      }
      const { explain } = await import("../../app/explain.ts");
      const { pack, policy } = await loadSettings(
        io.cwd,
        flags.config === undefined ? null : resolve(io.cwd, flags.config),
      );
      const { path, line, content } = place === undefined ? textOf(flags.text!) : fileOf(io, place);
      const explanations = explain(pack, policy, path, content, line);
      const where = path ?? "text";
      const asked = line === null ? where : `${where}:${line}`;
      writeReport(
        io,
        null,
        explanations.length > 0
          ? renderExplanations(where, explanations)
          : [`${asked}: no rule's keyword stands there with a value that its pattern matches\n`],
      );
      finish(explanations.some(({ reported }) => reported) ? EXIT.findings : EXIT.clean);
    });
}

interface Place {
  readonly path: string | null;
  readonly line: number | null;
  readonly content: Buffer;
}

function textOf(text: string): Place {
  return { path: null, line: null, content: Buffer.from(text) };
}

/** A file may have a colon and digits at its end itself: the name as it is comes first. */
function fileOf(io: Io, place: string): Place {
  const asPath = (file: string) => relative(io.cwd, resolve(io.cwd, file)).split(sep).join("/");
  const parts = /^(.+):([1-9]\d{0,8})$/.exec(place);
  if (parts === null || existsSync(resolve(io.cwd, place))) {
    return { path: asPath(place), line: null, content: readInput(io, place) };
  }
  return { path: asPath(parts[1]!), line: Number(parts[2]), content: readInput(io, parts[1]!) };
}
