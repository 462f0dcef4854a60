import { type Command, Option } from "commander";
import { callerOf } from "../../../aws/caller.ts";
import { regionsOf } from "../../../aws/regions.ts";
import { HISTORY_DAYS, type TrailResult, trailOf } from "../../../aws/trail.ts";
import { UsageError } from "../../../errors.ts";
import type { Suspicion, TrailGroup } from "../../../policy/key-trail.ts";
import { EXIT } from "../../exit-codes.ts";
import { type Io, writeReport } from "../../io.ts";
import type { Finish } from "../../main.ts";
import { Progress } from "../../progress.ts";
import type { AccountFlags } from "./account-flags.ts";
import { parseDays } from "./audit.ts";
import { reachKey } from "./keys.ts";
import { aboutKey, FORMAT_FLAG, factsOf, fieldLines, type SubjectFlags, subjectOf } from "./subject.ts";

export interface TrailFlags extends SubjectFlags, AccountFlags {
  readonly days: number;
  readonly recent: number;
  readonly regions?: readonly string[];
  readonly format: "human" | "json";
}

/** `aws trail`. */
export function addTrailCommand(aws: Command, io: Io, finish: Finish): void {
  aboutKey(aws.command("trail"))
    .description(
      "what a key did: CloudTrail's event history by service, region, address and error, and what is unusual for it",
    )
    .addOption(new Option("--days <days>", "how far back").argParser(parseDays).default(HISTORY_DAYS))
    .addOption(
      new Option("--recent <days>", "what a key does for the first time in these last days is unusual")
        .argParser(parseDays)
        .default(7),
    )
    .addOption(new Option("--regions <names...>", "these regions instead of all"))
    .addOption(FORMAT_FLAG)
    .action(async (named: string | undefined, flags: TrailFlags) => {
      const facts = await factsOf(io, subjectOf(named, flags), flags);
      if (!facts.accessKey)
        throw new UsageError(
          `${facts.id} is a ${facts.kind}`,
          "CloudTrail is asked by access key: AKIA… or ASIA…",
        );
      const result = await trail(io, facts.id, flags);
      writeReport(io, null, [
        flags.format === "json" ? `${JSON.stringify(result, null, 2)}\n` : [...human(result)].join(""),
      ]);
      finish(trailExit(result));
    });
}

/** @throws {AwsError} when no region could be asked */
export async function trail(io: Io, id: string, flags: TrailFlags): Promise<TrailResult> {
  const named = flags.regions?.flatMap((text) => text.split(",")).filter((name) => name !== "");
  const wrong = named?.length === 0 ? "" : named?.find((name) => !/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(name));
  if (wrong !== undefined)
    throw new UsageError(`'${wrong}' is no region`, "give names as in --regions us-east-1 eu-west-1");
  if (flags.days < 1) throw new UsageError("--days 0 is no time", "give the days to look back, at most 90");
  const { clients } = await reachKey(io, id, flags);
  const { partition } = await callerOf(clients);
  const regions = named ?? regionsOf(partition, clients.region);
  const progress = new Progress(io);
  progress.count(0, `events of ${regions.length} regions`);
  const result = await trailOf(clients, {
    key: id,
    regions,
    days: Math.min(flags.days, HISTORY_DAYS),
    recentDays: flags.recent,
    now: new Date(),
    progress: (events) => progress.count(events, "events"),
  });
  progress.clear();
  return result;
}

function trailExit({ trail: { unusual }, failed }: TrailResult): number {
  if (unusual.length > 0) return EXIT.findings;
  return failed.length > 0 ? EXIT.incomplete : EXIT.clean;
}

const SUSPICION_TEXT: Readonly<Record<Suspicion, string>> = {
  takeover: "calls by which somebody stays or covers up",
  reconnaissance: "calls that find out what the key may",
  denied: "calls that were denied",
  "new-address": "addresses that it was not used from before",
  "new-region": "regions that it was not used in before",
};

const SHOWN = 15;

export function* human({ trail: found, failed }: TrailResult): Generator<string> {
  const { key, calls, verified, first, last, from, unusual } = found;
  const never = failed.length === 0 ? "never" : "unknown";
  const when = (date: Date | null) =>
    date === null ? never : date.toISOString().slice(0, 16).replace("T", " ");
  yield fieldLines({
    key,
    calls: `${calls} since ${when(from)} UTC${verified === 0 ? "" : `, and ${verified} in which leakwarden asked whether it works`}`,
    "first use": when(first),
    "last use": when(last),
  });
  yield* table("service", found.services);
  yield* table("region", found.regions);
  yield* table("address", found.addresses);
  yield* table("error", found.errors);
  if (unusual.length > 0) yield "\n";
  for (const { kind, detail } of unusual) yield `unusual  ${SUSPICION_TEXT[kind]}: ${detail}\n`;
  for (const { region, message } of failed) yield `\nnot asked  ${region}: ${message}\n`;
  if (calls === 0 && failed.length === 0)
    yield "\nCloudTrail knows no call: it keeps 90 days of what is managed, not of what is read and written (S3 objects, table rows).\n";
}

function* table(name: string, groups: readonly TrailGroup[]): Generator<string> {
  if (groups.length === 0) return;
  const width = Math.max(name.length, ...groups.slice(0, SHOWN).map((group) => group.name.length));
  yield `\n${name.padEnd(width)}  calls  denied  first       last\n`;
  const day = (date: Date) => date.toISOString().slice(0, 10);
  for (const { name: what, calls, denied, first, last } of groups.slice(0, SHOWN))
    yield `${what.padEnd(width)}  ${String(calls).padStart(5)}  ${String(denied).padStart(6)}  ${day(first)}  ${day(last)}\n`;
  if (groups.length > SHOWN) yield `and ${groups.length - SHOWN} more\n`;
}
