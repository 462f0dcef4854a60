import type { Repository } from "../git/repository.ts";
import { readGit } from "../git/stream.ts";

/** A file as a commit has it, or the next one will, that differs from what every parent has. */
export interface ChangedFile {
  /** Bytes as Latin-1. */
  readonly path: string;
  readonly blob: string;
  /** The content that each parent has in its place; null where it has none. */
  readonly before: readonly (string | null)[];
  /** The path that it was moved or copied from, with its content; null when it was not. */
  readonly from: string | null;
}

type Lines = readonly [from: number, to: number];

/** What a change does to the lines of a file, in the new content's numbering. */
export interface AddedLines {
  /**
   * Whether it makes what stands on these lines: compared with each parent it adds one of them, or takes out what
   * stood between the first and the last.
   */
  makes(lines: readonly Lines[]): boolean;
}

const EVERY_LINE: AddedLines = { makes: () => true };
const NO_LINE: AddedLines = { makes: () => false };

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
  const perParent: Hunk[][] = [];
  for (const before of file.before) {
    if (before === null) continue;
    if (before === file.blob) return NO_LINE;
    if (!isUtf16) perParent.push(await diffHunks(repository, before, file.blob));
  }
  if (perParent.length === 0) return EVERY_LINE;
  return {
    makes(lines) {
      const ends = lines.flat();
      const [first, last] = [Math.min(...ends), Math.max(...ends)];
      return perParent.every((hunks) =>
        hunks.some(
          ({ start, length, removed }) =>
            lines.some(([from, to]) => start <= to && from < start + length) ||
            (removed > length && first <= start && start + Math.max(1, length) <= last),
        ),
      );
    },
  };
}

/** Lines that are new in the place of others; of length 0 they are none, and stand behind the line `start`. */
interface Hunk {
  readonly start: number;
  readonly length: number;
  readonly removed: number;
}

/** Hunk headers of the difference of two blobs: `@@ -a,removed +start,length @@`, where a count of 1 is left out. */
async function diffHunks(repository: Repository, before: string, after: string): Promise<Hunk[]> {
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
  const headers = output.toString("latin1").matchAll(/^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/gm);
  return [...headers].map(([, removed, start, length]) => ({
    start: Number(start),
    length: Number(length ?? 1),
    removed: Number(removed ?? 1),
  }));
}
