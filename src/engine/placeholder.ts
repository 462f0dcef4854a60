import { crypto } from "../text/crypto.ts";

/**
 * Values that stand where a secret would, and are none. Each test names its reason, because
 * people ask why something was not reported. See the tests for what each is meant to catch.
 */

/** Words that nobody's generator writes; matched anywhere in the value, whatever its case. */
const WORDS =
  /devstoreaccount1|example|sample|dummy|placeholder|redacted|change[-_ ]?me|replace[-_ ]?(?:me|this|with)|your[-_ ]|[-_ ]your|insert[-_ ]|lorem|foobar|foo[-_]?bar|not[-_]?(?:a[-_]?)?real|fixme|xxxx|\*\*\*|\.\.\.|<[a-z][^>]*>|_here$|-here$|here>$|\bredact|obfuscated|deadbeef|cafebabe|@@|^abc123$|test[-_]?(?:key|token|secret|password)|(?:key|token|secret|password)[-_]?test/i;

/**
 * The same for a dense random run, in which four letters of either case are chance once in ten thousand: words of one
 * case, and longer rows of a letter.
 */
const DENSE_WORDS =
  /example|EXAMPLE|Example|sample|SAMPLE|Sample|dummy|DUMMY|placeholder|PLACEHOLDER|redacted|REDACTED|change[-_]?me|CHANGE[-_]?ME|replace[-_]?me|REPLACE[-_]?ME|your[-_]|YOUR[-_]|insert[-_]|INSERT[-_]|lorem|foobar|FOOBAR|x{5}|X{5}|\*\*\*|\.\.\.|<[a-z][^>]*>|[-_]here$|[-_]HERE$|deadbeef|DEADBEEF|cafebabe|CAFEBABE|@@|test[-_](?:key|token|secret|password)/;

/** Short words: only in values that are no dense random run, where they would occur by chance. */
const SHORT_WORDS =
  /fake|todo|(?:^|[^a-z])(?:my|test|testing|demo|mock|stub|none|null|undefined|true|false|default|local|dev)(?:[^a-z]|$)/i;

