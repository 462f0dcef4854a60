import type { Severity } from "../rules/vocabulary.ts";

/** When a key is held to be too old, or forgotten; in days. */
export interface AuditThresholds {
  readonly maxAge: number;
  readonly unused: number;
}

/** What can be wrong with a user and its keys. */
export interface AuditRule {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly remediation: string;
}

const rule = (id: string, severity: Severity, title: string, remediation: string): AuditRule => ({
  id,
  severity,
  title,
  remediation,
});

export const AUDIT_RULES = {
  rootKey: rule(
    "root-access-key",
    "critical",
    "The root user has an access key",
    "Sign in as root and delete it; give what uses it a role, or a user with the permissions that it needs.",
  ),
  rootMfa: rule(
    "root-without-mfa",
    "critical",
    "The root user has no MFA device",
    "Sign in as root and add one.",
  ),
  consoleMfa: rule(
    "console-without-mfa",
    "high",
    "A user can sign in with a password alone",
    "Let the user add an MFA device, or delete the password when nobody signs in with it.",
  ),
  userMfa: rule(
    "user-without-mfa",
    "low",
    "A user with access keys has no MFA device",
    "Add one and ask for it in the user's policies, or give what uses the key a role.",
  ),
  old: rule(
    "key-too-old",
    "medium",
    "An access key is older than allowed",
    "Rotate it: leakwarden aws rotate --user USER.",
  ),
  neverUsed: rule(
    "key-never-used",
    "medium",
    "An access key was never used",
    "Deactivate it, and delete it when nobody misses it: leakwarden aws deactivate KEY.",
  ),
  unused: rule(
    "key-unused",
    "medium",
    "An access key was not used for long",
    "Deactivate it, and delete it when nobody misses it: leakwarden aws deactivate KEY.",
  ),
  twoKeys: rule(
    "two-active-keys",
    "medium",
    "A user has two active access keys",
    "Deactivate the one that was used last longer ago: leakwarden aws deactivate KEY.",
  ),
} as const satisfies Record<string, AuditRule>;

/** One of the two keys that a user can have. */
export interface AuditedKey {
  readonly user: string;
  /** Null: it was not asked for, or may not be. */
  id: string | null;
  /** 1 or 2, as the credential report counts. */
  readonly slot: number;
  readonly active: boolean;
  readonly created: Date | null;
  readonly lastUsed: Date | null;
  readonly region: string | null;
  readonly service: string | null;
}

export interface AuditedUser {
  readonly user: string;
  readonly arn: string;
  readonly root: boolean;
  /** It can sign in with a password. */
  readonly console: boolean;
  readonly mfa: boolean;
  readonly keys: readonly AuditedKey[];
}

export interface KeyViolation {
  readonly rule: AuditRule;
  readonly user: string;
  readonly arn: string;
  /** Null: it is about the user. */
  readonly key: AuditedKey | null;
  /** In a few words, by how much. */
  readonly detail: string;
}

export interface AccountAudit {
  readonly account: string;
  /** When AWS made the report: it makes a new one every four hours at most. */
  readonly reportedAt: Date;
  readonly users: readonly AuditedUser[];
  readonly violations: readonly KeyViolation[];
  readonly notes: readonly string[];
}

/** An account that could not be looked at. */
export interface FailedAccount {
  readonly account: string;
  readonly message: string;
  readonly hint: string | null;
}

export interface AuditResult {
  readonly startedAt: Date;
  readonly thresholds: AuditThresholds;
  readonly accounts: readonly AccountAudit[];
  readonly failed: readonly FailedAccount[];
}

export const DAY_MS = 86_400_000;
/** Days in which a new key may be on its way to whoever uses it. */
const ON_ITS_WAY = 7;

/** Whole days; 0 for what lies ahead, by clocks that differ. */
export function daysBetween(from: Date, to: Date): number {
  return Math.max(0, Math.floor((to.getTime() - from.getTime()) / DAY_MS));
}

export function* judgeUser(
  user: AuditedUser,
  { maxAge, unused }: AuditThresholds,
  now: Date,
): Generator<KeyViolation> {
  const about = (which: AuditRule, detail: string, key: AuditedKey | null = null): KeyViolation => ({
    rule: which,
    user: user.user,
    arn: user.arn,
    key,
    detail,
  });
  const active = user.keys.filter((key) => key.active);
  if (user.root) {
    if (user.console && !user.mfa)
      yield about(AUDIT_RULES.rootMfa, "whoever has the password has the account");
    for (const key of user.keys)
      yield about(AUDIT_RULES.rootKey, key.active ? "it is active" : "it is inactive", key);
    return;
  }
  if (user.console && !user.mfa)
    yield about(AUDIT_RULES.consoleMfa, "the console asks for the password alone");
  else if (active.length > 0 && !user.mfa) yield about(AUDIT_RULES.userMfa, "the keys work without one");
  if (active.length > 1) yield about(AUDIT_RULES.twoKeys, "both keys are active");
  for (const key of active) {
    const age = key.created === null ? null : daysBetween(key.created, now);
    if (age !== null && age > maxAge)
      yield about(AUDIT_RULES.old, `${age} days old, ${maxAge} are allowed`, key);
    if (key.lastUsed === null) {
      if (age !== null && age >= Math.min(unused, ON_ITS_WAY))
        yield about(AUDIT_RULES.neverUsed, `made ${age} days ago`, key);
    } else if (daysBetween(key.lastUsed, now) > unused) {
      yield about(AUDIT_RULES.unused, `last used ${daysBetween(key.lastUsed, now)} days ago`, key);
    }
  }
}
