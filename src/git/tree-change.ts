/** One changed path, as git's raw diff format tells it. */
export interface TreeChange {
  /** Object id of the content before; null where there was none, or where it was no file. */
  readonly oldBlob: string | null;
  /** Object id of the content after; null when the path is gone. */
  readonly newBlob: string | null;
  readonly newKind: "file" | "symlink" | "submodule" | "none";
  /** A add, C copy, D delete, M modify, R rename, T type change, U unmerged. */
  readonly status: string;
  /** Path after the change, bytes as Latin-1: git's paths are bytes. */
  readonly path: string;
  readonly oldPath: string;
}

/**
 * Reads `git diff-index --raw -z --no-abbrev`. A record, NUL shown as @:
 *
 *     :100644 100644 <old id> <new id> M@path@
 *     :100644 100644 <old id> <new id> R086@old path@new path@
 *
 * @param output bytes as Latin-1
 */
export function parseRawDiff(output: string): TreeChange[] {
  const fields = output.split("\0");
  const changes: TreeChange[] = [];
  for (let i = 0; i + 1 < fields.length; ) {
    const [oldMode, newMode, oldId, newId, status] = fields[i]!.slice(1).split(" ") as [
      string,
      string,
      string,
      string,
      string,
    ];
    const twoPaths = status.startsWith("R") || status.startsWith("C");
    const oldPath = fields[i + 1]!;
    const path = twoPaths ? fields[i + 2]! : oldPath;
    i += twoPaths ? 3 : 2;
    changes.push({
      oldBlob: kindOf(oldMode) === kindOf(newMode) ? idOrNull(oldId) : null,
      newBlob: idOrNull(newId),
      newKind: kindOf(newMode),
      status: status.charAt(0),
      path,
      oldPath,
    });
  }
  return changes;
}

export function idOrNull(id: string): string | null {
  return /^0+$/.test(id) ? null : id;
}

export function kindOf(mode: string): TreeChange["newKind"] {
  if (mode.startsWith("100")) return "file";
  if (mode === "120000") return "symlink";
  if (mode === "160000") return "submodule";
  return "none";
}

/**
 * A path's bytes as text. Names that are not UTF-8 keep their odd bytes visible as `\xNN`, so that
 * two names never look alike and no name is lost.
 */
export function displayPath(latin1: string): string {
  const bytes = Buffer.from(latin1, "latin1");
  const text = bytes.toString("utf8");
  if (!text.includes("\ufffd") || Buffer.from(text, "utf8").equals(bytes)) return text;
  return latin1.replace(/[\x80-\xff]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`);
}
