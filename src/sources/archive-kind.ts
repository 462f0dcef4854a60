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

/** The index of a zip file is at its end, so it must be in memory as a whole. */
export const MOST_ZIP = 512 << 20;
/** What a zip file ends with: `P K 05 06`, 16 bytes that say where its index is, u16 length of a comment, the comment. */
const ZIP_END = 22;
const MOST_COMMENT = 0xffff;

/** Whether it begins as an executable of Windows, Linux or macOS or as a script does: a zip file may be behind it. */
function isProgram(head: Uint8Array): boolean {
  if (head.length < 4) return false;
  const two = (head[0]! << 8) | head[1]!;
  const four = ((two << 16) | (head[2]! << 8) | head[3]!) >>> 0;
  // MZ, #!, 7f ELF, and Mach-O of 32 and 64 bits
  return (
    two === 0x4d5a || two === 0x2321 || four === 0x7f454c46 || four === 0xcefaedfe || four === 0xcffaedfe
  );
}

/** Where the end of a zip file begins that `content` ends with; -1 when it ends with none. */
function zipEnd(content: Buffer): number {
  const least = Math.max(0, content.length - ZIP_END - MOST_COMMENT);
  for (let at = content.length - ZIP_END; at >= least; at -= 1) {
    at = content.lastIndexOf("PK\x05\x06", at, "latin1");
    if (at < least) return -1;
    if (at + ZIP_END + content.readUInt16LE(at + 20) === content.length) return at;
  }
  return -1;
}

/** Whether it is a program with a zip file behind it: a self-extractor, an executable jar, a zipapp of Python. */
export function hasZipBehind(content: Uint8Array): boolean {
  return isProgram(content) && zipEnd(Buffer.from(content.buffer, content.byteOffset, content.length)) >= 0;
}

/**
 * The zip file that `content` ends with. Its index may count from its own beginning or from the program's in front of
 * it: both kinds are about.
 */
export function zipOf(content: Buffer): Buffer {
  const end = zipEnd(content);
  if (end < 0) return content;
  const index = end - content.readUInt32LE(end + 12);
  const start = index - content.readUInt32LE(end + 16);
  return start > 0 ? content.subarray(start) : content;
}

/** `hasZipBehind` of what comes in pieces. */
export class ZipBehind {
  private kept: Buffer[] = [];
  private length = 0;
  private whole: boolean;
  private program: boolean | null = null;

  /** @param whole whether all pieces are wanted, or only to know whether there is one */
  constructor(whole: boolean) {
    this.whole = whole;
  }

  push(piece: Buffer): void {
    this.program ??= isProgram(piece);
    if (!this.program) return;
    this.kept.push(piece);
    this.length += piece.length;
    if (this.length > MOST_ZIP) this.whole = false;
    while (!this.whole && this.length - this.kept[0]!.length >= ZIP_END + MOST_COMMENT)
      this.length -= this.kept.shift()!.length;
  }

  get found(): boolean {
    return this.program === true && zipEnd(Buffer.concat(this.kept)) >= 0;
  }

  /** All pieces; null when they are not wanted or too many. */
  get pieces(): readonly Buffer[] | null {
    return this.whole ? this.kept : null;
  }
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
