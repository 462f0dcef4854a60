import type { ScanResult } from "../policy/result.ts";
import { fails } from "../policy/severity.ts";

/** The exit codes of every command; the README has the table. */
export const EXIT = {
  clean: 0,
  findings: 1,
  /** Usage, configuration, not a repository, a report that could not be written. */
  couldNotRun: 2,
  /** What was seen is clean, and something was not seen. */
  incomplete: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export function exitCodeOf(result: ScanResult): ExitCode {
  if (result.findings.some((finding) => fails(finding, result.threshold))) return EXIT.findings;
  return result.coverage.complete ? EXIT.clean : EXIT.incomplete;
}
