import { type Command, Option } from "commander";
import { IGNORE_NAME } from "../../policy/ignore-file.ts";
import type { ScanResult } from "../../policy/result.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { REPO_FLAG } from "../flags.ts";
import { type EntryText, entryOf, IgnoreBook } from "../ignore-book.ts";
import { type Io, notify, writeReport } from "../io.ts";
import type { Finish } from "../main.ts";

interface RepoFlag {
  readonly repo?: string;
}

type EntryFlags = RepoFlag & EntryText;

/** `baseline create|prune|diff` and `allow`. */
export function addBaselineCommands(program: Command, io: Io, finish: Finish): void {
  const baseline = program
    .command("baseline")
    .description(`${IGNORE_NAME}: the secrets that are known, so that only new ones are reported`);

  baseline
    .command("create")
    .description("write down every secret of the history that is not in it yet")
    .addOption(REPO_FLAG)
    .addOption(new Option("--reason <text>", "why they are let be").default("known when leakwarden came"))
    .addOption(new Option("--until <date>", "last day on which the entries count, as YYYY-MM-DD"))
    .addOption(new Option("--owner <name>", "who looks after them"))
    .action(async (flags: EntryFlags) => {
      const book = await IgnoreBook.open(io, flags);
      const { result, fresh } = await book.compare();
      book.write([...book.entries, ...fresh.map((finding) => entryOf(finding, flags))]);
      writeReport(io, null, [
        `${fresh.length} added to ${IGNORE_NAME}, ${book.entries.length} were there; commit it with .gitattributes\n`,
      ]);
      finish(codeOf(io, result, false));
    });

  baseline
    .command("prune")
    .description(
      "take out the entries whose secrets the history no longer holds, and those that have expired",
    )
    .addOption(REPO_FLAG)
    .action(async (flags: RepoFlag) => {
      const book = await IgnoreBook.open(io, flags);
      const { result, gone } = await book.compare();
      if (!result.coverage.complete) {
        finish(codeOf(io, result, false));
        return;
      }
      const today = new Date().toISOString().slice(0, 10);
      const kept = book.entries.filter(
        (entry) => !gone.includes(entry) && (entry.until === null || entry.until >= today),
      );
      if (kept.length < book.entries.length) book.write(kept);
      writeReport(io, null, [`${book.entries.length - kept.length} taken out, ${kept.length} left\n`]);
    });

  baseline
    .command("diff")
    .description("show what is in the history and not in it, and the other way round")
    .addOption(REPO_FLAG)
    .action(async (flags: RepoFlag) => {
      const book = await IgnoreBook.open(io, flags);
      const { result, fresh, gone } = await book.compare();
      writeReport(io, null, [
        ...fresh.map(
          ({ fingerprint, ruleId, place }) => `+ ${fingerprint} ${ruleId} ${place.path}:${place.line}\n`,
        ),
        ...gone.map(({ fingerprint, ruleId, path }) => `- ${fingerprint} ${ruleId} ${path}\n`),
        `${fresh.length} not in ${IGNORE_NAME}, ${gone.length} of it no longer in the history\n`,
      ]);
      finish(codeOf(io, result, fresh.length > 0));
    });

  program
    .command("allow")
    .argument("<what>", "fingerprint of a finding (its first 8 digits will do), or PATH:LINE")
    .description(`let one secret be: a line in ${IGNORE_NAME}, with the reason`)
    .addOption(REPO_FLAG)
    .addOption(new Option("--reason <text>", "why it is let be").makeOptionMandatory())
    .addOption(new Option("--until <date>", "last day on which it counts, as YYYY-MM-DD"))
    .addOption(new Option("--owner <name>", "who looks after it"))
    .action(async (what: string, flags: EntryFlags) => {
      const book = await IgnoreBook.open(io, flags);
      const finding = await book.find(what);
      const others = book.entries.filter(({ fingerprint }) => fingerprint !== finding.fingerprint);
      book.write([...others, entryOf(finding, flags)]);
      writeReport(io, null, [
        `${finding.title} in ${finding.place.path}:${finding.place.line} is let be from now on; commit ${IGNORE_NAME}\n`,
      ]);
    });
}

/** A scan that could not see everything says so in its exit code. */
function codeOf(io: Io, { coverage }: ScanResult, found: boolean): ExitCode {
  if (!coverage.complete) {
    const reasons = coverage.gaps.filter(({ incomplete }) => incomplete).map(({ reason }) => reason);
    notify(io, `leakwarden: the history could not be read as a whole: ${reasons.join(", ")}\n`);
  }
  return found ? EXIT.findings : coverage.complete ? EXIT.clean : EXIT.incomplete;
}
