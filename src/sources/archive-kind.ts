/** Bytes of the beginning that tell what a file is. */
export const ARCHIVE_HEAD = 512;

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
