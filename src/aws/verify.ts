import { AwsError } from "../errors.ts";
import type { Verification } from "../policy/verification.ts";
import { type AwsClients, ask, type KeyPair } from "./clients.ts";
import { readKeyId } from "./key-id.ts";

/** Pairs that are asked about at the same time. */
const AT_ONCE = 2;

/**
 * Asks AWS whether pairs work, each once, by `sts:GetCallerIdentity` with the pair itself: a call that needs no permission,
 * changes nothing, and leaves an entry in the CloudTrail of the key's account.
 */
export class Verifier {
  private readonly clients: AwsClients;
  private readonly asked = new Map<string, Promise<Verification>>();
  private readonly waiting: (() => void)[] = [];
  private running = 0;

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
    const client = this.clients.stsOf(pair);
    const { GetCallerIdentityCommand } = this.clients.commands.sts;
    try {
      const { Arn = "somebody" } = await ask(
        "sts:GetCallerIdentity",
        client.send(new GetCallerIdentityCommand({})),
      );
      return { state: "live", detail: `it is ${Arn}` };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error.reason === "expired") return { state: "expired", detail: "it was temporary" };
      if (error.reason === "invalid")
        return { state: "invalid", detail: "AWS does not know it, or it is deactivated" };
      // A policy may deny even this call: then the key is known.
      if (error.reason === "denied")
        return { state: "live", detail: "AWS knows it, and a policy denies the question" };
      return { state: "unknown", detail: error.message };
    } finally {
      client.destroy();
    }
  }
}
