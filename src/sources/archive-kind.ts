/** Bytes of the beginning that tell what a file is. */
const ARCHIVE_HEAD = 512;

export type ArchiveKind = "zip" | "gzip" | "tar";

/**
 * Tells an archive by its first bytes, whatever it is called: jar, whl, apk, docx and npm packages are zip files or
 * compressed tar files.
 *
 *     zip   'P' 'K' 03 04, or 05 06 when it is empty
 *     gzip  1f 8b 08
 *     tar   "ustar" at 257
 */
export function archiveKind(head: Uint8Array): ArchiveKind | null {
  if (head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5) && head[3] === head[2] + 1)
    return "zip";
  if (head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) return "gzip";
  return head.length >= 262 && String.fromCharCode(...head.subarray(257, 262)) === "ustar" ? "tar" : null;
}

/** The beginning of a stream, and all of it again; an error of the beginning comes behind what came before it. */
export async function peek(
  pieces: AsyncIterator<Buffer>,
): Promise<{ head: Buffer; rest: AsyncIterable<Buffer> }> {
  const held: Buffer[] = [];
  let length = 0;
  let done = false;
  let failure: { readonly error: unknown } | null = null;
  while (length < ARCHIVE_HEAD && !done) {
    try {
      const next = await pieces.next();
      if (next.done === true) done = true;
      else {
        held.push(next.value);
        length += next.value.length;
      }
    } catch (error) {
      failure = { error };
      done = true;
    }
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield* held;
    if (failure !== null) throw failure.error;
    if (done) return;
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
  }
  return { head: Buffer.concat(held), rest: all() };
}
