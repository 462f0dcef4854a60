import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { FileError, systemReason, UsageError } from "../errors.ts";
import { hooksFolder } from "../git/hooks-folder.ts";
import type { Repository } from "../git/repository.ts";
import { type HookName, hookBlock, isMade, withBlock, withoutBlock } from "./block.ts";

/** A hook script that leakwarden made itself, with nothing else in it. */
const SHEBANG = "#!/bin/sh\n";

/** Which file is the hook, and whether it is committed with the project (husky). */
interface HookPlace {
  readonly file: string;
  readonly shared: boolean;
}

/** What is asked of `init`. */
export interface InstallOptions {
  /** The command that is running, for hooks that stay on this machine. */
  readonly program: string;
  /** Says what would be done, and does nothing. */
  readonly dryRun: boolean;
}

/**
 * Puts the scan into a hook of the repository: husky's, where the project uses husky, or
 * git's own. What the hook did before, it goes on doing.
 *
 * @returns what was done, as a sentence; so do the others here
 */
export function installHook(
  repository: Repository,
  hook: HookName,
  { program, dryRun }: InstallOptions,
): string {
  const { file, shared } = hookPlace(repository, hook);
  return installInto(file, nameOf(repository, file), hook, shared ? null : program, dryRun);
}

/**
 * Puts the scan into one file.
 *
 * @param name of the file, for messages
 * @param program null: the file is committed, and finds the program itself
 */
export function installInto(
  file: string,
  name: string,
  hook: HookName,
  program: string | null,
  dryRun: boolean,
): string {
  const before = existsSync(file) ? readText(file) : null;
  if (
    before?.includes("\0") === true ||
    (before !== null &&
      !/^(?:#!\s*(?:\S*\/)?(?:env\s+(?:-\S+\s+)*)?(?:\S*\/)?(?:ba|da|z|k)?sh(?:\.exe)?(?:\s|$)|[^#]|#[^!]|$)/.test(
        before,
      ))
  ) {
    throw new UsageError(
      `the hook '${name}' is not a shell script`,
      `call 'leakwarden ${COMMANDS[hook]}' from it yourself, and fail when it fails`,
    );
  }
  const mayRun =
    before === null ||
    program === null ||
    process.platform === "win32" ||
    (statSync(file).mode & 0o111) !== 0;
  if (!mayRun) {
    throw new UsageError(
      `the hook '${name}' is switched off: it may not be executed`,
      `chmod +x it, or remove it, and run 'leakwarden init' again`,
    );
  }
  const made = before === null || isMade(before);
  const after = withBlock(before ?? (program === null ? "" : SHEBANG), hookBlock(hook, program, made));
  if (after === before) return `the hook '${name}' already runs leakwarden; nothing was changed`;
  if (dryRun) return `would write the hook '${name}':\n\n${after}`;
  writeText(file, after, true);
  return `${GUARDED[hook]} are now scanned by the hook '${name}'`;
}

/** What each hook runs, and what it is a hook of. */
const COMMANDS: Record<HookName, string> = {
  "pre-commit": "staged",
  "pre-merge-commit": "staged",
  "pre-push": "pre-push",
  "pre-receive": "pre-receive",
};
const GUARDED: Record<HookName, string> = {
  "pre-commit": "commits",
  "pre-merge-commit": "merges",
  "pre-push": "pushes",
  "pre-receive": "pushes to this repository",
};

/** Takes the scan out of all hooks again; a hook that was made for it is removed. Says what was done. */
export function uninstallHooks(repository: Repository, dryRun: boolean): string[] {
  const hooks: HookName[] =
    repository.worktree === null
      ? ["pre-receive"]
      : ["pre-commit", "pre-merge-commit", "pre-push", "pre-receive"];
  return hooks.flatMap((hook) => {
    const { file } = hookPlace(repository, hook);
    return uninstallFrom(file, nameOf(repository, file), dryRun) ?? [];
  });
}

/** Null when there is nothing in the file to take out. */
export function uninstallFrom(file: string, name: string, dryRun: boolean): string | null {
  const before = existsSync(file) ? readText(file) : "";
  const after = withoutBlock(before);
  if (after === before) return null;
  const gone = isMade(before) && (after === "" || after === SHEBANG);
  if (dryRun) return `would ${gone ? "remove" : "restore"} the hook '${name}'`;
  if (gone) {
    rmSync(file);
    return `the hook '${name}' is removed`;
  }
  writeText(file, after, true);
  return `the hook '${name}' is as it was before`;
}

function nameOf(repository: Repository, file: string): string {
  return relative(repository.worktree ?? repository.gitDir, file) || file;
}

/** @throws {UsageError} when the hooks are not this repository's to change */
export function hookPlace(repository: Repository, hook: HookName): HookPlace {
  const root = repository.worktree;
  if (root === null && hook !== "pre-receive")
    throw new UsageError(
      "this repository is bare: nobody commits in it",
      "run it in a work tree, or with --pre-receive",
    );
  const folder = hooksFolder(repository.dir);
  if (existsSync(folder) && !statSync(folder).isDirectory()) {
    throw new UsageError(
      `core.hooksPath switches hooks off: '${folder}' is no folder`,
      "git config --unset core.hooksPath, where it is set",
    );
  }
  if (root !== null && hook !== "pre-receive") {
    // Husky points git at .husky/_, which it makes anew at each install; the project's hooks lie beside it.
    if (basename(folder) === "_" && basename(dirname(folder)) === ".husky") {
      return { file: join(dirname(folder), hook), shared: true };
    }
    if (basename(folder) === ".husky" || isBeforeHusky(root, folder, repository)) {
      return { file: join(root, ".husky", hook), shared: true };
    }
  }
  const file = join(folder, hook);
  if (isLink(file)) {
    throw new UsageError(
      `the hook '${file}' is a symbolic link`,
      `another tool manages it; call 'leakwarden ${COMMANDS[hook]}' there`,
    );
  }
  if ((root === null || isOutside(folder, root)) && isOutside(folder, repository.commonDir)) {
    throw new UsageError(
      `core.hooksPath sends this repository's hooks to '${folder}', which other repositories may share`,
      `call 'leakwarden ${COMMANDS[hook]}' in '${file}', or give this repository its own: git config core.hooksPath .git/hooks`,
    );
  }
  return { file, shared: false };
}

/** A clone of a project with husky in which husky's own set-up has not run yet. */
function isBeforeHusky(root: string, folder: string, repository: Repository): boolean {
  if (folder !== join(repository.commonDir, "hooks")) return false;
  if (!existsSync(join(root, "package.json")) || !existsSync(join(root, ".husky"))) return false;
  return /"husky"\s*:/.test(readText(join(root, "package.json")));
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function isOutside(folder: string, parent: string): boolean {
  const path = relative(parent, folder);
  // On another drive there is no relative path.
  return path === ".." || path.startsWith(`..${sep}`) || isAbsolute(path);
}

/** As Latin-1: whatever bytes a hook holds, they are written back as they were. */
export function readText(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch (error) {
    throw new FileError(`'${file}' cannot be read: ${systemReason(error)}`, { cause: error });
  }
}

export function writeText(file: string, text: string, runs: boolean): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    const made = !existsSync(file);
    writeFileSync(file, text, "latin1");
    if (made && runs) chmodSync(file, 0o755);
  } catch (error) {
    throw new FileError(`'${file}' cannot be written: ${systemReason(error)}`, { cause: error });
  }
}
