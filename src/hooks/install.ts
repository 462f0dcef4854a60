import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { FileError, systemReason, UsageError } from "../errors.ts";
import { askGitOrNull } from "../git/questions.ts";
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
  if (before !== null && !/^(?:#!.*\b(?:ba|da|z|k)?sh\b|[^#]|#[^!]|$)/.test(before)) {
    throw new UsageError(
      `the hook '${name}' is not a shell script`,
      "call 'leakwarden staged' from it yourself, and fail when it fails",
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
  if (after === "" || after === SHEBANG) rmSync(file);
  else write(file, after);
  return { changed: true, text: `the hook '${name}' is as it was before` };
}

async function hookPlace(repository: Repository): Promise<HookPlace> {
  const root = repository.worktree;
  if (root === null)
    throw new UsageError("this repository is bare: nobody commits in it", "run it in a work tree");
  const configured = await askGitOrNull(repository.dir, ["config", "--local", "--get", "core.hooksPath"]);
  const hooksPath = configured === null ? null : resolve(root, configured.trim());
  if (usesHusky(root, hooksPath)) return { file: join(root, ".husky", "pre-commit"), shared: true };
  const dir = hooksPath ?? join(repository.commonDir, "hooks");
  const file = join(dir, "pre-commit");
  if (existsSync(file) && lstatSync(file).isSymbolicLink()) {
    throw new UsageError(
      `the hook '${file}' is a symbolic link`,
      "another tool manages it; call 'leakwarden staged' there",
    );
  }
  return { file, shared: false };
}

function usesHusky(root: string, hooksPath: string | null): boolean {
  if (hooksPath !== null)
    return hooksPath === join(root, ".husky", "_") || hooksPath === join(root, ".husky");
  if (!existsSync(join(root, "package.json")) || !existsSync(join(root, ".husky"))) return false;
  return /"husky"\s*:/.test(read(join(root, "package.json")));
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new FileError(`'${file}' cannot be read: ${systemReason(error)}`, { cause: error });
  }
}

function write(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, 0o755);
  } catch (error) {
    throw new FileError(`'${file}' cannot be written: ${systemReason(error)}`, { cause: error });
  }
}
