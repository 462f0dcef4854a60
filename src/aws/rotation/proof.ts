import { setTimeout as sleep } from "node:timers/promises";
import { AwsError } from "../../errors.ts";
import { type AwsClients, ask, type KeyPair } from "../clients.ts";
import { VERIFIER } from "../verify.ts";

/** A new key is known everywhere after some seconds; until then some of AWS's servers refuse it. */
const PATIENCE_MS = 120_000;
const LONGEST_WAIT_MS = 4000;
const FIRST_WAIT_MS = 250;
/** As often in a row it must work, over a connection of its own each: the first server that knows it is not the last. */
const IN_A_ROW = 3;

/**
 * Waits until a pair works.
 * @param times as often in a row
 * @throws {AwsError} when it does not in two minutes, or AWS cannot be asked
 */
export async function proveWorks(clients: AwsClients, pair: KeyPair, times = IN_A_ROW): Promise<void> {
  for (let worked = 0; worked < times; worked += 1) {
    if (worked > 0) await sleep(FIRST_WAIT_MS);
    await untilKnown(`the key ${pair.id}`, async () => {
      const sts = clients.stsOf(pair, clients.region, VERIFIER);
      try {
        const command = new clients.commands.sts.GetCallerIdentityCommand({});
        await ask("sts:GetCallerIdentity", sts.send(command));
      } catch (error) {
        // A policy that denies even this knows the key.
        if (!(error instanceof AwsError && error.reason === "denied")) throw error;
      } finally {
        sts.destroy();
      }
    });
  }
}

/**
 * Does what AWS may refuse for some seconds because it does not know a key yet.
 * @throws {AwsError} when it still does after two minutes
 */
export async function untilKnown(what: string, work: () => Promise<void>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      return await work();
    } catch (error) {
      const refused =
        error instanceof AwsError && (error.reason === "invalid" || error.reason === "mismatch");
      if (!refused) throw error;
      if (Date.now() > end) {
        throw new AwsError(`${what} does not work after two minutes: ${error.message}`, {
          reason: error.reason,
          cause: error,
        });
      }
    }
    await sleep(wait);
  }
}
