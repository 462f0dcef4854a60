/**
 *     live      the provider answers as whom it knows the credential
 *     inactive  it is deactivated, and can be activated again
 *     invalid   it does not know it: deleted or never there, or deactivated in an account that is not one's own
 *     expired   it was temporary
 *     skipped   nobody asked: it is a trap, or a part is missing
 *     unknown   the provider could not be asked
 */
export type VerificationState = "live" | "inactive" | "invalid" | "expired" | "skipped" | "unknown";

/** What a provider said of a credential. */
export interface Verification {
  readonly state: VerificationState;
  /** In a few words, why, or whose it is. */
  readonly detail: string;
}
