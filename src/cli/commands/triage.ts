import { createInterface } from "node:readline/promises";
import { type Command, Option } from "commander";
import * as v from "valibot";
import { UsageError } from "../../errors.ts";
import type { Finding } from "../../policy/finding.ts";
import { IGNORE_NAME, type IgnoreEntry } from "../../policy/ignore-file.ts";
import { describe, palette, STATE_TEXT } from "../../report/human.ts";
import { VERSION } from "../../version.ts";
import { REPO_FLAG } from "../flags.ts";
import { entryOf, IgnoreBook, requireEntryText } from "../ignore-book.ts";
import { readInput, readStandardInput } from "../input.ts";
import { type Io, notify, writeReport } from "../io.ts";

/** Days for which what is put off is let be. */
const LATER_DAYS = 14;

const VERDICTS = ["real", "false", "later"] as const;
type Verdict = (typeof VERDICTS)[number];

/** What a file of verdicts holds. */
const VerdictsSchema = v.array(
  v.strictObject({
    fingerprint: v.pipe(v.string(), v.regex(/^[0-9a-f]{24}$/, "a fingerprint has 24 hexadecimal digits")),
    verdict: v.picklist(VERDICTS),
    reason: v.optional(v.string()),
    until: v.optional(v.string()),
    owner: v.optional(v.string()),
  }),
);

interface TriageFlags {
  readonly repo?: string;
  readonly verdicts?: string;
  readonly color: boolean;
}

/** `triage`. */
export function addTriageCommand(program: Command, io: Io): void {
  program
    .command("triage")
    .description(
      `walk the secrets of the history that nobody has decided on, and write down in ${IGNORE_NAME} what was decided`,
    )
    .addOption(REPO_FLAG)
    .addOption(
      new Option("--verdicts <file>", "take the verdicts from JSON instead of asking; '-' is standard input"),
    )
    .addOption(new Option("--no-color", "no colours (NO_COLOR is honoured too)"))
    .action(async (flags: TriageFlags) => {
      const given = flags.verdicts === undefined ? null : await verdictsFrom(io, flags.verdicts);
      if (given === null && !(io.stdout.isTTY && process.stdin.isTTY)) {
        throw new UsageError(
          "triage asks on a terminal, and this is none",
          "give the verdicts as JSON: --verdicts FILE",
        );
      }
      const book = await IgnoreBook.open(io, flags);
      const { findings, coverage } = await book.scanForOpen();
      if (!coverage.complete) notify(io, "leakwarden: the history could not be read as a whole\n");
      const entries = given === null ? await ask(io, findings, flags) : apply(findings, given);
      if (entries.length > 0) {
        const decided = new Set(entries.map(({ fingerprint }) => fingerprint));
        book.write([...book.entries.filter(({ fingerprint }) => !decided.has(fingerprint)), ...entries]);
      }
      const left = findings.length - entries.length;
      writeReport(io, null, [
        `${entries.length} written to ${IGNORE_NAME}, ${left} ${left === 1 ? "is" : "are"} reported as before\n`,
      ]);
    });
}

async function verdictsFrom(io: Io, file: string): Promise<v.InferOutput<typeof VerdictsSchema>> {
  const text = (file === "-" ? await readStandardInput(io) : readInput(io, file)).toString("utf8");
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`'${file}' is no JSON: ${(error as Error).message}`, HINT);
  }
  const result = v.safeParse(VerdictsSchema, data);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new UsageError(`'${file}': ${v.getDotPath(issue) ?? "it"}: ${issue.message}`, HINT);
}

const HINT =
  'it holds a list of { "fingerprint": "…", "verdict": "real", "false" or "later", "reason": "…", "until": "…", "owner": "…" }';

/** @throws {UsageError} when a verdict is of no finding: then it is of another repository, or out of date */
function apply(findings: readonly Finding[], given: v.InferOutput<typeof VerdictsSchema>): IgnoreEntry[] {
  const known = new Map(findings.map((finding) => [finding.fingerprint, finding]));
  return given.flatMap(({ fingerprint, verdict, reason, until, owner }) => {
    const finding = known.get(fingerprint);
    if (finding === undefined) {
      throw new UsageError(
        `no secret that is open has the fingerprint ${fingerprint}`,
        "'leakwarden history --format json' shows those that are; nothing was written",
      );
    }
    if (verdict === "real") return [];
    const text = {
      reason: reason ?? REASON[verdict],
      ...(owner === undefined ? {} : { owner }),
      ...(until !== undefined ? { until } : verdict === "later" ? { until: laterDay() } : {}),
    };
    requireEntryText(text);
    return [entryOf(finding, text)];
  });
}

const REASON: Record<Exclude<Verdict, "real">, string> = { false: "no secret", later: "to be looked at" };

function laterDay(): string {
  return new Date(Date.now() + LATER_DAYS * 86_400_000).toISOString().slice(0, 10);
}

const ANSWERS: Readonly<Record<string, Verdict>> = { r: "real", f: "false", l: "later" };

/** One finding after another; what was decided before somebody stops is kept. */
async function ask(io: Io, findings: readonly Finding[], flags: TriageFlags): Promise<IgnoreEntry[]> {
  const colour = flags.color && !io.env.NO_COLOR && io.env.TERM !== "dumb";
  const options = { version: VERSION, reveal: false, colour, width: io.stdout.columns };
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-D and Ctrl-C end the questions, not what was answered.
  terminal.on("SIGINT", () => terminal.close());
  // An iterator keeps the lines that are typed ahead of their question.
  const lines = terminal[Symbol.asyncIterator]();
  const question = async (text: string): Promise<string | null> => {
    terminal.setPrompt(text);
    terminal.prompt();
    const { done, value } = await lines.next();
    return done === true ? null : value;
  };
  const entries: IgnoreEntry[] = [];
  for (const [index, finding] of findings.entries()) {
    writeReport(io, null, [
      `\n${index + 1} of ${findings.length}  ${finding.fingerprint}\n`,
      ...describe(finding, undefined, STATE_TEXT, options, palette(colour)),
    ]);
    let answer: string | null;
    do {
      answer = await question("[r]eal, [f]alse, [l]ater, [q]uit? ");
    } while (answer !== null && !/^[rflq]/i.test(answer.trim()));
    const letter = answer?.trim().charAt(0).toLowerCase() ?? "q";
    if (letter === "q") break;
    const verdict = ANSWERS[letter]!;
    if (verdict === "real") {
      writeReport(io, null, [`it stays reported. ${finding.remediation}\n`]);
      continue;
    }
    const why = await question(`why? [${REASON[verdict]}] `);
    if (why === null) break;
    const reason = why.trim() || REASON[verdict];
    entries.push(entryOf(finding, { reason, ...(verdict === "later" ? { until: laterDay() } : {}) }));
  }
  terminal.close();
  return entries;
}
