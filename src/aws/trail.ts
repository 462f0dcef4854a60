import { AwsError } from "../errors.ts";
import { DAY_MS } from "../policy/key-audit.ts";
import { type KeyTrail, TrailCounter, type TrailEvent } from "../policy/key-trail.ts";
import { type AwsClients, pages } from "./clients.ts";
import { isOptional } from "./regions.ts";
import { VERIFIER } from "./verify.ts";

/** How far back CloudTrail's event history goes. */
export const HISTORY_DAYS = 90;
/** Regions that are asked at the same time; each answers two questions a second. */
const AT_ONCE = 4;
/** Regions that must have failed before the others are not asked. */
const ENOUGH = 4;

export interface TrailOptions {
  readonly key: string;
  readonly regions: readonly string[];
  /** Days that are looked at, and of these the last ones, in which what is new is unusual. */
  readonly days: number;
  readonly recentDays: number;
  readonly now: Date;
  readonly progress: (events: number) => void;
}

export interface TrailResult {
  readonly trail: KeyTrail;
  /** Regions that could not be asked, and why. */
  readonly failed: readonly { readonly region: string; readonly message: string }[];
}

/**
 * What a key was used for, of the event history of each region: what the key manages, not what it reads and writes.
 * @throws {AwsError} when no region could be asked
 */
export async function trailOf(clients: AwsClients, options: TrailOptions): Promise<TrailResult> {
  const { key, regions, now, days, recentDays, progress } = options;
  const from = new Date(now.getTime() - days * DAY_MS);
  const counter = new TrailCounter();
  const failed: { region: string; message: string }[] = [];
  let events = 0;
  let answered = 0;
  const waiting = regions.values();
  const work = async () => {
    for (const region of waiting) {
      // What none of several regions answers the others will not either.
      if (answered === 0 && failed.length >= ENOUGH) return;
      try {
        for await (const event of eventsOf(clients.in(region), key, from, now)) {
          counter.add(event);
          events += 1;
          progress(events);
        }
        answered += 1;
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        // A region that the account has not asked for does not know its credentials.
        if (error.reason === "invalid" && isOptional(region)) continue;
        failed.push({ region, message: error.message });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (answered === 0) {
    const [first] = failed;
    const why = first === undefined ? "the account uses none of them" : `${first.region}: ${first.message}`;
    throw new AwsError(`no region could be asked; ${why}`, { reason: "other" });
  }
  failed.sort((a, b) => (a.region < b.region ? -1 : 1));
  const recent = new Date(now.getTime() - recentDays * DAY_MS);
  return { trail: counter.result(key, from, now, recent), failed };
}

async function* eventsOf(clients: AwsClients, key: string, from: Date, to: Date): AsyncGenerator<TrailEvent> {
  const { client, commands } = await clients.cloudTrail();
  const answers = commands.paginateLookupEvents(
    { client },
    {
      LookupAttributes: [{ AttributeKey: "AccessKeyId", AttributeValue: key }],
      StartTime: from,
      EndTime: to,
    },
  );
  for await (const { Events = [] } of pages("cloudtrail:LookupEvents", answers)) {
    for (const { CloudTrailEvent: record = "{}", EventTime: time = to } of Events)
      yield readEvent(JSON.parse(record) as Record<string, unknown>, time, clients.region);
  }
}

/**
 * A record of CloudTrail, of which this is read:
 *
 *     {"eventTime":"2026-11-27T06:00:00Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets",
 *      "awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7","errorCode":"AccessDenied",…}
 */
function readEvent(record: Record<string, unknown>, time: Date, region: string): TrailEvent {
  const text = (name: string, or: string) => (typeof record[name] === "string" ? record[name] : or);
  return {
    time: new Date(Date.parse(text("eventTime", "")) || time),
    service: text("eventSource", "unknown").replace(/\.amazonaws\.com(?:\.cn)?$/, ""),
    action: text("eventName", "unknown"),
    region: text("awsRegion", region),
    address: text("sourceIPAddress", "unknown"),
    error: text("errorCode", "") || null,
    own: text("userAgent", "").includes(VERIFIER),
  };
}
