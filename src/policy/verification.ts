/**
 *     live      the provider answers as whom it knows the credential
 *     invalid   it does not know it: deleted, deactivated or never there
 *     expired   it was temporary
 *     skipped   nobody asked: it is a trap, or a part is missing
 *     unknown   the provider could not be asked
 */
export type VerificationState = "live" | "invalid" | "expired" | "skipped" | "unknown";

/** What a provider said of a credential. */
export interface Verification {
  readonly state: VerificationState;
  /** In a few words, why, or whose it is. */
  readonly detail: string;
}
