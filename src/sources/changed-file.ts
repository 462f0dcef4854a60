import type { Repository } from "../git/repository.ts";
import { readGit } from "../git/stream.ts";

/** A file as a commit has it, or the next one will, that differs from what every parent has. */
export interface ChangedFile {
  /** Bytes as Latin-1. */
  readonly path: string;
  readonly blob: string;
  /** The content that each parent has in its place; null where it has none. */
  readonly before: readonly (string | null)[];
}

/** Lines of a file that the change adds, in the new content's numbering. */
export interface AddedLines {
  touches(from: number, to: number): boolean;
}

const EVERY_LINE: AddedLines = { touches: () => true };

/**
 * A line is added when no parent has it in its place.
 *
 * @param isUtf16 in such a file git takes half of a character for the end of a line: its numbers tell nothing, and every
 *   line counts as added
 */
export async function addedLines(
  repository: Repository,
  file: ChangedFile,
  isUtf16: boolean,
): Promise<AddedLines> {
  const perParent: [number, number][][] = [];
  for (const before of file.before) {
    if (before === null) continue;
    if (before === file.blob) return { touches: () => false };
    if (!isUtf16) perParent.push(await diffHunks(repository, before, file.blob));
  }
  if (perParent.length === 0) return EVERY_LINE;
  return {
    touches: (from, to) =>
      perParent.every((hunks) => hunks.some(([start, end]) => start <= to && from <= end)),
  };
}

/** Hunk headers of the difference of two blobs: `@@ -a,b +c,d @@`, the new side's first and last line. */
async function diffHunks(repository: Repository, before: string, after: string): Promise<[number, number][]> {
  const output = await readGit(repository.dir, [
    "diff",
    "--no-ext-diff",
    "--no-textconv",
    "--text",
    "--no-color",
    "--unified=0",
    "--inter-hunk-context=0",
    before,
    after,
  ]);
  const hunks: [number, number][] = [];
  for (const [, start, count] of output.toString("latin1").matchAll(/^@@ -[\d,]+ \+(\d+)(?:,(\d+))? @@/gm)) {
    const length = count === undefined ? 1 : Number(count);
    if (length > 0) hunks.push([Number(start), Number(start) + length - 1]);
  }
  return hunks;
}
