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
import { hookBlock, withBlock, withoutBlock } from "./block.ts";

/** What `init` or `uninstall` did, as a sentence. */
export interface HookChange {
  readonly changed: boolean;
  readonly text: string;
}

/** A hook script that leakwarden made itself, with nothing else in it. */
const SHEBANG = "#!/bin/sh\n";

/** Which file is the pre-commit hook, and whether it is committed with the project (husky). */
interface HookPlace {
  readonly file: string;
  readonly shared: boolean;
}

/**
 * Puts the scan into the repository's pre-commit hook: husky's, where the project uses husky, or
 * git's own. What the hook did before, it goes on doing.
 *
 * @param program the command that is running, for hooks that stay on this machine
 */
export async function installHook(repository: Repository, program: string): Promise<HookChange> {
  const { file, shared } = await hookPlace(repository);
  const name = relative(repository.worktree ?? repository.gitDir, file) || file;
  const before = existsSync(file) ? read(file) : null;
  if (
    before?.includes("\0") === true ||
    (before !== null &&
      !/^(?:#!\s*(?:\S*\/)?(?:env\s+(?:-\S+\s+)*)?(?:\S*\/)?(?:ba|da|z|k)?sh(?:\.exe)?(?:\s|$)|[^#]|#[^!]|$)/.test(
        before,
      ))
  ) {
    throw new UsageError(
      `the hook '${name}' is not a shell script`,
      "call 'leakwarden staged' from it yourself, and fail when it fails",
    );
  }
  if (before !== null && !shared && process.platform !== "win32" && (statSync(file).mode & 0o111) === 0) {
    throw new UsageError(
      `the hook '${name}' is switched off: it may not be executed`,
      `chmod +x it, or remove it, and run 'leakwarden init' again`,
    );
  }
  const after = withBlock(before ?? (shared ? "" : SHEBANG), hookBlock(shared ? null : program));
  if (after === before)
    return { changed: false, text: `the hook '${name}' already runs leakwarden; nothing was changed` };
  write(file, after);
  return { changed: true, text: `commits are now scanned by the hook '${name}'` };
}

/** Takes the scan out of the hook again; a hook that held nothing else is removed. */
export async function uninstallHook(repository: Repository): Promise<HookChange> {
  const { file } = await hookPlace(repository);
  const name = relative(repository.worktree ?? repository.gitDir, file) || file;
  const before = existsSync(file) ? read(file) : "";
  const after = withoutBlock(before);
  if (after === before)
    return { changed: false, text: `the hook '${name}' does not run leakwarden; nothing was changed` };
  if (after === "" || after === SHEBANG) {
    rmSync(file);
    return { changed: true, text: `the hook '${name}' is removed` };
  }
  write(file, after);
  return { changed: true, text: `the hook '${name}' is as it was before` };
}

async function hookPlace(repository: Repository): Promise<HookPlace> {
  const root = repository.worktree;
  if (root === null)
    throw new UsageError("this repository is bare: nobody commits in it", "run it in a work tree");
  const folder = hooksFolder(root);
  // Husky points git at .husky/_, which it makes anew at each install; the project's hooks lie beside it.
  if (basename(folder) === "_" && basename(dirname(folder)) === ".husky") {
    return { file: join(dirname(folder), "pre-commit"), shared: true };
  }
  if (basename(folder) === ".husky" || isBeforeHusky(root, folder, repository)) {
    return { file: join(root, ".husky", "pre-commit"), shared: true };
  }
  const file = join(folder, "pre-commit");
  if (isLink(file)) {
    throw new UsageError(
      `the hook '${file}' is a symbolic link`,
      "another tool manages it; call 'leakwarden staged' there",
    );
  }
  if (isOutside(folder, root) && isOutside(folder, repository.commonDir)) {
    throw new UsageError(
      `core.hooksPath sends this repository's hooks to '${folder}', which other repositories may share`,
      `call 'leakwarden staged' in '${file}', or give this repository its own: git config core.hooksPath .git/hooks`,
    );
  }
  return { file, shared: false };
}

/** A clone of a project with husky in which husky's own set-up has not run yet. */
function isBeforeHusky(root: string, folder: string, repository: Repository): boolean {
  if (folder !== join(repository.commonDir, "hooks")) return false;
  if (!existsSync(join(root, "package.json")) || !existsSync(join(root, ".husky"))) return false;
  return /"husky"\s*:/.test(read(join(root, "package.json")));
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
function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch (error) {
    throw new FileError(`'${file}' cannot be read: ${systemReason(error)}`, { cause: error });
  }
}

function write(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    const made = !existsSync(file);
    writeFileSync(file, text, "latin1");
    if (made) chmodSync(file, 0o755);
  } catch (error) {
    throw new FileError(`'${file}' cannot be written: ${systemReason(error)}`, { cause: error });
  }
}
