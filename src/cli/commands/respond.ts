import { randomUUID } from "node:crypto";
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { LeakwardenError, UsageError } from "../../errors.ts";
import type { Finding } from "../../policy/finding.ts";
import { Fingerprinter } from "../../policy/fingerprint.ts";
import { stateFolder } from "../../state/folder.ts";
import type { StateFile } from "../../state/state-file.ts";
import { asked } from "../confirm.ts";
import { EXIT } from "../exit-codes.ts";
import { addFlags, REPO_FLAG } from "../flags.ts";
import { IgnoreBook } from "../ignore-book.ts";
import {
  AWS_STEPS,
  type Incident,
  type IncidentStep,
  incidentFile,
  knownIncident,
  OTHER_STEPS,
  STEPS,
  type Step,
} from "../incident.ts";
import { type Io, notify, writeReport } from "../io.ts";
import type { Finish } from "../main.ts";
import { renderError } from "../render-error.ts";
import { Response, type ResponseFlags } from "../response.ts";
import { ROLE_FLAGS } from "./aws/account-flags.ts";
import { parseDays } from "./aws/audit.ts";
import { CONSUMER_FLAGS, collected } from "./aws/rotator.ts";
import { keyIdOfFinding } from "./aws/subject.ts";

interface RespondFlags extends ResponseFlags {
  readonly incident?: string;
  readonly yes?: readonly string[];
  readonly skip?: readonly string[];
  readonly redo?: readonly string[];
}

/** `respond`. */
export function addRespondCommand(program: Command, io: Io, finish: Finish): void {
  const respond = program
    .command("respond")
    .description(
      "the whole answer to one leak, step by step: inspect, verify, deactivate, rotate, store, trail, clean the history, allow. Each step asks; the same command goes on where it was",
    )
    .argument("<finding>", "a fingerprint, or PATH:LINE")
    .addOption(REPO_FLAG)
    .addOption(
      new Option("--yes <steps>", "do these steps without asking: inspect,verify,…").argParser(collected),
    )
    .addOption(new Option("--skip <steps>", "leave these out").argParser(collected))
    .addOption(new Option("--redo <steps>", "take these up again").argParser(collected))
    .addOption(
      new Option(
        "--recent <days>",
        "what the key does for the first time in these last days is unusual (default: since it was committed)",
      ).argParser(parseDays),
    )
    .addOption(
      new Option("--store <name>", "the secret in Secrets Manager that gets the new pair of --to-profile"),
    )
    .addOption(
      new Option(
        "--incident <file>",
        "where it is written down (default: leakwarden/incidents of the user's state)",
      ),
    );
  addFlags(respond, [...CONSUMER_FLAGS, ...ROLE_FLAGS]).action(async (what: string, flags: RespondFlags) => {
    const yes = stepsOf("--yes", flags.yes);
    const skip = stepsOf("--skip", flags.skip);
    const redo = stepsOf("--redo", flags.redo);
    const { file, incident } = await openIncident(io, what, flags);
    await file.hold(async () => {
      writeReport(io, null, [
        `${incident.title} in ${incident.path}:${incident.line}, ${incident.fingerprint}\n`,
      ]);
      const response = new Response(io, incident, flags);
      for (const step of incident.steps) {
        if (redo.has(step.name)) Object.assign(step, { state: "open", at: null, note: "" });
        if (step.state !== "open") continue;
        if (skip.has(step.name)) {
          await response.forget(step.name);
          settle(step, "skipped", "left out");
        } else if (!(await take(io, response, step, yes))) break;
        file.write(incident);
      }
      file.write(incident);
      writeReport(io, null, [...checklist(incident), `\n${file.path} has what was done\n`]);
      finish(incident.steps.some(({ state }) => state === "open") ? EXIT.incomplete : EXIT.clean);
    });
  });
}

function stepsOf(flag: string, given: readonly string[] = []): ReadonlySet<Step> {
  const names = given.flatMap((text) => text.split(",")).filter((name) => name !== "");
  const wrong = names.find((name) => !(STEPS as readonly string[]).includes(name));
  if (wrong !== undefined)
    throw new UsageError(`${flag} names '${wrong}', which is no step`, `the steps are ${STEPS.join(", ")}`);
  return new Set(names as Step[]);
}

