import { join } from "node:path";
import * as v from "valibot";
import { StateFile } from "../../state/state-file.ts";

/** Those that can be read back come first. */
export const CONSUMER_KINDS = ["secret", "profile", "command", "github"] as const;
export type ConsumerKind = (typeof CONSUMER_KINDS)[number];

/**
 *     making    the second key is made, proven and handed to its consumers
 *     both      its consumers have it, and both keys work
 *     grace     the old one is deactivated, and can be activated again
 *     undoing   something failed: what was done is taken back
 */
const STAGES = ["making", "both", "grace", "deleting", "undoing"] as const;

/**
 * Whether a consumer has the new key.
 *
 *     no       it has what it had
 *     maybe    it was being given it when the run ended
 *     yes      it has it
 *     stale    it has, or may have, one that is deleted: it must get another before anything else is over
 */
const GIVEN = ["no", "maybe", "yes", "stale"] as const;

const ConsumerSchema = v.strictObject({
  kind: v.picklist(CONSUMER_KINDS),
  /** Of the secret, the profile or the repository; the command itself. */
  name: v.string(),
  /** Where a secret is; null for the others. */
  region: v.nullable(v.string()),
  /** What giving the key back to it needs to know, and what is no secret: a version, or whether there was one. */
  before: v.string(),
  given: v.picklist(GIVEN),
});

const day = v.pipe(v.string(), v.isoTimestamp());

/** A rotation as a later run goes on with it. */
export const RotationSchema = v.strictObject({
  version: v.literal(1),
  account: v.pipe(v.string(), v.regex(/^\d{12}$/, "an account has 12 digits")),
  user: v.string(),
  /** ID of the key that is replaced. */
  old: v.string(),
  /** Whether it worked when the rotation began: a leaked key may have been deactivated before. */
  oldActive: v.boolean(),
  /** IDs of the keys that the user had: another one is of this rotation. */
  had: v.array(v.string()),
  /** Since when a key may have been made of which nobody has written down the ID. */
  creating: v.nullable(day),
  /** When the last attempt to make it began. */
  triedAt: v.nullable(day),
  /** ID of the new key. */
  fresh: v.nullable(v.string()),
  /** A UUID: calls that are made again with it do nothing again. */
  token: v.pipe(v.string(), v.uuid()),
  stage: v.picklist(STAGES),
  consumers: v.array(ConsumerSchema),
  begun: day,
  overlapMs: v.number(),
  graceMs: v.number(),
  handedAt: v.nullable(day),
  stoppedAt: v.nullable(day),
  /** The last use of the old key after it was deactivated that somebody was told of, and when. */
  usedAt: v.nullable(day),
  toldAt: v.nullable(day),
});

export type RotationState = v.InferOutput<typeof RotationSchema>;
export type ConsumerState = RotationState["consumers"][number];

/** Users of one account differ by more than case. */
export function rotationFile(folder: string, account: string, user: string): StateFile<RotationState> {
  return new StateFile<RotationState>(
    join(folder, `${account}-${encodeURIComponent(user)}.json`),
    RotationSchema,
    "plan",
  );
}
