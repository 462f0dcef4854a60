import type { KeyPair } from "../aws/clients.ts";
import type { Finding } from "../policy/finding.ts";
import type { ScanResult } from "../policy/result.ts";

/** The AWS pair that a finding is half of; null: it is of none. */
export function pairOfFinding(finding: Finding): KeyPair | null {
  const halves = finding.partner === null ? [finding] : [finding, finding.partner];
  const values = halves.map(({ secret }) => secret.reveal());
  const id = values.find((value) => /^A[KS]IA[A-Z0-9]{16}$/.test(value));
  const secret = values.find((value) => value !== id && /^[A-Za-z0-9/+=]{40}$/.test(value));
  return id === undefined || secret === undefined ? null : { id, secret, token: null };
}

/** Asks AWS about each pair that was found, and says so in the report. */
export async function verifyFindings(result: ScanResult, env: NodeJS.ProcessEnv): Promise<ScanResult> {
  const pairs = result.findings.flatMap((finding) => {
    const pair = pairOfFinding(finding);
    return pair === null ? [] : [{ finding, pair }];
  });
  if (pairs.length === 0) return result;
  const { AwsClients } = await import("../aws/clients.ts");
  const { Verifier } = await import("../aws/verify.ts");
  const verifier = new Verifier(await AwsClients.load(env));
  await Promise.all(
    pairs.map(async ({ finding, pair }) => {
      finding.verification = await verifier.verify(pair);
    }),
  );
  const count = new Set(pairs.map(({ pair }) => pair.id)).size;
  const said = `AWS was asked about ${count} ${count === 1 ? "key" : "keys"} by sts:GetCallerIdentity, which CloudTrail notes in the account of each`;
  return { ...result, warnings: [...result.warnings, said] };
}
