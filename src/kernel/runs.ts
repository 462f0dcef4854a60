/** A run of characters that tokens are made of is at least this long to be of interest. */
export const MIN_RUN = 16;

/**
 * Characters of an escape that may stand between a run's beginning and a token's: `n` of `\\n`, `3D` of `%3D`, `u0022`
 * of `\\u0022`.
 */
export const LONGEST_ESCAPE = 5;

const SEPARATOR = 1;
const DIGIT = 2;

/** What a byte is in a run: 0 nothing, 1 `_` or `-`, 2 a digit, 3 upper case, 4 lower case. */
export const RUN_CLASS: Uint8Array = new Uint8Array(256);
for (let code = 0; code < 128; code += 1) {
  const char = String.fromCharCode(code);
  RUN_CLASS[code] = /[_-]/.test(char) ? SEPARATOR : /\d/.test(char) ? DIGIT : /[A-Z]/.test(char) ? 3 : 0;
  if (/[a-z]/.test(char)) RUN_CLASS[code] = 4;
}

/** How many characters at the end of a text could be the beginning of a run. */
export function runTail(text: string): number {
  let length = 0;
  while (length < text.length && RUN_CLASS[text.charCodeAt(text.length - 1 - length)] !== 0) length += 1;
  return length;
}

/**
 * Whether `bytes[start, end)`, a run, changes between upper case, lower case and digits too often for words.
 *
 * Words change seldom: camelCase twice in six letters, `snake_case_2` at its number. Of random hex digits, or
 * lower case with digits, four places in ten are a change. A run without a digit is no matter here: of
 * 20 random letters and digits 3 in 100 have none, and rules that go by words for a secret see those.
 */
export function looksGenerated(bytes: Uint8Array, start: number, end: number): boolean {
  let changes = 0;
  let digit = false;
  let before = 0;
  for (let i = start; i < end; i += 1) {
    const now = RUN_CLASS[bytes[i]!]!;
    if (now === SEPARATOR) continue;
    if (now === DIGIT) digit = true;
    if (now !== before) changes += 1;
    before = now;
  }
  // Three places in 25 must be changes, at least 4 and at most 8.
  return digit && (changes >= 8 || (changes >= 4 && changes * 25 >= (end - start) * 3));
}

/**
 * Visits the runs of a scan of `bytes[from, to)` that look generated. A run that touches an end of the
 * stretch is looked at as a whole, wherever it begins and ends.
 *
 * @param runs as in `HitList`
 * @param visit gets the run's first offset and the offset behind its last
 */
export function eachGeneratedRun(
  bytes: Uint8Array,
  from: number,
  to: number,
  runs: readonly number[],
  visit: (start: number, end: number) => void,
): void {
  for (let i = 0; i < runs.length; i += 2) {
    let start = runs[i]!;
    let end = runs[i + 1]!;
    if (start === from || end === to) {
      while (start > 0 && RUN_CLASS[bytes[start - 1]!] !== 0) start -= 1;
      while (end < bytes.length && RUN_CLASS[bytes[end]!] !== 0) end += 1;
      if (!looksGenerated(bytes, start, end)) continue;
    }
    visit(start, end);
  }
}
