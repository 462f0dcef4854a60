import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { type Command, Option } from "commander";
import { builtinRules, CONFIG_NAME, ignoresAt, loadSettings, settingsFromText } from "../../config/load.ts";
import { FileError, systemReason, UsageError } from "../../errors.ts";
import { FOREIGN_CONFIGS, FOREIGN_LISTS } from "../../foreign/names.ts";
import type { Translation } from "../../foreign/translation.ts";
import { openRepository, rootCommit } from "../../git/repository.ts";
import { IGNORE_NAME } from "../../policy/ignore-file.ts";
import { REPO_FLAG } from "../flags.ts";
import { IgnoreBook } from "../ignore-book.ts";
import { type Io, writeReport, writeText } from "../io.ts";

interface MigrateFlags {
  readonly repo?: string;
  readonly dryRun?: boolean;
}

/** `migrate`. */
export function addMigrateCommand(program: Command, io: Io): void {
  program
    .command("migrate")
    .description(
      `write what other scanners' files say as ${CONFIG_NAME} and ${IGNORE_NAME}, and list what cannot be`,
    )
    .argument(
      "[files...]",
      "more files: a report of gitleaks or betterleaks as JSON, a configuration of another name",
    )
    .addOption(REPO_FLAG)
    .addOption(new Option("--dry-run", "show what would be written, and write nothing"))
    .action(async (files: string[], flags: MigrateFlags) => {
      const repository = await openRepository(resolve(io.cwd, flags.repo ?? "."));
      if (repository.worktree === null)
        throw new UsageError("this repository is bare: the files belong into a work tree", "run it in one");
      const { dir } = repository;
      const translation = await translationOf(
        dir,
        files.map((file) => relative(dir, resolve(io.cwd, file))),
      );
      const { formatConfig } = await import("../../foreign/format-config.ts");
      const text = formatConfig(translation.config);
      const dry = flags.dryRun === true;
      const own = join(dir, CONFIG_NAME);
      if (text !== "" && !dry && existsSync(own)) {
        throw new UsageError(
          `there is a ${CONFIG_NAME} already, and it stays as it is`,
          "--dry-run shows what would be in it; move it away, or take from there what you need",
        );
      }
      const settings =
        text === ""
          ? await loadSettings(dir, existsSync(own) ? own : null)
          : await settingsFromText(CONFIG_NAME, text);
      const { known } = translation;
      const lists = known.length > 0 && (await rootCommit(repository)) !== null;
      if (known.length > 0 && !lists) {
        const place = { file: translation.files.join(", "), line: 1, column: 1 };
        translation.remark(
          place,
          "known secrets are written down by the first commit, and there is none yet",
        );
      }
      const ignores = ignoresAt(dir);
      const book = lists ? await IgnoreBook.open(io, flags, async () => ({ ...settings, ignores })) : null;
      const entries = (await book?.entriesFor(known)) ?? [];
      if (!dry && text !== "") writeText(own, text);
      if (!dry && entries.length > 0) book?.write([...book.entries, ...entries]);
      const met = new Set(entries.map(({ reason }) => reason));
      const unmet = new Set(known.map(({ reason }) => reason).filter((reason) => !met.has(reason)));
      writeReport(io, null, [...report(translation, text, entries.length, unmet, dry)]);
    });
}

async function translationOf(dir: string, named: readonly string[]): Promise<Translation> {
  const read = (name: string) => {
    try {
      return readFileSync(resolve(dir, name));
    } catch (error) {
      if (!existsSync(resolve(dir, name))) return null;
      throw new FileError(`'${name}' cannot be read: ${systemReason(error)}`, { cause: error });
    }
  };
  for (const name of named) {
    if (read(name) === null) throw new UsageError(`'${name}' does not exist`, "check the path");
  }
  const found = [...FOREIGN_CONFIGS, ...FOREIGN_LISTS].filter((name) => read(name) !== null);
  const names = [...new Set([...found, ...named])];
  if (names.length === 0) {
    throw new UsageError(
      `there is nothing of another scanner at the root of '${dir}'`,
      `looked for: ${[...FOREIGN_CONFIGS, ...FOREIGN_LISTS].join(", ")}`,
    );
  }
  const { translate } = await import("../../foreign/index.ts");
  return translate(names, read, builtinRules(), true);
}

function* report(
  { config, files, remarks }: Translation,
  text: string,
  entries: number,
  unmet: ReadonlySet<string>,
  dry: boolean,
): Generator<string> {
  const would = dry ? "would be " : "";
  if (dry && text !== "") yield `${text}\n`;
  yield `read: ${files.join(", ")}\n`;
  if (text !== "") {
    const parts = [
      `${(config.rule ?? []).length + (config.file ?? []).length} rules`,
      `${(config.allow ?? []).length} exceptions`,
    ];
    yield `${would}written to ${CONFIG_NAME}: ${parts.join(", ")}\n`;
  }
  if (entries > 0) yield `${would}written to ${IGNORE_NAME}: ${entries} known secrets\n`;
  if (unmet.size > 0) {
    yield `\n${unmet.size} known secrets are neither in the history nor on disk, or not found by these rules, and are left out:\n`;
    for (const reason of unmet) yield `  ${reason}\n`;
  }
  if (remarks.length > 0) {
    yield "\nnot carried over as it is:\n";
    for (const { place, text: what } of remarks) yield `  ${place.file}:${place.line}: ${what}\n`;
  }
  if (!dry)
    yield `\nleakwarden goes by the new files from now on; commit them, and take the old ones out when nothing else reads them\n`;
}
