import { setTimeout as sleep } from "node:timers/promises";
import { AwsError } from "../../errors.ts";
import { type AwsClients, ask, type KeyPair } from "../clients.ts";

/** A new key is known everywhere after some seconds; until then some of AWS's servers refuse it. */
const PATIENCE_MS = 120_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 4000;
/** As often in a row it must work: the first server that knows it is not the last. */
const IN_A_ROW = 3;

/**
 * Waits until a pair works.
 * @throws {AwsError} when it does not in two minutes, or AWS cannot be asked
 */
export async function proveWorks(clients: AwsClients, pair: KeyPair): Promise<void> {
  const sts = clients.stsOf(pair, clients.region);
  const end = Date.now() + PATIENCE_MS;
  let wait = FIRST_WAIT_MS;
  try {
    for (let worked = 0; worked < IN_A_ROW; ) {
      const refusal = await refusalOf(clients, sts);
      if (refusal === null) {
        worked += 1;
        continue;
      }
      if (Date.now() > end) {
        throw new AwsError(`the new key ${pair.id} does not work after two minutes: ${refusal.message}`, {
          reason: refusal.reason,
          cause: refusal,
        });
      }
      worked = 0;
      await sleep(wait);
      wait = Math.min(2 * wait, LONGEST_WAIT_MS);
    }
  } finally {
    sts.destroy();
  }
}

async function refusalOf(
  { commands }: AwsClients,
  sts: ReturnType<AwsClients["stsOf"]>,
): Promise<AwsError | null> {
  try {
    await ask("sts:GetCallerIdentity", sts.send(new commands.sts.GetCallerIdentityCommand({})));
    return null;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    // A policy that denies even this knows the key.
    if (error.reason === "denied") return null;
    if (error.reason === "invalid" || error.reason === "mismatch") return error;
    throw error;
  }
}
