import { ConfigError, type SourcePlace } from "../errors.ts";
import { type TranslatedPattern, translateRe2 } from "./re2.ts";
import { Re2SyntaxError } from "./re2-syntax.ts";
import type { Translation } from "./translation.ts";

export const WAY_OUT =
  "correct it, or take it out; 'leakwarden migrate --dry-run' lists all that cannot be carried over";

/**
 * Translates an expression.
 * @param what is called so in the message
 * @throws {ConfigError} at `place`
 */
export function translated(source: string, place: SourcePlace, what: string): TranslatedPattern {
  try {
    return translateRe2(source);
  } catch (error) {
    if (!(error instanceof Re2SyntaxError)) throw error;
    throw new ConfigError(place, `${what} cannot be read: ${error.message}`, WAY_OUT);
  }
}

/** Runs a part of the translation; in a tolerant one what is wrong becomes a remark. */
export function guarded(into: Translation, part: () => void): void {
  try {
    part();
  } catch (error) {
    if (!(error instanceof ConfigError) || !into.tolerant) throw error;
    into.remark(error.place, error.problem);
  }
}
