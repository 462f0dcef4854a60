import { describe, expect, test } from "vitest";
import { aws, awsBeside, makeKey, URL_OF_SERVICE } from "../support/aws.ts";
import { type Call, type FaultyAws, failure, useFaultyAws } from "../support/faulty-aws.ts";
import { awsPair } from "../support/tokens.ts";

let proxy: FaultyAws;
useFaultyAws(URL_OF_SERVICE, (started) => {
  proxy = started;
});

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);

interface Made {
  readonly call: string;
  readonly hours: number;
  readonly address?: string;
  readonly region?: string;
  readonly error?: string;
  readonly agent?: string;
}

/** A record in CloudTrail's shape, as the event history gives it: some fields beside, and all of it as text. */
function record(
  key: string,
  { call, hours, address = "192.0.2.7", region = "us-east-1", error, agent = "aws-cli/2.15.0" }: Made,
) {
  const [service, eventName] = call.split(":");
  const time = hoursAgo(hours);
  return {
    EventId: `${call}-${hours}`,
    EventName: eventName,
    EventTime: time.getTime() / 1000,
    EventSource: `${service}.amazonaws.com`,
    AccessKeyId: key,
    CloudTrailEvent: JSON.stringify({
      eventVersion: "1.09",
      userIdentity: { type: "IAMUser", arn: "arn:aws:iam::123456789012:user/ada", accessKeyId: key },
      eventTime: time.toISOString().replace(/\.\d+/, ""),
      eventSource: `${service}.amazonaws.com`,
      eventName,
      awsRegion: region,
      sourceIPAddress: address,
      userAgent: agent,
      ...(error === undefined ? {} : { errorCode: error, errorMessage: "no" }),
    }),
  };
}

/** Answers for a region, two events a page. */
function history(key: string, events: readonly Made[]): void {
  proxy.fault = (call: Call) => {
    if (call.name !== "cloudtrail:LookupEvents") return null;
    const { NextToken = "0", LookupAttributes } = JSON.parse(call.body);
    expect(LookupAttributes).toEqual([{ AttributeKey: "AccessKeyId", AttributeValue: key }]);
    const own = events.filter(({ region = "us-east-1" }) => region === call.region);
    const from = Number(NextToken);
    return {
      status: 200,
      headers: { "content-type": "application/x-amz-json-1.1" },
      body: JSON.stringify({
        Events: own.slice(from, from + 2).map((event) => record(key, event)),
        ...(from + 2 < own.length ? { NextToken: String(from + 2) } : {}),
      }),
    };
  };
}

const trail = (...args: string[]) =>
  awsBeside(["aws", "trail", ...args], { env: { AWS_ENDPOINT_URL: proxy.url, AWS_REGION: "eu-west-1" } });

const ORDINARY: readonly Made[] = [
  { call: "sqs:CreateQueue", hours: 900 },
  { call: "sqs:CreateQueue", hours: 700 },
  { call: "s3:PutBucketPolicy", hours: 600 },
  { call: "sqs:DeleteQueue", hours: 2 },
  { call: "sqs:CreateQueue", hours: 800, region: "eu-west-1" },
];

