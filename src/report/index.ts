import type { ScanResult } from "../policy/result.ts";
import { csvReport } from "./csv.ts";
import { githubReport } from "./github.ts";
import { gitlabReport } from "./gitlab.ts";
import { humanReport } from "./human.ts";
import { jsonlReport, jsonReport } from "./json.ts";
import { junitReport } from "./junit.ts";
import { sarifReport } from "./sarif.ts";

/** What a format may ask for beside the result. */
export interface ReportOptions {
  readonly version: string;
  readonly reveal: boolean;
  readonly colour: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

/** A report is a pure function of a result: pieces of text, in order. */
export type Reporter = (result: ScanResult, options: ReportOptions) => Iterable<string>;

export const REPORTERS = {
  human: humanReport,
  json: jsonReport,
  jsonl: jsonlReport,
  sarif: sarifReport,
  gitlab: gitlabReport,
  github: githubReport,
  junit: junitReport,
  csv: csvReport,
} as const satisfies Record<string, Reporter>;

/** Formats for people, who name a secret by its place: fingerprints that are slow need not be computed. */
const WITHOUT_FINGERPRINTS: readonly Format[] = ["human", "github", "junit"];

export function asksForFingerprints(format: Format): boolean {
  return !WITHOUT_FINGERPRINTS.includes(format);
}

export type Format = keyof typeof REPORTERS;
export const FORMATS = Object.keys(REPORTERS) as Format[];
