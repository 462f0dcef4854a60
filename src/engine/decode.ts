/**
 * Text that stands in a content in another writing: base64 (standard or URL-safe, in one line or
 * wrapped) or hex. Configuration, manifests and logs hold secrets in it, and a prefilter that
 * looks for literals does not see them.
 */
export interface DecodedText {
  readonly text: Uint8Array;
  readonly encoding: "base64" | "hex";
  /** The encoded text is `[start, end)` of the content. */
  readonly start: number;
  readonly end: number;
}

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

/** Decodes what encodes text around the run `[runStart, runEnd)`; null when that is no text. */
export function decodeAround(bytes: Uint8Array, runStart: number, runEnd: number): DecodedText | null {
  let start = runStart;
  while (start > 0 && runStart - start < MOST && DIGITS[bytes[start - 1]!] !== 0) start -= 1;
  const hex = beginsLikeText(bytes, start, runEnd, 2, HEX_LEADS);
  if (!hex && !beginsLikeText(bytes, start, runEnd, 4, BASE64_LEADS)) return null;
  const accepted = hex ? 2 : 1;
  let end = start;
  while (end < bytes.length && end - start < MOST && DIGITS[bytes[end]!]! >= accepted) end += 1;
  if (end - start < LEAST) return null;
  const line = decode(bytes.subarray(start, end), hex);
  if (!isText(line)) return null;
  const encoding = hex ? "hex" : "base64";
  // What follows may be lines of the same text, or something else.
  const last = end - start >= WRAPPED ? lastLine(bytes, start, end, accepted) : end;
  const whole = last > end ? decode(bytes.subarray(start, last), hex) : line;
  return isText(whole) ? { text: whole, encoding, start, end: last } : { text: line, encoding, start, end };
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

/** Where in the content the decoded character `offset` is written. */
export function encodedOffset(
  bytes: Uint8Array,
  { encoding, start, end }: DecodedText,
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
