import { createHash } from "node:crypto";

/**
 * Values that stand where a secret would, and are none. Each test names its reason, because
 * people ask why something was not reported. See the tests for what each is meant to catch.
 */

/** Words that nobody's generator writes; matched anywhere in the value, whatever its case. */
const WORDS =
  /example|sample|dummy|placeholder|redacted|change[-_ ]?me|replace[-_ ]?(?:me|this|with)|your[-_ ]|[-_ ]your|insert[-_ ]|lorem|foobar|foo[-_]?bar|not[-_]?(?:a[-_]?)?real|fake|todo|fixme|xxxx|\*\*\*|\.\.\.|<[a-z][^>]*>|_here$|-here$|here>$|\bredact|obfuscated|deadbeef|cafebabe|test[-_]?(?:key|token|secret|password)|(?:key|token|secret|password)[-_]?test/i;

/** Short words: only in values that are no dense random run, where they would occur by chance. */
const SHORT_WORDS =
  /(?:^|[^a-z])(?:my|test|testing|demo|mock|stub|none|null|undefined|true|false|default|local|dev)(?:[^a-z]|$)/i;

/** The right side names where the value comes from instead of giving it. */
const REFERENCE =
  /^\$\{?[A-Za-z_(]|\{[A-Za-z_][\w.:-]*\}|^\$\([^)]*\)?|\$\{[^}]*\}?|^%[A-Za-z_]+%$|\{\{.*|^#\{|^@[\w.]+@$|<%|^(?:process|import\.meta)\.env|^os\.(?:environ|getenv)|^ENV\[|^env[.([]|^System\.getenv|^(?:secrets|vars|var|local|data|module|self|this|config|settings|props|params|args|options|opts|request|req|ctx|context)\.[A-Za-z_]|^(?:ssm|op|vault|awskms|gcpsm|azkv|secretsmanager|ref\+\w+|arn:aws[\w-]*):|^!(?:Ref|Sub|GetAtt|vault)|^ENC\[|^\$ANSIBLE_VAULT|^(?:v1|secure|encrypted|sealed):/;

const CALL = /^[A-Za-z_$][\w$.:>-]*\(.*\)?;?$|^[A-Za-z_$][\w$]*\[['"]?[\w.-]*['"]?\]$/;

/**
 * SHA-256 (first 16 hex digits) of values that documentation and standards publish as dummies and
 * that hold no telling word: the sample token of the JWT debugger, storage emulators' keys,
 * payment test keys, key pairs of RFCs and of development chains. Hashes, so that this file
 * holds no token.
 */
const PUBLISHED = new Set<string>([
  /* PUBLISHED-HASHES */
]);

/** Why `value` is a placeholder, or null. `dense`: a structured token, where short words are chance. */
export function placeholderReason(value: string, dense: boolean): string | null {
  if (value.length === 0) return "it is empty";
  if (isPublished(value)) return "it is a published documentation value";
  const reference = dense ? null : referenceReason(value);
  if (reference !== null) return reference;
  if (WORDS.test(value)) return "it holds a placeholder word";
  if (!dense && SHORT_WORDS.test(value)) return "it holds a placeholder word";
  if (isRepetitive(value)) return "it repeats the same few characters";
  if (isSequence(value)) return "it is a sequence";
  return null;
}

/** Why `value` is a reference to a secret kept elsewhere, or null. */
export function referenceReason(value: string): string | null {
  if (REFERENCE.test(value)) return "it refers to a value kept elsewhere";
  if (CALL.test(value)) return "it is an expression, not a value";
  return null;
}

export function isPublished(value: string): boolean {
  return PUBLISHED.has(createHash("sha256").update(value, "latin1").digest("hex").slice(0, 16));
}

/** At most 5 distinct characters in 16 or more, one run of 6 equal ones, or a period of up to 4. */
function isRepetitive(value: string): boolean {
  if (/(.)\1{5}/s.test(value)) return true;
  if (value.length >= 16 && new Set(value).size <= 5 && !/^[01]+$/.test(value)) return true;
  if (value.length < 8) return new Set(value).size <= 2;
  for (let period = 1; period <= 4; period += 1) {
    let same = 0;
    for (let i = period; i < value.length; i += 1) if (value[i] === value[i - period]) same += 1;
    if (same >= (value.length - period) * 0.9) return true;
  }
  return false;
}

const ROWS = [
  "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
  "01234567890123456789",
  "0123456789abcdef0123456789abcdef",
  "qwertyuiopasdfghjklzxcvbnm",
  "98765432109876543210",
  "zyxwvutsrqponmlkjihgfedcba",
];

/** More than half of the value's characters lie in runs of 6 and more of a keyboard row, the alphabet or the digits. */
function isSequence(value: string): boolean {
  const lower = value.toLowerCase();
  let inRuns = 0;
  for (let i = 0; i + 6 <= lower.length; ) {
    let length = 6;
    if (!ROWS.some((row) => row.includes(lower.slice(i, i + 6)))) {
      i += 1;
      continue;
    }
    while (i + length < lower.length && ROWS.some((row) => row.includes(lower.slice(i, i + length + 1))))
      length += 1;
    inRuns += length;
    i += length;
  }
  return inRuns * 2 > lower.length;
}
