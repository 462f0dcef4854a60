import { basename } from "node:path";
import { parseTomlDocument } from "../text/toml.ts";
import { addGitAllowed } from "./gitallowed.ts";
import { addGitleaks } from "./gitleaks.ts";
import { addBaseline, addGitleaksIgnore } from "./known-lists.ts";
import { addSecretlint, addSecretlintIgnore } from "./secretlint.ts";
import { addTalisman } from "./talisman.ts";
import { type KnownRule, type ReadFile, Translation } from "./translation.ts";

export type { KnownRule, ReadFile, Remark, Translation } from "./translation.ts";

type Reader = (name: string, text: string, read: ReadFile, into: Translation) => void;

const READERS: readonly (readonly [RegExp, Reader])[] = [
  [/^\.?(?:gitleaks|betterleaks)\.toml$/, addGitleaks],
  [/^\.gitallowed$/, (name, text, _, into) => addGitAllowed(name, text, into)],
  [/^\.talismanrc$/, addTalisman],
  [/^\.secretlintrc\.[cm]?js$/, (name, _text, _, into) => noteProgram(name, into)],
  [/^\.secretlintrc(?:\.json|\.ya?ml)?$/, (name, text, _, into) => addSecretlint(name, text, into)],
  [/^\.secretlintignore$/, (name, text, _, into) => addSecretlintIgnore(name, text, into)],
  [/^\.(?:gitleaks|betterleaks)ignore$/, (name, text, _, into) => addGitleaksIgnore(name, text, into)],
  [/\.(?:json|baseline)$/, (name, text, _, into) => addBaseline(name, text, into)],
];

function noteProgram(name: string, into: Translation): void {
  into.files.push(name);
  into.remark({ file: name, line: 1, column: 1 }, "it is a program, and is not run to be read");
}

/**
 * What files of other scanners say, as configuration of ours and as a list of known secrets.
 *
 * @param names of the files, each of which is there
 * @param ours the built-in rules
 * @param tolerant whether what cannot be translated is left out with a remark instead of being an error
 * @throws {ConfigError}
 */
export function translate(
  names: readonly string[],
  read: ReadFile,
  ours: readonly KnownRule[],
  tolerant: boolean,
): Translation {
  const into = new Translation(ours, tolerant);
  for (const name of names) {
    if (name === ".gitleaks.toml" && into.files.includes(".betterleaks.toml")) {
      into.remark({ file: name, line: 1, column: 1 }, "it is not read beside .betterleaks.toml");
      continue;
    }
    const text = (read(name)?.toString("utf8") ?? "").replace(/^\ufeff/, "");
    const reader = READERS.find(([pattern]) => pattern.test(basename(name)))?.[1];
    if (reader !== undefined) reader(name, text, read, into);
    else if (isGitleaks(name, text)) addGitleaks(name, text, read, into);
    else addBaseline(name, text, into);
  }
  return into;
}

/** Whether a TOML file of any name is a configuration of gitleaks or betterleaks, and none of ours. */
export function isGitleaks(name: string, text: string): boolean {
  if (!name.endsWith(".toml") || !/^\s*(?:\[\[?\s*(?:rules|allowlists?|extend)\b|title\s*=)/m.test(text))
    return false;
  const value = parseTomlDocument(name, text).value as Record<string, unknown>;
  return (
    Array.isArray(value.rules) || ["extend", "allowlist", "allowlists", "title"].some((key) => key in value)
  );
}

/**
 * The secrets that a report of gitleaks or betterleaks holds, or a baseline of detect-secrets; and what of it is none.
 * @throws {ConfigError}
 */
export function readKnown(
  name: string,
  text: string,
  ours: readonly KnownRule[],
): Pick<Translation, "known" | "remarks"> {
  const into = new Translation(ours, false);
  addBaseline(name, text, into);
  return into;
}
