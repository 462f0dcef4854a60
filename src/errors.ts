/**
 * Every failure that a user can cause or meet. `message` is one sentence that names the thing,
 * `hint` is the way out. Only `cli/render-error.ts` turns one into text; anything else that is
 * thrown is a bug and keeps its stack.
 */
export class LeakwardenError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
  }
}

/** A flag, argument or path of the command line that cannot be used. */
export class UsageError extends LeakwardenError {
  constructor(message: string, hint?: string) {
    super("usage", message, hint === undefined ? {} : { hint });
  }
}

/** Where in a TOML file something is wrong; lines and columns count from 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A configuration or rule file that cannot be used: `file:line:column: what`. */
export class ConfigError extends LeakwardenError {
  readonly place: SourcePlace;
  /** The message without the place. */
  readonly problem: string;

  constructor(place: SourcePlace, what: string, hint?: string) {
    super(
      "config",
      `${place.file}:${place.line}:${place.column}: ${what}`,
      hint === undefined ? {} : { hint },
    );
    this.place = place;
    this.problem = what;
  }
}

/** Git is absent, is not where it was expected, failed, or died. */
export class GitError extends LeakwardenError {
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super("git", message, options);
  }
}

/** AWS refuses or cannot be asked. `reason` tells what kind of refusal it is. */
export class AwsError extends LeakwardenError {
  readonly reason: string;

  constructor(message: string, options: { hint?: string; cause?: unknown; reason: string }) {
    super("aws", message, options);
    this.reason = options.reason;
  }
}

/** A report, hook or configuration file could not be written or read. */
export class FileError extends LeakwardenError {
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super("file", message, options);
  }
}

/** The system's own words for an error ("ENOSPC", "EACCES"), where it has a code. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "string") {
    return error.code;
  }
  return undefined;
}

const REASONS: Record<string, string> = {
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  ENOENT: "no such file or directory",
  ENOTDIR: "a part of the path is not a directory",
  EISDIR: "it is a directory",
  ENOSPC: "no space left on the device",
  EROFS: "the file system is read-only",
  EPIPE: "the reader closed the pipe",
  ELOOP: "too many levels of symbolic links",
  EMFILE: "too many open files",
};

/** One short reason for a failed system call, fit to stand in a sentence. */
export function systemReason(error: unknown): string {
  const code = errorCode(error);
  if (code !== undefined && REASONS[code] !== undefined) return REASONS[code];
  return error instanceof Error ? error.message : String(error);
}
