import { Inflater } from "../inflater.ts";
import { BlockFile } from "./block-file.ts";
import type { PackPlan } from "./pack-plan.ts";
import { type Stretch, type TreeMemory, TreeStore } from "./tree-store.ts";

/** What a commit says in front of its message; valid until the next is read. */
export interface CommitHead {
  readonly id: Uint8Array;
  readonly tree: Uint8Array;
  /** Of the commit, in seconds since 1970. */
  date: number;
  /** Ids, one behind the other. */
  parents: Uint8Array;
}

/** Bytes in which mostly all is that is asked for. */
const HEAD = 512;
/** The same of a record. What deflating does not make shorter it leaves as it is, and adds a few bytes. */
const PACKED_HEAD = HEAD + 64;

const TREE = Buffer.from("tree ");
const PARENT = Buffer.from("parent ");
const AUTHOR = Buffer.from("author ");
const COMMITTER = Buffer.from("committer ");
const NEWLINE = 0x0a;
const SPACE = 0x20;
const MINUS = 0x2d;
const PLUS = 0x2b;
const LESS = 0x3c;
const GREATER = 0x3e;
/** Digits of a date of which git's commit-graph keeps all bits. */
const MOST_DIGITS = 10;
/** Bytes of memory for what deltas are made of. */
const ROOM = 4 << 20;

/**
 * Tells what the commits of packs say, in pack order; most are stored whole, and of those only the beginning is inflated. What cannot be
 * read here, or is written as git does not write it, is passed over.
 *
 * @param memoryOf gives memory of at least so many bytes
 */
export function readCommitHeads(
  plans: readonly PackPlan[],
  memoryOf: (room: number) => TreeMemory,
  tell: (commit: CommitHead) => void,
): void {
  const inflater = new Inflater();
  const output = Buffer.allocUnsafe(HEAD);
  for (const plan of plans) {
    const { commits, idBytes, ids, idPlaces, bases, offsets, headerLengths } = plan;
    if (commits.length === 0) continue;
    const parser = new HeadParser(idBytes);
    const file = new BlockFile(plan.path);
    const memory = memoryOf(ROOM);
    const store = new TreeStore([plan], idBytes, memory);
    const whole = (number: number): boolean => {
      const [place] = store.get([number]) ?? [];
      return place !== undefined && parser.parse(memory.bytes, place);
    };
    const begins = (number: number): boolean => {
      const from = offsets[number]! + headerLengths[number]!;
      const packed = file.read(from, Math.min(offsets[number + 1]! - from, PACKED_HEAD));
      if (packed === null) return false;
      return parser.parse(output, { start: 0, length: inflater.begin(packed, output) });
    };
    try {
      for (const number of commits) {
        if (!(bases[number]! < 0 && begins(number)) && !whole(number)) continue;
        const { head } = parser;
        head.id.set(ids.subarray(idPlaces[number]! * idBytes, (idPlaces[number]! + 1) * idBytes));
        tell(head);
      }
    } finally {
      file.close();
      store.close();
    }
  }
}

/**
 * Reads the beginning of a commit, of which git writes:
 *
 *     tree <id> LF
 *     parent <id> LF      any number of times
 *     author <name> <<mail>> <seconds> <zone> LF
 *     committer <name> <<mail>> <seconds> <zone> LF
 */
class HeadParser {
  readonly head: CommitHead;
  private readonly idBytes: number;
  private parents: Uint8Array;
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private end = 0;

  constructor(idBytes: number) {
    this.idBytes = idBytes;
    this.parents = new Uint8Array(16 * idBytes);
    this.head = {
      id: new Uint8Array(idBytes),
      tree: new Uint8Array(idBytes),
      date: 0,
      parents: this.parents.subarray(0, 0),
    };
  }

  /** Puts into `head` what stands there but for the id. False when that is something else, or is cut off. */
  parse(bytes: Uint8Array, { start, length }: Stretch): boolean {
    this.bytes = bytes;
    this.at = start;
    this.end = start + length;
    const { head, idBytes } = this;
    if (!this.accept(TREE) || !this.readId(head.tree, 0)) return false;
    let count = 0;
    for (; this.accept(PARENT); count += 1) {
      if ((count + 1) * idBytes > this.parents.length) this.growParents();
      if (!this.readId(this.parents, count * idBytes)) return false;
    }
    head.parents = this.parents.subarray(0, count * idBytes);
    return this.accept(AUTHOR) && this.skipLine() && this.accept(COMMITTER) && this.readDate();
  }

  private growParents(): void {
    const larger = new Uint8Array(2 * this.parents.length);
    larger.set(this.parents);
    this.parents = larger;
  }

  /** Goes behind the word when it stands here. */
  private accept(word: Uint8Array): boolean {
    for (let i = 0; i < word.length; i += 1) if (this.byteAt(i) !== word[i]) return false;
    this.at += word.length;
    return true;
  }

  /** -1 behind the end. */
  private byteAt(offset: number): number {
    return this.at + offset < this.end ? this.bytes[this.at + offset]! : -1;
  }

  private skipLine(): boolean {
    while (this.at < this.end && this.bytes[this.at] !== NEWLINE) this.at += 1;
    this.at += 1;
    return this.at <= this.end;
  }

  /** Reads an id and the end of its line. */
  private readId(id: Uint8Array, to: number): boolean {
    const { idBytes } = this;
    for (let i = 0; i < idBytes; i += 1) {
      const [high, low] = [hexDigit(this.byteAt(2 * i)), hexDigit(this.byteAt(2 * i + 1))];
      if (high < 0 || low < 0) return false;
      id[to + i] = (high << 4) | low;
    }
    this.at += 2 * idBytes;
    return this.byteAt(0) === NEWLINE && this.skipLine();
  }

  /** Reads `<name> <<mail>> <seconds> <zone> LF`. Of other lines only git knows the date by which it walks. */
  private readDate(): boolean {
    const { bytes } = this;
    const until = (wanted: number): boolean => {
      for (; this.at < this.end; this.at += 1) {
        const byte = bytes[this.at]!;
        if (byte === wanted) break;
        if (byte === LESS || byte === GREATER || byte === NEWLINE) return false;
      }
      this.at += 1;
      return this.at <= this.end;
    };
    if (!until(LESS) || !until(GREATER) || this.byteAt(0) !== SPACE) return false;
    this.at += 1;
    let date = 0;
    let digits = 0;
    for (; isDigit(this.byteAt(digits)); digits += 1) date = 10 * date + hexDigit(this.byteAt(digits));
    if (digits === 0 || digits > MOST_DIGITS || this.byteAt(digits) !== SPACE) return false;
    const sign = this.byteAt(digits + 1);
    if (sign !== PLUS && sign !== MINUS) return false;
    for (let i = 2; i < 6; i += 1) if (!isDigit(this.byteAt(digits + i))) return false;
    if (this.byteAt(digits + 6) !== NEWLINE) return false;
    this.head.date = date;
    return true;
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** As git writes them, small letters only; -1 for what is none. */
function hexDigit(byte: number): number {
  if (isDigit(byte)) return byte - 0x30;
  return byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
}
