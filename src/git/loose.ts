import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import type { Repository } from "./repository.ts";

/** A loose object that is larger than this when packed is left to git. */
const MOST_PACKED = 1 << 20;

/**
 * Reads blobs that are files of their own, as what was just added nearly always is: without a process of git,
 * which costs a hook 10 ms. Null when one of them is stored otherwise, too large, or not as it should be: then git
 * is to be asked, and finds the words for it.
 *
 * A loose object is a zlib stream of
 *
 *     <type> SP <size> NUL <size bytes>
 *
 * @param most bytes of content, of all together
 */
export function readLooseBlobs(
  repository: Repository,
  ids: readonly string[],
  most: number,
  ambient: NodeJS.ProcessEnv = process.env,
): Buffer[] | null {
  if (ambient.GIT_OBJECT_DIRECTORY || ambient.GIT_ALTERNATE_OBJECT_DIRECTORIES) return null;
  const blobs: Buffer[] = [];
  let total = 0;
  try {
    for (const id of ids) {
      const path = join(repository.commonDir, "objects", id.slice(0, 2), id.slice(2));
      if (statSync(path).size > MOST_PACKED) return null;
      const data = inflateSync(readFileSync(path), { maxOutputLength: most });
      const [header, size] = /^blob (\d+)\0/.exec(data.toString("latin1", 0, 32)) ?? [];
      if (header === undefined || Number(size) !== data.length - header.length) return null;
      total += data.length;
      if (total > most) return null;
      blobs.push(data.subarray(header.length));
    }
  } catch {
    return null;
  }
  return blobs;
}
