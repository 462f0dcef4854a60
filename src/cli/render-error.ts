import { LeakwardenError } from "../errors.ts";

/** An error as the user sees it: one sentence and the way out; a bug keeps its stack. */
export function renderError(error: unknown): string {
  if (error instanceof LeakwardenError) {
    return `leakwarden: ${error.message}\n${error.hint === undefined ? "" : `  ${error.hint}\n`}`;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `leakwarden: this is a bug in leakwarden; what it was to do may not be done\n${text}\n`;
}
