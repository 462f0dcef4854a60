import { existsSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { withLines, withoutBlock } from "./block.ts";
import { readText, writeText } from "./install.ts";

/** A program that writes git's hooks itself, by a file of the project. */
interface Manager {
  readonly name: string;
  readonly files: readonly string[];
  /** The lines to add; null when they cannot stand at the end of the text. */
  lines(text: string): string[] | null;
  /** What somebody adds who must do it. */
  readonly snippet: readonly string[];
}

const COMMAND = 'PATH="$PATH:node_modules/.bin" leakwarden staged';

const MANAGERS: readonly Manager[] = [
  {
    name: "lefthook",
    files: ["lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml"],
    snippet: ["pre-commit", "pre-merge-commit"].flatMap((hook) => [
      `${hook}:`,
      "  commands:",
      "    leakwarden:",
      `      run: ${COMMAND}`,
    ]),
    lines(text) {
      return /^["']?pre-(?:merge-)?commit["']?\s*:/m.test(text) ? null : [...this.snippet];
    },
  },
  {
    name: "pre-commit",
    files: [".pre-commit-config.yaml", ".pre-commit-config.yml"],
    snippet: [
      "- repo: local",
      "  hooks:",
      "    - id: leakwarden",
      "      name: leakwarden",
      "      entry: leakwarden staged",
      "      language: node",
      `      additional_dependencies: ["leakwarden@${VERSION}"]`,
      "      pass_filenames: false",
      "      always_run: true",
      "      stages: [pre-commit, pre-merge-commit]",
    ],
    // A list goes on at the end of the file when `repos` is its last key.
    lines(text) {
      const keys = [...text.matchAll(/^([A-Za-z_]\w*)\s*:(.*)$/gm)];
      const [, key, inline] = keys.at(-1) ?? [];
      if (key !== "repos" || !/^\s*(?:#.*)?$/.test(inline!)) return null;
      const indent = /^( *)- /m.exec(text.slice(keys.at(-1)!.index))?.[1] ?? "  ";
      return this.snippet.map((line) => indent + line);
    },
  },
];

interface Managed {
  readonly manager: Manager;
  readonly name: string;
  readonly file: string;
}

/** The file by which a program manages this project's hooks; null: none does. */
function managedBy(root: string): Managed | null {
  for (const manager of MANAGERS) {
    const name = manager.files.find((file) => existsSync(join(root, file)));
    if (name !== undefined) return { manager, name, file: join(root, name) };
  }
  return null;
}

/** The program that manages this project's hooks, and whether its file runs leakwarden; null: none does. */
export function managerOf(root: string): { readonly name: string; readonly runsLeakwarden: boolean } | null {
  const managed = managedBy(root);
  if (managed === null) return null;
  return { name: managed.manager.name, runsLeakwarden: /\bleakwarden\b/.test(readText(managed.file)) };
}

/**
 * Adds the scan to the file of lefthook or pre-commit, where the project uses one of them.
 *
 * @returns null when it uses none
 * @throws {UsageError} with the lines to add, when they must go in the middle of what is there
 */
export function installManaged(root: string, dryRun: boolean): string | null {
  const managed = managedBy(root);
  if (managed === null) return null;
  const { manager, name, file } = managed;
  const before = readText(file);
  const without = withoutBlock(before);
  if (without === before && /\bleakwarden\b/.test(before))
    return `'${name}' already runs leakwarden; nothing was changed`;
  const lines = manager.lines(without);
  if (lines === null) {
    throw new UsageError(
      `'${name}' must be changed in its middle, which is better done by hand`,
      `add to it:\n\n${manager.snippet.map((line) => `    ${line}`).join("\n")}\n`,
    );
  }
  const after = withLines(without, lines);
  if (after === before) return `'${name}' already runs leakwarden; nothing was changed`;
  if (dryRun) return `would write '${name}':\n\n${after}`;
  writeText(file, after, false);
  return `commits are now scanned by ${manager.name}, as '${name}' says`;
}

/** Null when there is nothing to take out. */
export function uninstallManaged(root: string, dryRun: boolean): string | null {
  const managed = managedBy(root);
  if (managed === null) return null;
  const { name, file } = managed;
  const before = readText(file);
  const after = withoutBlock(before);
  if (after === before) return null;
  if (dryRun) return `would restore '${name}'`;
  writeText(file, after, false);
  return `'${name}' is as it was before`;
}
