import { type Literal, MAX_LITERAL } from "../kernel/prefilter.ts";
import { RUN_CLASS } from "../kernel/runs.ts";
import { MAX_SPAN } from "../rules/vocabulary.ts";

/**
 * Text that stands in a content in another writing: base64 (standard or URL-safe, in one line or
 * wrapped), hex, or with escapes. Configuration, manifests and logs hold secrets in it, and a prefilter that
 * looks for literals does not see them.
 */
export interface DecodedText {
  readonly text: Uint8Array;
  readonly writing: string;
  /** Whether it goes on from what stands in front of `start`. */
  readonly continued: boolean;
  /** The encoded text is `[start, end)` of the content. */
  readonly start: number;
  readonly end: number;
  /** Where in the content the decoded characters `[from, to)` are written. */
  rangeOf(from: number, to: number): readonly [start: number, end: number];
}

/** A line, or a stretch of a long one, as it reads. */
export interface LineReading {
  readonly start: number;
  /** Of the escapes from `start` to here enough of what follows was read: they need no look of their own. */
  readonly settled: number;
  /** What was read ends here. */
  readonly end: number;
  /** Null when the line reads as it is written. */
  readonly decoded: DecodedText | null;
}

/** In front of the first line. */
export const NO_LINE: LineReading = { start: 0, settled: 0, end: 0, decoded: null };

/** What tells that a line holds escapes, or a text in pieces: a line with one of these is looked at as it reads. */
export const ESCAPES: readonly Literal[] = [
  "\\u00",
  ...Array.from({ length: 0x60 }, (_, i) => `\\x${(0x20 + i).toString(16)}`),
  ...["&quot;", "&apos;", "&#x2", "&#34", "&#39", "&#61"],
  ...["%3a%2f", "%22%3a", "%3d%22", "password%3d", "token%3d", "secret%3d", "key%3d"],
  ...[`" + "`, "' + '"],
].map((text) => ({ text, anyCase: true, place: "anywhere" }));

/** How far a line is looked at on either side of an escape. */
const LINE_REACH = 1024;
/** Pieces that are put together are at least this long. */
const LEAST_PIECE = 4;

/** Shorter texts hold no secret that the encoded form would hide. */
const LEAST = 20;
/** Digits that are decoded in one piece, which bounds the memory; what is longer is decoded in several. */
const PIECE = 1 << 18;
/** Digits by which one piece repeats the last: what a rule can match lies wholly in one of them. */
const REPEATED = 4 * Math.ceil((2 * MAX_SPAN) / 3);
/** A line that is shorter than this does not go on in the next: PEM wraps at 64, MIME at 76. */
const WRAPPED = 60;

/** 1: a base64 digit, 2: a hex digit too. */
const DIGITS = new Uint8Array(256);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_") {
  DIGITS[char.charCodeAt(0)] = /[0-9a-fA-F]/.test(char) ? 2 : 1;
}

/** Digits that the first byte of printable ASCII or of white space begins with, in hex and in base64. */
const HEX_LEADS = leads("02345670");
const BASE64_LEADS = leads("CDIJKLMNOPQRSTUVWXYZabcdef");

function leads(chars: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const char of chars) table[char.charCodeAt(0)] = 1;
  return table;
}

/**
 * Whether every first digit of the first eight groups is one that text begins with. Most runs are
 * no text in any writing, and this says so without decoding them.
 */
function beginsLikeText(
  bytes: Uint8Array,
  start: number,
  end: number,
  group: number,
  allowed: Uint8Array,
): boolean {
  for (let at = start; at < end && at < start + 8 * group; at += group) {
    if (allowed[bytes[at]!] === 0 || (group === 2 && DIGITS[bytes[at + 1]!] !== 2)) return false;
  }
  return true;
}

/**
 * Decodes what encodes text around the run `[runStart, runEnd)`, in pieces where it is long; nothing when
 * that is no text.
 *
 * @param seen what lies before was looked at: a text that begins there is no text
 */
export function* decodeAround(
  bytes: Uint8Array,
  runStart: number,
  runEnd: number,
  seen: number,
): Generator<DecodedText, void, undefined> {
  let start = runStart;
  while (start > seen && DIGITS[bytes[start - 1]!] !== 0) start -= 1;
  if (start > 0 && DIGITS[bytes[start - 1]!] !== 0) return;
  // What begins with the bytes may have begun before them, anywhere in a group of digits.
  for (let phase = 0; phase < (start === 0 ? 4 : 1); phase += 1) {
    const encoding = encodingAt(bytes, start + phase, runEnd);
    if (encoding === null) continue;
    let piece = decodePiece(bytes, { encoding, start: start + phase, width: 0, before: 0 });
    if (piece === null) continue;
    yield piece;
    // The line goes on or the next does; where it is no text, it may be text again further on.
    for (let next = piece.next; next !== null; next = piece?.next ?? null) {
      piece = decodePiece(bytes, next);
      if (piece === null) return;
      yield piece;
    }
    return;
  }
}

