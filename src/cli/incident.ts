import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { StateFile } from "../state/state-file.ts";

/** What is done about a leak of an AWS key, in this order. */
export const AWS_STEPS = [
  "inspect",
  "verify",
  "deactivate",
  "rotate",
  "store",
  "trail",
  "clean",
  "allow",
] as const;
/** About every other credential; its provider is somebody else's page. */
export const OTHER_STEPS = ["revoke", "clean", "allow"] as const;

export const STEPS = ["revoke", ...AWS_STEPS] as const;
export type Step = (typeof STEPS)[number];

const StepSchema = v.strictObject({
  name: v.picklist(STEPS),
  state: v.picklist(["open", "done", "skipped"]),
  at: v.nullable(v.string()),
  note: v.string(),
});

/** What is known of a leak and what was done about it. No secret is in it. */
const IncidentSchema = v.strictObject({
  version: v.literal(1),
  fingerprint: v.pipe(v.string(), v.regex(/^[0-9a-f]{24}$/)),
  ruleId: v.string(),
  title: v.string(),
  remediation: v.string(),
  /** Folder of the repository: elsewhere nothing says that the secret is gone. */
  repository: v.string(),
  path: v.string(),
  line: v.number(),
  /** Since when it can have been known: when the commit was made that brought it in. */
  since: v.nullable(v.string()),
  /** The secret and its other half, under a salt of this incident: when history is rewritten, fingerprints change. */
  salt: v.pipe(v.string(), v.uuid()),
  marks: v.array(v.strictObject({ rule: v.string(), print: v.string() })),
  /** ID of the access key; null: it is no AWS key, or only its secret was found. */
  key: v.nullable(v.string()),
  user: v.nullable(v.string()),
  /** ID of the key that has taken its place. */
  fresh: v.nullable(v.string()),
  begun: v.string(),
  steps: v.array(StepSchema),
});

export type Incident = v.InferOutput<typeof IncidentSchema>;
export type IncidentStep = Incident["steps"][number];

export function incidentFile(path: string): StateFile<Incident> {
  return new StateFile<Incident>(path, IncidentSchema, "record");
}

/** The incident that is under way for a finding, by 8 or more digits of its fingerprint. */
export function knownIncident(folder: string, print: string): StateFile<Incident> | null {
  if (!/^[0-9a-f]{8,24}$/.test(print) || !existsSync(folder)) return null;
  const names = readdirSync(folder).filter((name) => name.startsWith(print) && name.endsWith(".json"));
  return names.length === 1 ? incidentFile(join(folder, names[0]!)) : null;
}
