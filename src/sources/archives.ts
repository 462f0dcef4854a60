import { Readable } from "node:stream";
import { crc32, createGunzip } from "node:zlib";
import type { GapReason } from "../policy/coverage.ts";
import { type ArchiveKind, archiveKind, MOST_ZIP, peek, ZipBehind, zipOf } from "./archive-kind.ts";

/** Archives in archives are opened this deep; a `.tar.gz` is two. */
const MOST_DEPTH = 8;
const TOO_DEEP = `nested deeper than ${MOST_DEPTH} archives`;
const ZIP_TOO_LONG = `a zip file of more than ${MOST_ZIP >> 20} MiB`;
/** What one archive may hold, with all that is in it: beyond this it is a bomb, or too much. */
const MOST_BYTES = 4 * 2 ** 30;
const MOST_MEMBERS = 200_000;
/** Text shrinks to a tenth, logs to a fiftieth. More than this, from some size on, only a bomb does. */
const MOST_RATIO = 250;
const RATIO_FROM = 64 << 20;

/** Takes what archives hold. Paths are those of the archives with the member behind: `app.jar!/conf/db.properties` */
export interface MemberReceiver {
  open(path: string): MemberSink;
  /** What was not opened, and why. */
  gap(reason: GapReason, path: string): void;
}

export interface MemberSink {
  /** `piece` is the sink's to keep. */
  push(piece: Buffer): void;
  end(): void;
}

/**
 * Reads an archive, and archives in it, member by member. Memory is that of the zip files which it
 * is inside of; everything else is streamed. What cannot be read is told to the receiver; nothing is thrown
 * but what `bytes` throws.
 *
 * @param bytes of a file whose first piece `archiveKind` knows, or that has a zip file behind it (`ZipBehind`), of which
 *   the receiver gets what is in the zip file
 */
export async function readArchive(
  path: string,
  bytes: AsyncIterable<Buffer> | Iterable<Buffer>,
  receiver: MemberReceiver,
  signal?: AbortSignal,
): Promise<void> {
  const walk = new ArchiveWalk(receiver, signal);
  try {
    await walk.read(path, walk.packed(bytes), 0);
  } catch (error) {
    if (error instanceof Stopped) {
      if (error.message !== "") receiver.gap("archive-limit", `${path}: ${error.message}`);
    } else throw error instanceof SourceError ? error.cause : error;
  }
}

/** The whole walk ends: a limit was reached, or it was told to. */
class Stopped extends Error {}

class ArchiveWalk {
  private packedBytes = 0;
  private bytes = 0;
  private members = 0;
  private readonly receiver: MemberReceiver;
  private readonly signal: AbortSignal | undefined;

  constructor(receiver: MemberReceiver, signal: AbortSignal | undefined) {
    this.receiver = receiver;
    this.signal = signal;
  }

  /** Counts what the outermost archive is made of. */
  async *packed(bytes: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
    try {
      for await (const piece of bytes) {
        this.packedBytes += piece.length;
        yield piece;
      }
    } catch (error) {
      throw new SourceError("", { cause: error });
    }
  }

  /** Reads a file: opens it when it is an archive, gives it out when it is none. */
  async read(path: string, bytes: AsyncIterable<Buffer>, depth: number): Promise<void> {
    const pieces = bytes[Symbol.asyncIterator]();
    const { head, rest } = await peek(pieces);
    const kind = archiveKind(head);
    if (kind !== null && depth < MOST_DEPTH) {
      await this.openAs(kind, path, rest, depth);
      return;
    }
    if (kind !== null) this.receiver.gap("archive-limit", `${path}: ${TOO_DEEP}`);
    const sink = depth === 0 ? null : this.receiver.open(path);
    const behind = new ZipBehind(true);
    try {
      for await (const piece of rest) {
        sink?.push(piece);
        behind.push(piece);
      }
    } finally {
      // Of a file that is cut off the part that was there counts.
      sink?.end();
    }
    if (behind.found) await this.openBehind(path, behind, depth);
  }

  private async openBehind(path: string, { pieces }: ZipBehind, depth: number): Promise<void> {
    if (pieces === null) this.receiver.gap("archive-limit", `${path}: ${ZIP_TOO_LONG}`);
    else if (depth >= MOST_DEPTH) this.receiver.gap("archive-limit", `${path}: ${TOO_DEEP}`);
    else await this.openAs("zip", path, Readable.from(pieces), depth);
  }