async function openIncident(
  io: Io,
  what: string,
  flags: RespondFlags,
): Promise<{ file: StateFile<Incident>; incident: Incident }> {
  const folder = stateFolder(io.env);
  if (folder === null && flags.incident === undefined)
    throw new UsageError(
      "there is no place for what is done: neither XDG_STATE_HOME nor HOME is set",
      "--incident FILE",
    );
  const incidents = join(folder ?? "", "incidents");
  const named =
    flags.incident === undefined
      ? knownIncident(incidents, what)
      : incidentFile(resolve(io.cwd, flags.incident));
  const known = named?.read() ?? null;
  const book = await IgnoreBook.open(io, flags);
  if (named !== null && known !== null) {
    if (!known.fingerprint.startsWith(what) && what !== `${known.path}:${known.line}`)
      throw new UsageError(
        `'${named.path}' is about ${known.fingerprint} in ${known.path}:${known.line}, and not about '${what}'`,
        "name another --incident file",
      );
    if (known.repository !== book.dir && flags.repo === undefined)
      throw new UsageError(
        `this incident is about the repository in '${known.repository}', and this one is in '${book.dir}'`,
        "go there; when it was moved, or cloned anew, --repo DIR says where it is now",
      );
    return { file: named, incident: { ...known, repository: book.dir } };
  }
  const finding = await book.find(what);
  const file = named ?? incidentFile(join(incidents, `${finding.fingerprint}.json`));
  return { file, incident: file.read() ?? begun(finding, book.dir) };
}

function begun(finding: Finding, repository: string): Incident {
  const salt = randomUUID();
  const prints = new Fingerprinter(salt);
  const halves = finding.partner === null ? [finding] : [finding, finding.partner];
  const key = keyIdOfFinding(finding);
  const isAws = key !== null || /^aws-(?:access-key|secret|session)/.test(finding.ruleId);
  return {
    version: 1,
    fingerprint: finding.fingerprint,
    ruleId: finding.ruleId,
    title: finding.title,
    remediation: finding.remediation,
    repository,
    path: finding.place.path,
    line: finding.place.line,
    since: finding.commit?.date ?? null,
    salt,
    marks: halves.map(({ ruleId, secret }) => ({
      rule: ruleId,
      print: prints.fingerprint(ruleId, secret.reveal()),
    })),
    key,
    user: null,
    fresh: null,
    begun: new Date().toISOString(),
    steps: (isAws ? AWS_STEPS : OTHER_STEPS).map((name) => ({ name, state: "open", at: null, note: "" })),
  };
}

/**
 * Does a step when somebody wants it. One that fails stays open, and the next is asked about all the same.
 * @returns false when somebody wants to stop
 */
async function take(
  io: Io,
  response: Response,
  step: IncidentStep,
  yes: ReadonlySet<Step>,
): Promise<boolean> {
  writeReport(io, null, [`\n${step.name}: ${response.describe(step.name)}\n`]);
  const answer = yes.has(step.name) ? "yes" : await asked(io, `${step.name}?`);
  if (answer === "gone") return false;
  if (answer !== "yes") {
    step.note = answer === "nobody" ? "nobody was there to be asked" : "not now";
    return true;
  }
  try {
    const { done, note } = await response.run(step.name);
    if (done) settle(step, "done", note);
    else step.note = note;
  } catch (error) {
    if (!(error instanceof LeakwardenError)) throw error;
    step.note = error.message;
    notify(io, renderError(error));
  }
  return true;
}

function settle(step: IncidentStep, state: "done" | "skipped", note: string): void {
  Object.assign(step, { state, at: new Date().toISOString(), note });
}

const MARK = { open: "[ ]", done: "[x]", skipped: "[-]" } as const;

function* checklist({ steps }: Incident): Generator<string> {
  yield "\n";
  const width = Math.max(...steps.map(({ name }) => name.length));
  for (const { name, state, note } of steps) yield `${MARK[state]} ${name.padEnd(width)}  ${note}\n`;
}