/** The stretch of digits around a run. */
export function digitsAround(bytes: Uint8Array, runStart: number, runEnd: number): readonly [number, number] {
  let start = runStart;
  while (start > 0 && DIGITS[bytes[start - 1]!] !== 0) start -= 1;
  let end = runEnd;
  while (end < bytes.length && DIGITS[bytes[end]!] !== 0) end += 1;
  return [start, end];
}

interface Encoding {
  readonly name: "base64" | "hex";
  /** Digits that together stand for whole bytes. */
  readonly group: number;
  /** The least entry of DIGITS that is one. */
  readonly accepted: number;
}

const HEX: Encoding = { name: "hex", group: 2, accepted: 2 };
const BASE64: Encoding = { name: "base64", group: 4, accepted: 1 };

function encodingAt(bytes: Uint8Array, start: number, end: number): Encoding | null {
  if (beginsLikeText(bytes, start, end, 2, HEX_LEADS)) return HEX;
  return beginsLikeText(bytes, start, end, 4, BASE64_LEADS) ? BASE64 : null;
}

/** Where a piece of an encoded text begins. */
interface PieceStart {
  readonly encoding: Encoding;
  readonly start: number;
  /** Digits in each line of a text that is known to be wrapped; 0 for the first line, which says it. */
  readonly width: number;
  /** Digits of the text in front of `start`: they say where in a group it begins. */
  readonly before: number;
}

interface Piece extends DecodedText {
  readonly next: PieceStart | null;
}

/** Decodes line by line, up to the first line that is no text; null when that is the first. */
function decodePiece(bytes: Uint8Array, { encoding, start, width, before }: PieceStart): Piece | null {
  const { group, accepted, name } = encoding;
  const decoded: Buffer[] = [];
  /** [digits of the piece in front of a line, offset of the line] */
  const lines: [digits: number, at: number][] = [];
  let from = start;
  let at = start + ((group - (before % group)) % group);
  let digits = 0;
  let odd = 0;
  let length = 0;
  let end = at;
  let rest = "";
  let next: PieceStart | null = null;
  for (;;) {
    const room = at + PIECE - digits;
    let to = at;
    while (to < bytes.length && to < room && DIGITS[bytes[to]!]! >= accepted) to += 1;
    if (decoded.length === 0 && to - at < LEAST) return null;
    const line = rest + Buffer.from(bytes.buffer, bytes.byteOffset + at, to - at).toString("latin1");
    const wraps = to < room && nextLine(bytes, to) !== to;
    const whole = wraps || to === room ? line.length - (line.length % group) : line.length;
    const text = Buffer.from(line.slice(0, whole), name);
    odd += oddOf(text);
    length += text.length;
    if (text.length === 0 || odd * 50 > length) break;
    rest = line.slice(whole);
    decoded.push(text);
    lines.push([digits, at]);
    digits += to - at;
    end = to;
    if (to === room) {
      const back = Math.min(REPEATED, digits - (digits % group));
      const [first, offset] = lineOf(lines, digits - (digits % group) - back);
      next =
        width === 0 && lines.length === 1
          ? { encoding, start: to - (digits % group) - back, width, before: 0 }
          : { encoding, start: offset, width, before: before + first };
      break;
    }
    if (width === 0) width = to - from;
    if (!wraps || width < WRAPPED || to - from !== width) break;
    at = nextLine(bytes, to);
    from = at;
    let behind = at;
    while (behind - at <= width && behind < bytes.length && DIGITS[bytes[behind]!]! >= accepted) behind += 1;
    if (behind === at || behind - at > width || !endsLine(bytes, behind)) break;
  }
  if (decoded.length === 0) return null;
  const offsetOf = (digit: number) => {
    const [first, offset] = lineOf(lines, digit);
    return offset + digit - first;
  };
  const perByte = name === "hex" ? 2 : 4 / 3;
  return {
    text: decoded.length === 1 ? decoded[0]! : Buffer.concat(decoded),
    writing: name,
    continued: start > 0 && DIGITS[bytes[start - 1]!] !== 0,
    start,
    end,
    next,
    rangeOf: (from, to) => [
      offsetOf(Math.floor(from * perByte)),
      Math.min(end, offsetOf(Math.ceil(to * perByte) - 1) + 1),
    ],
  };
}

/** The line that holds a digit: the last that does not begin behind it. */
function lineOf(lines: readonly [digits: number, at: number][], digit: number): readonly [number, number] {
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lines[middle]![0] <= digit) low = middle;
    else high = middle - 1;
  }
  return lines[low]!;
}