describe("aws trail", () => {
  test("groups what a key did in all regions", async () => {
    const { id } = await makeKey();
    history(id, ORDINARY);
    const from = proxy.calls.length;
    const { code, stdout } = await trail(id, "--format", "json");
    expect(code).toBe(0);
    const { trail: found, failed } = JSON.parse(stdout);
    expect(failed).toEqual([]);
    expect(found.calls).toBe(5);
    const names = (groups: { name: string; calls: number }[]) =>
      groups.map(({ name, calls }) => `${name} ${calls}`);
    expect(names(found.services)).toEqual(["sqs 4", "s3 1"]);
    expect(names(found.regions)).toEqual(["us-east-1 4", "eu-west-1 1"]);
    expect(names(found.addresses)).toEqual(["192.0.2.7 5"]);
    expect(found.unusual).toEqual([]);
    expect(Math.round((Date.now() - Date.parse(found.first)) / 3_600_000)).toBe(900);
    expect(Math.round((Date.now() - Date.parse(found.last)) / 3_600_000)).toBe(2);
    const regions = proxy.calls
      .slice(from)
      .flatMap(({ name, region }) => (name === "cloudtrail:LookupEvents" ? region : []));
    expect(new Set(regions).size).toBe(34);
    const human = await trail(id);
    expect(human.stdout).toMatch(/calls: +5 since/);
    expect(human.stdout).toMatch(/^sqs +4 +0 +\d{4}-\d\d-\d\d {2}\d{4}-\d\d-\d\d$/m);
  });

  test("flags what is unusual for it", async () => {
    const { id } = await makeKey();
    history(id, [
      ...ORDINARY,
      { call: "sts:GetCallerIdentity", hours: 3, address: "203.0.113.9" },
      { call: "iam:CreateUser", hours: 3, address: "203.0.113.9", error: "AccessDenied" },
      {
        call: "ec2:RunInstances",
        hours: 3,
        address: "203.0.113.9",
        region: "ap-northeast-1",
        error: "Client.UnauthorizedOperation",
      },
    ]);
    const { code, stdout } = await trail(id);
    expect(code).toBe(1);
    const unusual = stdout.split("\n").filter((text) => text.startsWith("unusual"));
    expect(unusual).toEqual([
      "unusual  calls by which somebody stays or covers up: ec2:RunInstances (1), iam:CreateUser (1)",
      "unusual  calls that find out what the key may: sts:GetCallerIdentity (1)",
      "unusual  calls that were denied: ec2:RunInstances (1), iam:CreateUser (1)",
      "unusual  addresses that it was not used from before: 203.0.113.9 (3)",
      "unusual  regions that it was not used in before: ap-northeast-1 (1)",
    ]);
    // Within the days that count as recent everything is old.
    expect((await trail(id, "--recent", "0")).stdout).not.toContain("not used from before");
  });

  test("a key of days has nothing that is new for it", async () => {
    const { id } = await makeKey();
    history(id, [
      { call: "sqs:CreateQueue", hours: 3 },
      { call: "sqs:CreateQueue", hours: 2, address: "203.0.113.9" },
    ]);
    expect((await trail(id)).code).toBe(0);
  });

  test("is incomplete when a region cannot be asked, and says which", async () => {
    const { id } = await makeKey();
    history(id, ORDINARY);
    const answer = proxy.fault;
    proxy.fault = (call) =>
      call.name === "cloudtrail:LookupEvents" && call.region === "eu-west-3"
        ? failure(call, "AccessDeniedException", "no")
        : answer(call);
    expect(await trail(id)).toMatchObject({
      code: 3,
      stdout: expect.stringContaining(
        "not asked  eu-west-3: the credentials that are used here may not cloudtrail:LookupEvents",
      ),
    });
    expect((await trail(id, "--regions", "us-east-1,eu-west-1")).code).toBe(0);
    proxy.fault = (call) =>
      call.name === "cloudtrail:LookupEvents" ? failure(call, "AccessDeniedException", "no") : null;
    expect(await trail(id)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("no region could be asked"),
    });
  });

  test("passes over regions that the account has not asked for", async () => {
    const { id } = await makeKey();
    history(id, ORDINARY);
    const answer = proxy.fault;
    proxy.fault = (call) =>
      call.name === "cloudtrail:LookupEvents" && call.region === "me-central-1"
        ? failure(
            call,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
          )
        : answer(call);
    expect((await trail(id)).code).toBe(0);
    expect(await trail(id, "--regions", "me-central-1")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("the account uses none of them"),
    });
  });

  test("takes no question of leakwarden's own for a thief's", async () => {
    const { id } = await makeKey();
    history(id, [
      ...ORDINARY,
      {
        call: "sts:GetCallerIdentity",
        hours: 1,
        address: "203.0.113.9",
        agent: "aws-sdk-js/3 leakwarden/verify",
      },
    ]);
    expect(await trail(id)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/calls: +5 since .*, and 1 in which leakwarden asked whether it works/),
    });
    // Whoever calls himself so and does something else is seen.
    history(id, [...ORDINARY, { call: "iam:CreateUser", hours: 1, agent: "leakwarden/verify" }]);
    expect((await trail(id)).code).toBe(1);
  });

  test("waits when it asks too often", async () => {
    const { id } = await makeKey();
    history(id, ORDINARY);
    const answer = proxy.fault;
    let left = 2;
    proxy.fault = (call) => {
      if (call.name !== "cloudtrail:LookupEvents" || left === 0) return answer(call);
      left -= 1;
      return failure(call, "ThrottlingException", "Rate exceeded");
    };
    expect((await trail(id, "--regions", "us-east-1")).code).toBe(0);
    expect(left).toBe(0);
  });

  test("is of a key that one can reach", async () => {
    expect(aws(["aws", "trail", awsPair().id], { env: { AWS_REGION: "eu-west-1" } })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /is of account \d+, and the credentials that are used here are of 123456789012/,
      ),
    });
    expect(aws(["aws", "trail", "AROAQ3EGRVXK7PLMWZ5YA"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is a role"),
    });
    for (const regions of ["", "us-east-1,nowhere", "bad region!"])
      expect(aws(["aws", "trail", awsPair().id, "--regions", regions])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("is no region"),
      });
    expect(aws(["aws", "trail"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("which key is meant is not said"),
    });
  });
});
