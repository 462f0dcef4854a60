import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode, FileError, systemReason, UsageError } from "../errors.ts";
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
  const file = named ?? join(root, CONFIG_NAME);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") {
      if (named === null) return builtinSettings();
      throw new UsageError(`the configuration '${named}' does not exist`, "check the path given to --config");
    }
    throw new FileError(`the configuration '${file}' cannot be read: ${systemReason(error)}`, {
      cause: error,
    });
  }
  return settingsFromText(named ?? CONFIG_NAME, text);
}

/** What runs where there is no configuration. */
export function builtinSettings(): Settings {
  return defaultSettings(builtinPack());
}

/** @throws {ConfigError} */
export async function settingsFromText(name: string, text: string): Promise<Settings> {
  const { buildSettings } = await import("./build.ts");
  return buildSettings(name, text, builtinPack());
}
