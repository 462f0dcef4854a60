import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ConfigError, errorCode, FileError, systemReason, UsageError } from "../errors.ts";
import { FOREIGN_CONFIGS, FOREIGN_LISTS } from "../foreign/names.ts";
import type { KnownRule } from "../foreign/translation.ts";
import { IGNORE_NAME, type IgnoreFile, IgnoreLineError, parseIgnoreFile } from "../policy/ignore-file.ts";
import { LOCK_NAME, type LockFile, parseLockFile } from "../policy/lock-file.ts";
import { builtinPack } from "../rules/builtin.ts";
import { defaultSettings, type Settings } from "./settings.ts";

/** The name that is looked for at the root of the repository, or of the scanned tree. */
export const CONFIG_NAME = ".leakwarden.toml";

/** All that may say, at the root of a repository, how it is scanned. */
export const POLICY_NAMES: readonly string[] = [
  ...[CONFIG_NAME, IGNORE_NAME, LOCK_NAME],
  ...FOREIGN_CONFIGS,
  ...FOREIGN_LISTS,
];

/**
 * The settings of a scan: from the file that the user named, or from `.leakwarden.toml` in
 * `root`, or from another scanner's file there, or the defaults. Nothing is looked for in parent
 * directories or in the user's home.
 *
 * @throws {ConfigError | FileError | UsageError} a configuration that cannot be read never means
 *   "no configuration"
 */
export async function loadSettings(root: string, named: string | null): Promise<Settings> {
  const read = (name: string) => readIfThere(join(root, name));
  return readSettings(read, (name) => name, named);
}

function readIfThere(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw new FileError(`'${file}' cannot be read: ${systemReason(error)}`, { cause: error });
  }
}

/**
 * The settings that the files of a repository make, as they are somewhere.
 *
 * @param read gives a file at its root
 * @param shown how errors shall call it
 * @param named a configuration of the file system to use instead; of the other files it takes none away
 * @throws {ConfigError | FileError | UsageError}
 */
export async function readSettings(
  read: (name: string) => Buffer | null,
  shown: (name: string) => string,
  named: string | null,
): Promise<Settings> {
  const once = remembering(read);
  const textOf = (name: string) => once(name)?.toString("utf8") ?? null;
  const ignore = textOf(IGNORE_NAME);
  const lock = textOf(LOCK_NAME);
  const own = named === null ? textOf(CONFIG_NAME) : readNamed(named);
  const lists = ignore === null ? FOREIGN_LISTS.filter((name) => once(name) !== null) : [];
  let settings: Settings;
  if (named !== null && (await isForeign(named, own!))) {
    settings = await foreignSettings([named, ...lists], (name) =>
      name === named ? Buffer.from(own!) : once(name),
    );
  } else if (own !== null) {
    settings = await settingsFromText(named ?? shown(CONFIG_NAME), own);
    if (lists.length > 0) {
      const { known, notes } = await foreignSettings(lists, once);
      settings = { ...settings, known, notes };
    }
  } else {
    const names = [...FOREIGN_CONFIGS.filter((name) => once(name) !== null), ...lists];
    settings = names.length === 0 ? defaultSettings(builtinPack()) : await foreignSettings(names, once);
  }
  return {
    ...settings,
    ignores: ignore === null ? null : ignoresFrom(shown(IGNORE_NAME), ignore),
    lock: lock === null ? null : lockFrom(shown(LOCK_NAME), lock),
  };
}

/** Reads nothing twice: each name may cost a process of git's. */
function remembering(read: (name: string) => Buffer | null): (name: string) => Buffer | null {
  const contents = new Map<string, Buffer | null>();
  return (name) => {
    let content = contents.get(name);
    if (content === undefined) {
      content = read(name);
      contents.set(name, content);
    }
    return content;
  };
}

/**
 * The configuration that the user named.
 * @throws {UsageError | FileError}
 */
function readNamed(file: string): string {
  const text = readIfThere(file)?.toString("utf8");
  if (text !== undefined) return text;
  throw new UsageError(`the configuration '${file}' does not exist`, "check the path given to --config");
}

async function isForeign(file: string, text: string): Promise<boolean> {
  if ((FOREIGN_CONFIGS as readonly string[]).includes(basename(file))) return true;
  const { isGitleaks } = await import("../foreign/index.ts");
  return isGitleaks(file, text);
}

/** What other scanners' files say, as if ours said it. */
async function foreignSettings(
  names: readonly string[],
  read: (name: string) => Buffer | null,
): Promise<Settings> {
  const { translate } = await import("../foreign/index.ts");
  const builtin = builtinPack();
  const translation = translate(names, read, builtinRules(), false);
  const { settingsOf } = await import("./build.ts");
  const settings = settingsOf(translation.files.join(", "), translation.document, null, builtin);
  const { length } = translation.remarks;
  const things = length === 1 ? "1 thing in them has" : `${length} things in them have`;
  return {
    ...settings,
    known: translation.known,
    notes: [
      `read as configuration: ${translation.files.map((name) => basename(name)).join(", ")}${length === 0 ? "" : `; ${things} no full counterpart`}; 'leakwarden migrate --dry-run' says what becomes of them`,
    ],
  };
}

/**
 * Settings with the secrets that a report of another scanner holds.
 * @throws {UsageError | FileError | ConfigError}
 */
export async function withBaseline(settings: Settings, file: string): Promise<Settings> {
  const content = readIfThere(file);
  if (content === null)
    throw new UsageError(`the baseline '${file}' does not exist`, "check the path given to --baseline");
  const { readKnown } = await import("../foreign/index.ts");
  const { known, remarks } = readKnown(file, content.toString("utf8"), builtinRules());
  return {
    ...settings,
    known: [...settings.known, ...known],
    notes: [...settings.notes, ...remarks.map(({ place, text }) => `${place.file}: ${text}`)],
  };
}

/** The ignore file at a root, whatever else is there. */
export function ignoresAt(root: string): IgnoreFile | null {
  const text = readIfThere(join(root, IGNORE_NAME))?.toString("utf8");
  return text === undefined ? null : ignoresFrom(IGNORE_NAME, text);
}

/** The built-in rules, as far as others' names of rules are understood by them. */
export function builtinRules(): KnownRule[] {
  const { rules, files } = builtinPack();
  return [...rules.map(({ id, kind }) => ({ id, kind })), ...files.map(({ id }) => ({ id, kind: "file" }))];
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
