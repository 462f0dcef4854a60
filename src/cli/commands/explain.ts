import { readFileSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { type Command, Option } from "commander";
import { loadSettings } from "../../config/load.ts";
import { FileError, systemReason, UsageError } from "../../errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
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
      const where = (at: number) => `${path ?? "text"}:${at}`;
      const lines = explanations.flatMap(({ line: at, ruleId, title, reported, steps }) => [
        `${where(at)}  ${reported ? "reported" : "not reported"}  ${ruleId} (${title})\n`,
        ...steps.map((step) => `    ${step}\n`),
      ]);
      if (lines.length === 0) {
        lines.push(
          `${line === null ? (path ?? "the text") : where(line)}: no rule's keyword stands there with a value that its pattern matches\n`,
        );
      }
      writeReport(io, null, lines);
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
  const whole = read(resolve(io.cwd, place));
  if (Buffer.isBuffer(whole)) return { path: asPath(place), line: null, content: whole };
  const content = parts === null ? whole : read(resolve(io.cwd, parts[1]!));
  if (!Buffer.isBuffer(content)) {
    throw new FileError(`'${parts?.[1] ?? place}' cannot be read: ${systemReason(content)}`, {
      cause: content,
    });
  }
  return { path: asPath(parts![1]!), line: Number(parts![2]), content };
}

function read(path: string): Buffer | Error {
  try {
    return readFileSync(path);
  } catch (error) {
    return error as Error;
  }
}