/** The first character of the next line behind its indentation; `at` when no line ends there. */
function nextLine(bytes: Uint8Array, at: number): number {
  let next = at;
  if (bytes[next] === 0x0d) next += 1;
  if (bytes[next] !== 0x0a) return at;
  next += 1;
  while (bytes[next] === 0x20 || bytes[next] === 0x09) next += 1;
  return next;
}

/** Whether the digits that end at `at` are all of their line, but for padding and what closes a string. */
function endsLine(bytes: Uint8Array, at: number): boolean {
  let end = at;
  while (bytes[end] === EQUALS) end += 1;
  return end >= bytes.length || CLOSING.includes(String.fromCharCode(bytes[end]!));
}

const EQUALS = 0x3d;
const CLOSING = "\r\n\"'`\\<,;)}]";

/**
 * Characters that are neither printable ASCII nor white space, of which text has one in 50 where it is in
 * another language; infinitely many when there is one that no text has.
 */
function oddOf(bytes: Uint8Array): number {
  let odd = 0;
  for (const code of bytes) {
    if ((code < 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) || code === 0x7f)
      return Number.POSITIVE_INFINITY;
    if (code >= 0x80) odd += 1;
  }
  return odd;
}

/**
 * The line around the escape at `at` as it reads: escapes resolved, pieces of text that are added up put
 * together.
 */
export function readLine(bytes: Uint8Array, at: number): LineReading {
  const from = Math.max(0, at - LINE_REACH);
  const start = bytes.subarray(from, at).lastIndexOf(0x0a) + 1 + from;
  const limit = Math.min(bytes.length, at + LINE_REACH);
  const newline = bytes.subarray(at, limit).indexOf(0x0a);
  const end = newline < 0 ? limit : at + newline;
  const settled = newline < 0 && limit < bytes.length ? end - LINE_REACH / 2 : end;
  const line = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
  // Made when an escape is seen that changes something: most lines with a look-alike hold none.
  let text: Uint8Array | undefined;
  /** Where a stretch of the text begins, and where it stands in the content, by turns. */
  const stretches: number[] = [];
  let length = 0;
  let done = 0;
  const copyTo = (to: number) => {
    text ??= new Uint8Array(line.length);
    if (to === done) return text;
    stretches.push(length, start + done);
    text.set(bytes.subarray(start + done, start + to), length);
    length += to - done;
    return text;
  };
  for (const match of line.matchAll(ESCAPE)) {
    const code = codeOf(match, line);
    if (code === null) continue;
    const copied = copyTo(match.index);
    if (code >= 0) {
      stretches.push(length, start + match.index);
      copied[length] = code;
      length += 1;
    }
    done = match.index + match[0].length;
  }
  if (done === 0) return { start, settled, end, decoded: null };
  const copied = copyTo(line.length);
  const placeOf = (offset: number) => {
    if (offset >= length) return end;
    let at = stretches.length - 2;
    while (stretches[at]! > offset) at -= 2;
    return stretches[at + 1]! + offset - stretches[at]!;
  };
  const decoded: DecodedText = {
    text: copied.subarray(0, length),
    writing: "escapes",
    continued: false,
    start,
    end,
    rangeOf: (from, to) => [placeOf(from), placeOf(to)],
  };
  return { start, settled, end, decoded };
}

const ESCAPE =
  /\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|%([0-9a-fA-F]{2})|&#x([0-9a-fA-F]{1,4});|&#([0-9]{1,5});|&(quot|apos|amp|lt|gt);|["'] ?[+.] ?["']/g;
const NAMED: Readonly<Record<string, number>> = { quot: 0x22, apos: 0x27, amp: 0x26, lt: 0x3c, gt: 0x3e };

/** The character that an escape stands for; -1 for a seam between two pieces; null when it is to be left. */
function codeOf(match: RegExpExecArray, line: string): number | null {
  const hex = match[1] ?? match[2] ?? match[3] ?? match[4];
  const named = match[6];
  if (hex === undefined && match[5] === undefined && named === undefined) {
    return isSeam(line, match.index, match.index + match[0].length) ? -1 : null;
  }
  const code =
    named !== undefined ? NAMED[named]! : hex !== undefined ? Number.parseInt(hex, 16) : Number(match[5]);
  return code >= 0x20 && code < 0x7f ? code : null;
}

/** Whether both pieces that meet here look like parts of one token. */
function isSeam(line: string, from: number, to: number): boolean {
  let before = 0;
  while (before < MAX_LITERAL && (RUN_CLASS[line.charCodeAt(from - 1 - before)] ?? 0) !== 0) before += 1;
  let behind = 0;
  while (behind < MAX_LITERAL && (RUN_CLASS[line.charCodeAt(to + behind)] ?? 0) !== 0) behind += 1;
  return (
    before >= LEAST_PIECE &&
    behind >= LEAST_PIECE &&
    /\d/.test(line.slice(from - before, from) + line.slice(to, to + behind))
  );
}
