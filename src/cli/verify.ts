import type { KeyPair } from "../aws/clients.ts";
import type { Verifier } from "../aws/verify.ts";
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

/** @throws {UsageError} when the AWS SDK is not installed: sooner than after a long scan */
export async function loadVerifier(env: NodeJS.ProcessEnv): Promise<Verifier> {
  const { AwsClients } = await import("../aws/clients.ts");
  const { Verifier } = await import("../aws/verify.ts");
  return new Verifier(await AwsClients.load(env));
}

/** Asks AWS about each pair that was found, and says so in the report. */
export async function verifyFindings(result: ScanResult, verifier: Verifier): Promise<ScanResult> {
  const asked = new Set<string>();
  await Promise.all(
    result.findings.map(async (finding) => {
      const pair = pairOfFinding(finding);
      if (pair === null) return;
      const token = pair.id.startsWith("ASIA") ? tokenBeside(finding, result.findings) : null;
      finding.verification = await verifier.verify({ ...pair, token });
      if (finding.verification.state !== "skipped") asked.add(pair.id);
    }),
  );
  if (asked.size === 0) return result;
  const said = `AWS was asked about ${asked.size} ${asked.size === 1 ? "key" : "keys"} by sts:GetCallerIdentity, which CloudTrail notes in the account of each`;
  return { ...result, warnings: [...result.warnings, said] };
}

/** The session token that stands nearest, in the same file. */
function tokenBeside({ place }: Finding, findings: readonly Finding[]): string | null {
  const distance = (other: Finding) => Math.abs(other.place.line - place.line);
  const [nearest] = findings
    .filter((other) => other.ruleId === "aws-session-token" && other.place.path === place.path)
    .sort((a, b) => distance(a) - distance(b));
  return nearest?.secret.reveal() ?? null;
}