/** The right side names where the value comes from instead of giving it. */
const REFERENCE =
  /^\$\{?[A-Za-z_(]|\{[A-Za-z_][\w.:-]*\}|^\$\([^)]*\)?|\$\{[^}]*\}?|^%[A-Za-z_]+%$|\{\{.*|^#\{|^@[\w.]+@$|<%|^(?:process|import\.meta)\.env|^os\.(?:environ|getenv)|^ENV\[|^env[.([]|^System\.getenv|^(?:secrets|vars|var|local|data|module|self|this|config|settings|props|params|args|options|opts|request|req|ctx|context)\.[A-Za-z_]|^(?:ssm|op|vault|awskms|gcpsm|azkv|secretsmanager|ref\+\w+|arn:aws[\w-]*):|^!(?:Ref|Sub|GetAtt|vault)|^ENC\[|^\$ANSIBLE_VAULT|^(?:v1|secure|encrypted|sealed):/;

/** Modular crypt formats and their kin: what a password is compared with, from which it cannot be had. */
const PASSWORD_HASH =
  /^\*[0-9A-F]{40}$|^md5[0-9a-f]{32}$|^SCRAM-SHA-|^\$(?:2[abxy]?|[156y]|7|argon2(?:id|i|d)|scrypt|apr1|md5|pbkdf2(?:-\w+)?|P|H|S|bcrypt)\$|^\{(?:S?SHA\d*|CRYPT|PBKDF2|bcrypt)[\w-]*\}|^(?:pbkdf2_sha\d+|scrypt|bcrypt_sha256|argon2)\$|^(?:pbkdf2|scrypt):(?:sha\d+|\d+):/i;

/** What is left of "T0pS3cr3t!" or "my_passw0rd1" when figures are read as the letters they stand for. */
const SECRET_WORDS =
  /^(?:top|my|our|the|super|very|some|new|old|test|user|admin|root|guest|client|server|db|jwt|api|app|bot|auth)*(?:secret|password|passwd|passphrase|passwort|passw|pass|pwd|token|key|changeme|letmein|qwerty|iamsecret|noneofyourbusiness)+$/;

const STAND_IN = /^(?:|user(?:name)?|admin|root|guest|test|demo|foo|bar|name|login|123456?)\d{0,3}$/i;

/** A date, a time, or both. */
const TIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;
/** An address without a user, or a path of words. */
const ADDRESS = /^[a-z][a-z0-9+.-]{1,15}:\/\/[^@\s]*$|^(?:\.{0,2}\/)?(?:[a-z][a-z._-]*\/)+[A-Za-z._-]*$/;

const CALL = /^[A-Za-z_$][\w$.:>-]*\(.*\)?;?$|^[A-Za-z_$][\w$]*\[['"]?[\w.-]*['"]?\]$/;

/**
 * SHA-256 (first 16 hex digits) of values that documentation and standards publish as dummies and
 * that hold no telling word: the sample token of the JWT debugger, storage emulators' keys,
 * payment test keys, key pairs of RFCs and of development chains. Hashes, so that this file
 * holds no token.
 */
const PUBLISHED = new Set<string>([
  "0011cc25eb432071",
  "02f7ce3c263f85c0",
  "03b970ed8171d73b",
  "03f9beb643b1913d",
  "07f76f87ea3cbc8b",
  "0b5dd075ccdd03c4",
  "0e9d220616f08345",
  "12b9377cbe7e5c94",
  "13fe7a38a57c4605",
  "1ccb2619713ebf71",
  "2054e14fdd31b8fc",
  "237272d84788ad35",
  "24f214eb88bda28b",
  "2a33349e7e606a8a",
  "2ae8f8066baab9e3",
  "2cafc0970149a84f",
  "2f36be056956af2b",
  "2f4643b13aeabe7e",
  "318548c3fedfb745",
  "347993802a9b7dab",
  "3543c50b0cb9cea8",
  "35fd05a3ff25d602",
  "3b27e79a6d4dcff8",
  "4089d3e98b622ba3",
  "46bb4afc36925b03",
  "51f7e61e3a44fdb9",
  "532fb669a0a468bf",
  "559fab6733c70720",
  "562d4aba4cc17834",
  "59a272fc32b47dc4",
  "5ce9ab10ea74270d",
  "5d712ba728d81c07",
  "5e6a8235e121de87",
  "60a09e4357868c1e",
  "625dbcf82e2df68f",
  "697f0ddc70829f87",
  "6a45d670d934fe58",
  "6d7fa4e64d4b1f3e",
  "731fa294d036e54f",
  "73f71af093fdf154",
  "790306b9d9474aed",
  "7a200eb89adb0904",
  "7d22f652591cc6bf",
  "7f75367e78812551",
  "8715508064dbb4ff",
  "8aeee14dfb6ff0cf",
  "8be5d113c0871ce1",
  "90223deaa0d876ea",
  "905fe7cc0a49c622",
  "90d5b0a26955772e",
  "914c39b24e998bc1",
  "97c6b55f1a206af6",
  "9b06fa5dde2b0a4e",
  "9c846fdf0fa8955c",
  "a0702bc91d699f60",
  "a1af13543ba8ad27",
  "a1fa6b8e81dd75e1",
  "a23d006bb020a81d",
  "a3d6f88b24e305e0",
  "a4207940c5986939",
  "a4b8b245ab28bc4f",
  "a7b580d711ef2807",
  "aa060069141afe95",
  "aa6547439583c3a2",
  "aeb221660ff09134",
  "b01cdb5dfe45278b",
  "b0dddc8df192f89d",
  "b1471f544ceeea31",
  "b62ad8b3465e33dc",
  "bb54574a88d7fa31",
  "bc1a50966c9e6486",
  "bdfeaef44475711c",
  "c1d24d38d7cd409a",
  "c1f57a8b4b1852d1",
  "cabbe7e69a06451c",
  "cf4d418ed3de92d7",
  "e1de2469408636f0",
  "e25f45c33ff8f1c6",
  "ef9c501b8414a81c",
  "f2d6ca16515033e5",
  "f5e95c9954635b65",
  "f69920225ff96a8d",
  "f7b11509f4d675c3",
  "fea514f4215e0157",
]);

/** Why `value` is a placeholder, or null. `dense`: a structured token, where short words are chance. */
export function placeholderReason(value: string, dense: boolean): string | null {
  if (value.length === 0) return "it is empty";
  if (PASSWORD_HASH.test(value)) return "it is the hash of a password";
  if (decodesToStandIn(value)) return "it is the base64 of a stand-in";
  if ((dense ? DENSE_WORDS : WORDS).test(value)) return "it holds a placeholder word";
  if (!dense && SHORT_WORDS.test(value)) return "it holds a placeholder word";
  if (!dense && value.length <= 32 && SECRET_WORDS.test(unleet(value))) {
    return "it is the word for a secret, not one";
  }
  if (TIME.test(value)) return "it is a date";
  if (isRepetitive(value, dense)) return "it repeats the same few characters";
  if (isSequence(value)) return "it is a sequence";
  return null;
}

/** Whether it is base64 of words such as "password", or of a user and a password that are stand-ins. */
function decodesToStandIn(value: string): boolean {
  if (value.length > 64 || !/^[A-Za-z0-9+/]{8,}={0,2}$/.test(value)) return false;
  const text = Buffer.from(value, "base64").toString("latin1");
  if (!/^[\x20-\x7e]{4,}$/.test(text)) return false;
  return text
    .split(":")
    .every((part) => STAND_IN.test(part) || SECRET_WORDS.test(unleet(part)) || WORDS.test(part));
}

const LETTERS: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
};

/** Figures and signs that stand for letters read as such, what is left of them dropped. */
function unleet(value: string): string {
  return value
    .replace(/^[0-9]{1,3}(?=[A-Za-z])|[0-9!?.#*]{0,4}$/g, "")
    .toLowerCase()
    .replace(/[^a-z]/g, (char) => LETTERS[char] ?? "");
}

/** Why `value` is a reference to a secret kept elsewhere, or null. */
export function referenceReason(value: string): string | null {
  if (REFERENCE.test(value)) return "it refers to a value kept elsewhere";
  if (ADDRESS.test(value)) return "it is an address, not a value";
  if (CALL.test(value)) return "it is an expression, not a value";
  return null;
}

/** Whether documentation gives it as an example. */
export function isPublished(value: string): boolean {
  return PUBLISHED.has(crypto().createHash("sha256").update(value, "latin1").digest("hex").slice(0, 16));
}

/** At most 5 distinct characters in 16 or more, one run of 6 equal ones (9 in a dense value), or a period of up to 4. */
function isRepetitive(value: string, dense: boolean): boolean {
  if ((dense ? /(.)\1{8}/s : /(.)\1{5}/s).test(value)) return true;
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
