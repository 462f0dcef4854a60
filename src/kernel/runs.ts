/** A run of characters that tokens are made of is at least this long to be of interest. */
export const MIN_RUN = 16;

/** 1 for the characters of a run: letters, digits, `_` and `-`. */
export const IN_RUN: Uint8Array = new Uint8Array(256);
for (let code = 0; code < 128; code += 1) {
  if (/[A-Za-z0-9_-]/.test(String.fromCharCode(code))) IN_RUN[code] = 1;
}

/**
 * Visits, once each, the runs that hold one of the ascending `places`, are at least MIN_RUN long and
 * look generated: they change between upper case, lower case and digits too often for words.
 * So the hundreds of names that a value may stand behind are looked for only where a value may
 * be, and their number does not show in the time.
 *
 * @param visit gets the run's first offset and the offset behind its last
 */
export function eachGeneratedRun(
  bytes: Uint8Array,
  places: Iterable<number>,
  visit: (start: number, end: number) => void,
): void {
  let done = 0;
  for (const place of places) {
    if (place < done || IN_RUN[bytes[place]!] === 0) continue;
    let start = place;
    while (start > 0 && IN_RUN[bytes[start - 1]!] === 1) start -= 1;
    let end = place + 1;
    while (end < bytes.length && IN_RUN[bytes[end]!] === 1) end += 1;
    done = end;
    if (end - start >= MIN_RUN && looksGenerated(bytes, start, end)) visit(start, end);
  }
}

/**
 * Words change between upper case, lower case and digits seldom: camelCase twice in six letters,
 * `snake_case_2` at its number. Of random hex digits, or lower case with digits, four
 * places in ten are a change. A run without a digit is no matter here: of 20 random letters and
 * digits 3 in 100 have none, and rules that go by words for a secret see those.
 */
function looksGenerated(bytes: Uint8Array, start: number, end: number): boolean {
  let changes = 0;
  let digit = false;
  let before = 0;
  for (let i = start; i < end; i += 1) {
    const code = bytes[i]!;
    if (code === 0x2d || code === 0x5f) continue;
    // 0x20 for digits, 0x40 for upper and 0x60 for lower case.
    const now = code & 0x60;
    if (now === 0x20) digit = true;
    if (now !== before) changes += 1;
    before = now;
  }
  return digit && changes >= Math.max(4, Math.min(8, (end - start) * 0.12));
}