  private async openAs(
    kind: ArchiveKind,
    path: string,
    bytes: AsyncIterable<Buffer>,
    depth: number,
  ): Promise<void> {
    try {
      if (kind === "gzip") await this.gunzip(path, bytes, depth);
      else if (kind === "tar") await this.untar(path, bytes, depth);
      else await this.unzip(path, bytes, depth);
    } catch (error) {
      if (error instanceof Stopped || error instanceof SourceError) throw error;
      this.receiver.gap("archive-unreadable", `${path}: ${reasonOf(error)}`);
    }
  }

  /** What comes out of an archive, counted. */
  private async *expanded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
    for await (const piece of bytes) {
      if (this.signal?.aborted === true) throw new Stopped();
      this.bytes += piece.length;
      if (this.bytes > MOST_BYTES) throw new Stopped("it holds more than 4 GiB");
      if (this.bytes > RATIO_FROM && this.bytes > MOST_RATIO * this.packedBytes)
        throw new Stopped(`it expands to more than ${MOST_RATIO} times its size`);
      yield Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    }
  }

  private countMember(): void {
    if (this.signal?.aborted === true) throw new Stopped();
    this.members += 1;
    if (this.members > MOST_MEMBERS) throw new Stopped(`it holds more than ${MOST_MEMBERS} files`);
  }

  private async gunzip(path: string, bytes: AsyncIterable<Buffer>, depth: number): Promise<void> {
    const source = Readable.from(bytes, { objectMode: false });
    const inflated = source.pipe(createGunzip());
    source.on("error", (error) => inflated.destroy(error));
    const { head, rest } = await peek(this.expanded(inflated)[Symbol.asyncIterator]());
    // A compressed tar file is one archive to everybody: its members are the file's.
    if (archiveKind(head) === "tar") await this.openAs("tar", path, rest, depth + 1);
    else
      await this.read(
        `${path}!/${path.slice(path.lastIndexOf("/") + 1).replace(/\.gz$/i, "")}`,
        rest,
        depth + 1,
      );
  }

  private async untar(path: string, bytes: AsyncIterable<Buffer>, depth: number): Promise<void> {
    const { extract } = await import("tar-stream");
    const tar = extract();
    const source = Readable.from(bytes, { objectMode: false });
    source.on("error", (error) => tar.destroy(error));
    source.pipe(tar);
    for await (const entry of tar) {
      const { name, type } = entry.header;
      const member = `${path}!/${clean(name)}`;
      if (type === "file" || type === "contiguous-file") {
        this.countMember();
        // What is in a tar file is in it as it is, so it was counted when the tar file was.
        await this.read(member, entry as AsyncIterable<Buffer>, depth + 1);
      } else if ((entry.header.size ?? 0) > 0) {
        // A sparse file of GNU tar, for one: its data is not what the file holds.
        this.receiver.gap("archive-unreadable", `${member}: it is no plain file in its archive`);
      }
      entry.resume();
    }
  }

  private async unzip(path: string, bytes: AsyncIterable<Buffer>, depth: number): Promise<void> {
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of bytes) {
      length += piece.length;
      if (length > MOST_ZIP) {
        this.receiver.gap("archive-limit", `${path}: ${ZIP_TOO_LONG}`);
        return;
      }
      pieces.push(piece);
    }
    const { fromBufferPromise } = await import("yauzl");
    // Names as bytes: what is no proper name for a file on disk is a name for a report.
    const zip = await fromBufferPromise(zipOf(Buffer.concat(pieces)), {
      decodeStrings: false,
      validateEntrySizes: true,
    });
    for await (const entry of zip.eachEntry()) {
      const member = `${path}!/${clean((entry.fileName as unknown as Buffer).toString("utf8"))}`;
      if (member.endsWith("/") && entry.uncompressedSize === 0) continue;
      this.countMember();
      if (entry.isEncrypted()) {
        this.receiver.gap("archive-encrypted", member);
        continue;
      }
      try {
        const bytes = withCrc(await zip.openReadStreamPromise(entry), entry.crc32);
        await this.read(member, this.expanded(bytes), depth + 1);
      } catch (error) {
        if (error instanceof Stopped || error instanceof SourceError) throw error;
        // The other members are none the worse.
        this.receiver.gap("archive-unreadable", `${member}: ${reasonOf(error)}`);
      }
    }
  }
}

/** The bytes, and an error behind them when they are not those that were packed. */
async function* withCrc(bytes: AsyncIterable<Buffer>, expected: number): AsyncGenerator<Buffer> {
  let crc = 0;
  for await (const piece of bytes) {
    crc = crc32(piece, crc);
    yield piece;
  }
  if (crc !== expected) throw new Error("its CRC is wrong");
}

/** What the archive's bytes themselves are read from has failed: no fault of the archive. */
class SourceError extends Error {}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Members may be named with `./` or `/` in front. */
function clean(name: string): string {
  return name.replace(/^(?:\.?\/)+/, "");
}
