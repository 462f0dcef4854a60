import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Inflater } from "./inflater.ts";
import type { Repository } from "./repository.ts";

/** A loose object that is larger than this when packed is left to git. */
const MOST_PACKED = 1 << 20;
/** `blob`, a blank, a size of at most so many digits, and NUL. */
const LONGEST_HEAD = 32;

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
  const inflater = new Inflater();
  const head = Buffer.alloc(LONGEST_HEAD);
  let total = 0;
  try {
    for (const id of ids) {
      const path = join(repository.commonDir, "objects", id.slice(0, 2), id.slice(2));
      if (statSync(path).size > MOST_PACKED) return null;
      const packed = readFileSync(path);
      const begun = inflater.begin(packed, head);
      const [header, size] = /^blob (\d+)\0/.exec(head.toString("latin1", 0, begun)) ?? [];
      if (header === undefined) return null;
      const length = header.length + Number(size);
      total += length;
      if (total > most) return null;
      const data = Buffer.allocUnsafe(length + 1);
      if (!inflater.inflate(packed, data, length)) return null;
      blobs.push(data.subarray(header.length, length));
    }
  } catch {
    return null;
  }
  return blobs;
}
