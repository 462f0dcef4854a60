import { type Dirent, existsSync, lstatSync, readdirSync, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { errorCode, systemReason, UsageError } from "../errors.ts";
import { askGitOrNull } from "../git/questions.ts";
import type { GapReason } from "../policy/coverage.ts";

/** A file to scan: where it is, and what it is called in reports (relative, with `/`). */
export interface FoundFile {
  readonly absolute: string;
  readonly path: string;
}

export interface FoundFiles {
  readonly files: FoundFile[];
  readonly gaps: [GapReason, string][];
}

/**
 * Lists the files under `paths`, in any order.
 *
 * `.gitignore` is honoured inside a repository and only for what git does not track: an ignored
 * file that was added all the same is in every clone. Outside a repository it means nothing.
 * Symbolic links are not followed, so there are no loops: the target is scanned where it is.
 *
 * @throws {UsageError} for a path that does not exist
 */
export async function findFiles(
  base: string,
  paths: readonly string[],
  options: {
    readonly ignored: boolean;
    readonly exclude: readonly string[];
    /** Gets how many entries of folders were seen so far, before it is known which of them count. */
    readonly onSeen?: (count: number) => void;
  },
): Promise<FoundFiles> {
  const { default: fastGlob } = await import("fast-glob");
  const found: FoundFiles = { files: [], gaps: [] };
  const name = (absolute: string) => {
    const path = relative(base, absolute);
    return (path.startsWith("..") ? absolute : path).split(sep).join("/");
  };
  let seen = 0;
  /** Goes on without the folders that may not be read. */
  const readdir = (folder: string, how: { withFileTypes: true }) => {
    let entries: Dirent[];
    try {
      entries = readdirSync(folder, how);
    } catch (error) {
      found.gaps.push(["unreadable-file", `${name(folder) || "."}: ${systemReason(error)}`]);
      return [];
    }
    seen += entries.length;
    options.onSeen?.(seen);
    return entries;
  };
  for (const path of paths) {
    const absolute = resolve(base, path);
    const stat = statOf(path, absolute);
    if (!stat.isDirectory() && !stat.isFile()) {
      found.gaps.push([
        "unreadable-file",
        `${name(absolute)}: it is no file, but a pipe or a device; give it as '-'`,
      ]);
      continue;
    }
    if (!stat.isDirectory()) {
      found.files.push({ absolute, path: name(absolute) });
      continue;
    }
    if (isGitDirectory(absolute)) {
      throw new UsageError(
        `'${path}' is the inside of a git repository, where content is compressed`,
        "scan it with 'leakwarden history --repo'",
      );
    }
    const ignored = options.ignored ? [] : await ignoredUntracked(absolute);
    // In one go it takes half the time that it takes beside other work, of which there is none yet.
    const entries = fastGlob.sync("**/*", {
      cwd: absolute,
      dot: true,
      onlyFiles: false,
      followSymbolicLinks: false,
      objectMode: true,
      unique: false,
      fs: { readdirSync: readdir as typeof readdirSync },
      ignore: [
        "**/.git/**",
        ...options.exclude,
        ...ignored.map(
          (entry) => fastGlob.escapePath(entry.replace(/\/$/, "")) + (entry.endsWith("/") ? "/**" : ""),
        ),
      ],
    });
    const folder = absolute.endsWith(sep) ? absolute : absolute + sep;
    const own = name(absolute);
    const inReports = own === "" ? "" : `${own}/`;
    // What lies outside of `base` may lead back into it, and is then called by its place there.
    const isInside = !isAbsolute(own);
    for (const entry of entries) {
      const path = isInside ? inReports + entry.path : name(folder + entry.path);
      if (entry.dirent.isSymbolicLink()) found.gaps.push(["symlink", path]);
      else if (entry.dirent.isFile()) {
        if (entry.path !== ".git") found.files.push({ absolute: folder + entry.path, path });
      } else if (!entry.dirent.isDirectory()) found.gaps.push(["special-file", path]);
    }
  }
  return found;
}

function isGitDirectory(folder: string): boolean {
  return ["HEAD", "objects", "refs"].every((name) => existsSync(join(folder, name)));
}

function statOf(path: string, absolute: string) {
  try {
    lstatSync(absolute);
    return statSync(absolute);
  } catch (error) {
    if (errorCode(error) === "ENOENT") throw new UsageError(`'${path}' does not exist`, "check the path");
    throw new UsageError(`'${path}' cannot be scanned: ${systemReason(error)}`);
  }
}

/** What .gitignore files hide and git does not track, relative to `dir`; folders end with `/`. */
async function ignoredUntracked(dir: string): Promise<string[]> {
  const output = await askGitOrNull(dir, [
    "ls-files",
    "-z",
    "--others",
    "--ignored",
    "--exclude-per-directory=.gitignore",
    "--directory",
  ]).catch(() => null);
  return (output ?? "").split("\0").filter((entry) => entry !== "");
}
