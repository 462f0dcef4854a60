import { CONFIRM_BYTES, CredentialFiles } from "../engine/credential-files.ts";
import { Engine } from "../engine/engine.ts";
import { ContentScanner, type ContentStream } from "../engine/scanner.ts";
import type { Detection } from "../engine/types.ts";
import type { RulePack } from "../rules/compiled.ts";

const LFS_HEAD = "version https://git-lfs.github.com/spec/v1";

/** One file or blob on its way through the engine, whatever it is read from. */
export class Inspection {
  private readonly stream: ContentStream;
  private readonly files: CredentialFiles;
  private readonly path: string | null;
  private readonly head: Uint8Array[] = [];
  private headLength = 0;
  length = 0;

  constructor(stream: ContentStream, files: CredentialFiles, path: string | null) {
    this.stream = stream;
    this.files = files;
    this.path = path;
  }

  push(piece: Uint8Array): void {
    this.stream.push(piece);
    this.length += piece.length;
    if (this.headLength < CONFIRM_BYTES) {
      this.head.push(piece);
      this.headLength += piece.length;
    }
  }

  /** Everything found: by content, and by name where `path` is known. */
  finish(): Detection[] {
    const detections = this.stream.finish();
    if (this.path === null) return detections;
    const rules = this.files.named(this.path);
    if (rules.length === 0) return detections;
    return [...detections, ...this.files.confirm(rules, Buffer.concat(this.head), detections)];
  }

  get isLfsPointer(): boolean {
    return this.length < 1024 && Buffer.concat(this.head).toString("latin1").startsWith(LFS_HEAD);
  }
}

/** The engine and the credential file names of one rule pack, for any number of contents. */
export class Inspector {
  readonly files: CredentialFiles;
  private readonly scanner: ContentScanner;

  constructor(pack: RulePack) {
    this.scanner = new ContentScanner(new Engine(pack));
    this.files = new CredentialFiles(pack.files);
  }

  /** @param path null when the paths are not known yet: then only the content speaks */
  open(path: string | null): Inspection {
    return new Inspection(this.scanner.open(), this.files, path);
  }
}
