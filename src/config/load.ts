import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, errorCode, FileError, systemReason, UsageError } from "../errors.ts";
import { IGNORE_NAME, type IgnoreFile, IgnoreLineError, parseIgnoreFile } from "../policy/ignore-file.ts";
import { LOCK_NAME, type LockFile, parseLockFile } from "../policy/lock-file.ts";
import { builtinPack } from "../rules/builtin.ts";
import { defaultSettings, type Settings } from "./settings.ts";

/** The name that is looked for at the root of the repository, or of the scanned tree. */
export const CONFIG_NAME = ".leakwarden.toml";

/**
 * The settings of a scan: from the file that the user named, or from `.leakwarden.toml` in
 * `root`, or the defaults. Nothing is looked for in parent directories or in the user's home.
 *
 * @throws {ConfigError | FileError | UsageError} a configuration that cannot be read never means
 *   "no configuration"
 */
export async function loadSettings(root: string, named: string | null): Promise<Settings> {
  return readSettings(
    named === null
      ? { name: CONFIG_NAME, text: readIfThere(join(root, CONFIG_NAME), "the configuration") }
      : readNamed(named),
    { name: IGNORE_NAME, text: readIfThere(join(root, IGNORE_NAME), "the ignore file") },
    { name: LOCK_NAME, text: readIfThere(join(root, LOCK_NAME), "the lock of the rules") },
  );
}

/**
 * The configuration that the user named.
 * @throws {UsageError | FileError}
 */
export function readNamed(file: string): PolicyText {
  const text = readIfThere(file, "the configuration");
  if (text !== null) return { name: file, text };
  throw new UsageError(`the configuration '${file}' does not exist`, "check the path given to --config");
}

function readIfThere(file: string, what: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw new FileError(`${what} '${file}' cannot be read: ${systemReason(error)}`, { cause: error });
  }
}

/** A file that may not be there: then its text is null. */
interface PolicyText {
  readonly name: string;
  readonly text: string | null;
}

/**
 * The settings that the files of a repository make, as they are somewhere.
 * @throws {ConfigError}
 */
export async function readSettings(
  config: PolicyText,
  ignore: PolicyText,
  lock: PolicyText,
): Promise<Settings> {
  const settings =
    config.text === null ? defaultSettings(builtinPack()) : await settingsFromText(config.name, config.text);
  return {
    ...settings,
    ignores: ignore.text === null ? null : ignoresFrom(ignore.name, ignore.text),
    lock: lock.text === null ? null : lockFrom(lock.name, lock.text),
  };
}

function lockFrom(name: string, text: string): LockFile {
  const lock = parseLockFile(name, text);
  if (lock !== null) return lock;
  throw new ConfigError(
    { file: name, line: 1, column: 1 },
    "this is no lock of the rules",
    "'leakwarden rules lock' writes it anew",
  );
}

/**
 * Refuses rules that are not those that are locked.
 * @throws {UsageError}
 */
export function requireLocked({ lock, pack }: Settings): void {
  if (lock === null || lock.rulesDigest === pack.digest) return;
  throw new UsageError(
    `the rules here are ${pack.digest}, and '${lock.name}' locks ${lock.rulesDigest} of version ${lock.version}`,
    "'leakwarden rules upgrade --dry-run' shows what changes, and 'leakwarden rules upgrade' locks these",
  );
}

function ignoresFrom(name: string, text: string): IgnoreFile {
  try {
    return parseIgnoreFile(name, text);
  } catch (error) {
    if (!(error instanceof IgnoreLineError)) throw error;
    throw new ConfigError(
      error.place,
      error.message,
      "a line is: fingerprint rule path [owner=NAME] [until=YYYY-MM-DD] -- reason",
    );
  }
}

/** @throws {ConfigError} */
export async function settingsFromText(name: string, text: string): Promise<Settings> {
  const { buildSettings } = await import("./build.ts");
  return buildSettings(name, text, builtinPack());
}
