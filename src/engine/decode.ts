import { type Literal, MAX_LITERAL } from "../kernel/prefilter.ts";
import { RUN_CLASS } from "../kernel/runs.ts";

/**
 * Text that stands in a content in another writing: base64 (standard or URL-safe, in one line or
 * wrapped), hex, or with escapes. Configuration, manifests and logs hold secrets in it, and a prefilter that
 * looks for literals does not see them.
 */
export interface DecodedText {
  readonly text: Uint8Array;
  readonly writing: string;
  /** The encoded text is `[start, end)` of the content. */
  readonly start: number;
  readonly end: number;
  /** Where in the content the decoded character `offset` is written. */
  offsetOf(offset: number): number;
}

/** A line, or a stretch of a long one. */
export interface DecodedLine extends DecodedText {
  /** Escapes from `start` to here have enough of what follows them in this text. */
  readonly settled: number;
}

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
/** Longer ones are data, and bound what one content can cost. */
const MOST = 1 << 17;
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
 * Decodes what encodes text around the run `[runStart, runEnd)`; null when that is no text.
 *
 * @param seen what lies before was looked at: a text that begins there is no text
 */
export function decodeAround(
  bytes: Uint8Array,
  runStart: number,
  runEnd: number,
  seen: number,
): DecodedText | null {
  let start = runStart;
  while (start > seen && runStart - start < MOST && DIGITS[bytes[start - 1]!] !== 0) start -= 1;
  if (start > 0 && DIGITS[bytes[start - 1]!] !== 0) return null;
  const hex = beginsLikeText(bytes, start, runEnd, 2, HEX_LEADS);
  if (!hex && !beginsLikeText(bytes, start, runEnd, 4, BASE64_LEADS)) return null;
  const accepted = hex ? 2 : 1;
  let end = start;
  while (end < bytes.length && end - start < MOST && DIGITS[bytes[end]!]! >= accepted) end += 1;
  if (end - start < LEAST) return null;
  const line = decode(bytes.subarray(start, end), hex);
  if (!isText(line)) return null;
  const encoding = hex ? ("hex" as const) : ("base64" as const);
  // What follows may be lines of the same text, or something else.
  const last = end - start >= WRAPPED ? lastLine(bytes, start, end, accepted) : end;
  const whole = last > end ? decode(bytes.subarray(start, last), hex) : line;
  const [text, to] = isText(whole) ? [whole, last] : [line, end];
  return {
    text,
    writing: encoding,
    start,
    end: to,
    offsetOf: (offset) => encodedOffset(bytes, encoding, start, to, offset),
  };
}

/** The end of the last line of a text that is wrapped into lines as long as its first, `[start, end)`. */
function lastLine(bytes: Uint8Array, start: number, end: number, accepted: number): number {
  const width = end - start;
  let last = end;
  for (;;) {
    const next = nextLine(bytes, last);
    let to = next;
    while (to < bytes.length && DIGITS[bytes[to]!]! >= accepted) to += 1;
    if (next === last || to === next || to - next > width || to - start > MOST) return last;
    last = to;
    if (to - next < width) return last;
  }
}

function encodedOffset(
  bytes: Uint8Array,
  encoding: "base64" | "hex",
  start: number,
  end: number,
  offset: number,
): number {
  let digits = encoding === "hex" ? offset * 2 : Math.floor((offset * 4) / 3);
  let at = start;
  while (at < end && (digits > 0 || DIGITS[bytes[at]!] === 0)) {
    if (DIGITS[bytes[at]!] !== 0) digits -= 1;
    at += 1;
  }
  return at;
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

function decode(encoded: Uint8Array, hex: boolean): Buffer {
  const text = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.length).toString("latin1");
  return Buffer.from(text, hex ? "hex" : "base64");
}

/** Printable ASCII and white space, but for one character in 50 that may belong to another language. */
function isText(bytes: Uint8Array): boolean {
  let odd = 0;
  for (const code of bytes) {
    if ((code < 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) || code === 0x7f) return false;
    if (code >= 0x80) odd += 1;
  }
  return bytes.length > 0 && odd * 50 <= bytes.length;
}

/**
 * The line around the escape at `at` as it reads: escapes resolved, pieces of text that are added up put
 * together. Null when nothing changes by that.
 */
export function decodeLine(bytes: Uint8Array, at: number): DecodedLine | null {
  const from = Math.max(0, at - LINE_REACH);
  const start = bytes.subarray(from, at).lastIndexOf(0x0a) + 1 + from;
  const limit = Math.min(bytes.length, at + LINE_REACH);
  const newline = bytes.subarray(at, limit).indexOf(0x0a);
  const end = newline < 0 ? limit : at + newline;
  const settled = newline < 0 && limit < bytes.length ? end - LINE_REACH / 2 : end;
  const line = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
  const text: number[] = [];
  const places: number[] = [];
  let done = 0;
  for (const match of line.matchAll(ESCAPE)) {
    const code = codeOf(match, line);
    if (code === null) continue;
    for (; done < match.index; done += 1) {
      text.push(line.charCodeAt(done));
      places.push(start + done);
    }
    if (code >= 0) {
      text.push(code);
      places.push(start + match.index);
    }
    done = match.index + match[0].length;
  }
  if (done === 0) return null;
  for (; done < line.length; done += 1) {
    text.push(line.charCodeAt(done));
    places.push(start + done);
  }
  const offsetOf = (offset: number) => places[offset] ?? end;
  return { text: Uint8Array.from(text), writing: "escapes", start, end, settled, offsetOf };
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
