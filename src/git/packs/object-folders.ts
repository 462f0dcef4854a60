import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Repository } from "../repository.ts";

/** What the object folders of a repository hold. */
export interface StoredObjects {
  /** Paths of the `.pack` files that have an index. */
  readonly packs: readonly string[];
  /** Ids of objects, of any type, that are files of their own. */
  readonly loose: readonly string[];
}

/** How deep alternates may name alternates; git stops there too. */
const ALTERNATE_DEPTH = 5;

/**
 * Lists the packs and loose objects of a repository and of the repositories it borrows from. Null
 * when the caller's environment points git at other folders: then only git knows.
 */
export function listStored(repository: Repository, ambient: NodeJS.ProcessEnv): StoredObjects | null {
  if (ambient.GIT_OBJECT_DIRECTORY || ambient.GIT_ALTERNATE_OBJECT_DIRECTORIES) return null;
  const packs: string[] = [];
  const loose = new Set<string>();
  for (const folder of withAlternates(join(repository.commonDir, "objects"))) {
    for (const name of namesIn(folder)) {
      if (name === "pack") packs.push(...packsIn(join(folder, name)));
      else if (/^[0-9a-f]{2}$/.test(name)) {
        for (const rest of namesIn(join(folder, name))) {
          if (/^[0-9a-f]{38}(?:[0-9a-f]{24})?$/.test(rest)) loose.add(name + rest);
        }
      }
    }
  }
  return { packs, loose: [...loose] };
}

function packsIn(folder: string): string[] {
  const names = new Set(namesIn(folder));
  return [...names]
    .filter((name) => name.endsWith(".idx") && names.has(name.replace(/\.idx$/, ".pack")))
    .map((name) => join(folder, name.replace(/\.idx$/, ".pack")));
}

/** A folder and what its `info/alternates` lead to; paths there are relative to the folder. */
function withAlternates(folder: string): string[] {
  const found = [folder];
  let level = found;
  for (let depth = 0; depth < ALTERNATE_DEPTH && level.length > 0; depth += 1) {
    level = level.flatMap((from) => {
      const file = join(from, "info", "alternates");
      if (!existsSync(file)) return [];
      const lines = readFileSync(file, "utf8").split("\n");
      return lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => resolve(from, line));
    });
    level = level.filter((other) => !found.includes(other));
    found.push(...level);
  }
  return found;
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
