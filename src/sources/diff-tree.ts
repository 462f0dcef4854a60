import type { ChangeLog } from "./change-log.ts";

const COLON = 0x3a;

/**
 * Reads `git diff-tree --stdin --raw -r -c -z`. NUL shown as @; a merge has one colon, mode and id
 * for each parent more, and its status one letter for each:
 *
 *     <commit id>@:100644 100644 <old id> <new id> M@path@::100644 100644 100644 <id> <id> <new id> MM@path@
 *
 * Works on bytes: the output is long, and hardly any of it is ever looked at again.
 */
export class DiffTreeParser {
  private readonly log: ChangeLog;
  private readonly hexLength: number;
  private readonly id: Uint8Array;
  private rest: Buffer = Buffer.alloc(0);

  constructor(log: ChangeLog) {
    this.log = log;
    this.hexLength = 2 * log.commits.idBytes;
    this.id = new Uint8Array(log.commits.idBytes);
  }

  push(chunk: Buffer): void {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    for (;;) {
      const end = bytes.indexOf(0, at);
      if (end < 0) break;
      if (bytes[at] === COLON) {
        const pathEnd = bytes.indexOf(0, end + 1);
        if (pathEnd < 0) break;
        this.change(bytes, at, end + 1, pathEnd);
        at = pathEnd + 1;
      } else {
        readHexId(this.id, bytes, at);
        this.log.addCommit(this.id, 0);
        at = end + 1;
      }
    }
    this.rest = Buffer.from(bytes.subarray(at));
  }

  private change(bytes: Buffer, at: number, pathStart: number, pathEnd: number): void {
    let parents = 1;
    while (bytes[at + parents] === COLON) parents += 1;
    const mode = at + parents + 7 * parents;
    // Modes: 100644, 100755 files, 120000 symbolic links, 160000 submodules, 000000 gone.
    const [first, second] = [bytes[mode], bytes[mode + 1]];
    if (first !== 0x31) return;
    const path = bytes.toString("latin1", pathStart, pathEnd);
    if (second === 0x36) {
      this.log.addChange(null, 0, path);
      return;
    }
    readHexId(this.id, bytes, mode + 7 + parents * (this.hexLength + 1));
    this.log.addChange(this.id, 0, path);
  }
}

/** Reads the id that is written in lower-case hexadecimal at `bytes[at]`. */
export function readHexId(id: Uint8Array, bytes: Uint8Array, at: number): void {
  for (let i = 0; i < id.length; i += 1)
    id[i] = (hexDigit(bytes[at + 2 * i]!) << 4) | hexDigit(bytes[at + 2 * i + 1]!);
}

function hexDigit(byte: number): number {
  return byte < 0x3a ? byte - 0x30 : byte - 0x57;
}
