import { AwsError } from "../errors.ts";
import type { Verification } from "../policy/verification.ts";
import { type Caller, callerOf } from "./caller.ts";
import { type AwsClients, ask, type KeyPair } from "./clients.ts";
import type { AwsReason } from "./failure.ts";
import { type KeyIdFacts, readKeyId } from "./key-id.ts";
import { findKey } from "./keys.ts";

/** One of each partition: the usual one, China, and that of the US government. */
const REGIONS = ["us-east-1", "cn-north-1", "us-gov-west-1"];
/** How the question names itself in CloudTrail: whoever reads there must not take it for a thief's. */
export const VERIFIER = "leakwarden/verify";
/** Pairs that are asked about at the same time. */
const AT_ONCE = 2;

/**
 * Asks AWS whether pairs work, each once, by `sts:GetCallerIdentity` with the pair itself: a call that needs no permission,
 * changes nothing, and leaves an entry in the CloudTrail of the key's account. Of what AWS does not know one's own
 * credentials, if there are any, tell whether it is deactivated.
 */
export class Verifier {
  private readonly clients: AwsClients;
  private readonly asked = new Map<string, Promise<Verification>>();
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  private caller: Promise<Caller> | null = null;

  constructor(clients: AwsClients) {
    this.clients = clients;
  }

  verify(pair: KeyPair): Promise<Verification> {
    const key = JSON.stringify(pair);
    let answer = this.asked.get(key);
    if (answer === undefined) {
      answer = this.inTurn(() => this.askAws(pair));
      this.asked.set(key, answer);
    }
    return answer;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.running += 1;
    try {
      return await work();
    } finally {
      this.running -= 1;
      this.waiting.shift()?.();
    }
  }

  private async askAws(pair: KeyPair): Promise<Verification> {
    const facts = readKeyId(pair.id);
    if (facts === null || !facts.accessKey) return { state: "skipped", detail: "it is no access key" };
    if (facts.canary) return { state: "skipped", detail: "it is a trap: whoever uses it is reported" };
    if (pair.id.startsWith("ASIA") && pair.token === null)
      return { state: "skipped", detail: "it is temporary, and its session token is not there" };
    let answer: Verification | null = null;
    // A partition knows nothing of the keys of another.
    for (const region of REGIONS) {
      answer = await this.askIn(region, pair);
      if (answer.state !== "invalid") break;
    }
    return answer!.state === "invalid" ? ((await this.deactivated(facts)) ?? answer!) : answer!;
  }

  /** AWS answers alike for keys that are deactivated and that never were; an account of one's own knows more. */
  private async deactivated({ id, account }: KeyIdFacts): Promise<Verification | null> {
    try {
      this.caller ??= callerOf(this.clients);
      if (account !== null && account !== (await this.caller).account) return null;
      const key = await findKey(this.clients, id);
      if (key === null || key.active) return null;
      return { state: "inactive", detail: `it is deactivated, and ${key.user}'s` };
    } catch (error) {
      // Without credentials of one's own, or permission, the answer stays what it is.
      if (error instanceof AwsError) return null;
      throw error;
    }
  }

  private async askIn(region: string, pair: KeyPair): Promise<Verification> {
    const client = this.clients.stsOf(pair, region, VERIFIER);
    const { GetCallerIdentityCommand } = this.clients.commands.sts;
    try {
      const { Arn = "somebody" } = await ask(
        "sts:GetCallerIdentity",
        client.send(new GetCallerIdentityCommand({})),
      );
      return { state: "live", detail: `it is ${Arn}` };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      switch (error.reason as AwsReason) {
        case "expired":
          return { state: "expired", detail: "it was temporary" };
        case "mismatch":
          return {
            state: "unknown",
            detail: "AWS knows the ID, and the secret is not its: the halves may be of two keys",
          };
        case "invalid":
          return { state: "invalid", detail: "AWS does not know it, or it is deactivated" };
        case "denied":
          // A policy may deny even this call: then the key is known.
          return { state: "live", detail: "AWS knows it, and a policy denies the question" };
        default:
          return { state: "unknown", detail: error.message };
      }
    } finally {
      client.destroy();
    }
  }
}
