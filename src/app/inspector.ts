import { CONFIRM_BYTES, CredentialFiles, uncovered } from "../engine/credential-files.ts";
import { Engine } from "../engine/engine.ts";
import { ContentScanner, type ContentStream, type Version } from "../engine/scanner.ts";
import type { Detection } from "../engine/types.ts";
import type { Cuts } from "../kernel/prefilter.ts";
import type { CompiledFileRule, RulePack } from "../rules/compiled.ts";

const LFS_HEAD = "version https://git-lfs.github.com/spec/v1";

/** One file or blob on its way through the engine, whatever it is read from. */
export class Inspection {
  private readonly stream: ContentStream;
  private readonly files: CredentialFiles;
  private readonly named: readonly CompiledFileRule[];
  private first: Uint8Array | null = null;
  /** The beginning of a file whose name tells; nothing of any other is kept. */
  private readonly head: Uint8Array[] = [];
  length = 0;

  constructor(stream: ContentStream, files: CredentialFiles, path: string | null) {
    this.stream = stream;
    this.files = files;
    this.named = path === null ? [] : files.named(path);
  }

  push(piece: Uint8Array): void {
    this.stream.push(piece);
    this.first ??= piece;
    if (this.named.length > 0 && this.length < CONFIRM_BYTES) this.head.push(piece);
    this.length += piece.length;
  }

  /** Everything found: by content, and by name where the path was known. */
  finish(): Detection[] {
    const detections = this.stream.finish();
    if (this.named.length === 0) return detections;
    const named = this.files.confirm(this.named, Buffer.concat(this.head));
    return [...detections, ...uncovered(named, detections)];
  }

  /** `ContentStream.isUtf16` of what has been finished. */
  get isUtf16(): boolean {
    return this.stream.isUtf16;
  }

  /** `ContentStream.cuts` of what has been finished. */
  get cuts(): Cuts | null {
    return this.stream.cuts;
  }

  get isLfsPointer(): boolean {
    const { first } = this;
    if (first === null || this.length > 1024 || first.length < LFS_HEAD.length || first[0] !== 0x76)
      return false;
    return Buffer.from(first.subarray(0, LFS_HEAD.length)).toString("latin1") === LFS_HEAD;
  }
}

/** The engine and the credential file names of one rule pack, for any number of contents. */
export class Inspector {
  readonly files: CredentialFiles;
  private readonly scanner: ContentScanner;

  constructor(pack: RulePack, engine = new Engine(pack)) {
    this.scanner = new ContentScanner(engine);
    this.files = new CredentialFiles(pack.files, pack.allows);
  }

  /**
   * @param path null when the paths are not known yet: then only the content speaks
   * @param version as in `ContentScanner.open`
   */
  open(path: string | null, version: Version | null = null): Inspection {
    return new Inspection(this.scanner.open(version), this.files, path);
  }
}
