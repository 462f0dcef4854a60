/**
 * Whether a value may be a password that somebody chose, told by what it would be otherwise: code, a name, a
 * path, a label, prose. Chosen passwords are not random, so randomness alone cannot tell; words alone are
 * no password here, since `password: something` is what every language file and manual says.
 */
export interface PasswordContext {
  /** Bits a character by which the value is likelier to be a name than random. */
  readonly likeness: number;
  /** Whether it looks generated. */
  readonly random: boolean;
  /** Whether it stands in quotes: then it is no code, whatever it looks like. */
  readonly quoted: boolean;
}

const TYPE =
  /^(?:string|str|text|varchar|char|number|integer|int|boolean|bool|bytes?|void|any|object|optional|nullable|required|secret(?:str|string)|uuid|true|false|null|none|nil|undefined|yes|no)\b/i;
/** A call, an index, a member, a scope, an operator. */
const CODE = /[A-Za-z_$][\w$]*[([]|->|::|&&|\|\||[=!]=|^[([{*&<@]|^[:.!][A-Za-z_$.]*$|^[:.][A-Za-z_$]|[([{]$/;
/** Signs of code that a random value holds by chance only when they are whole: f(x), a[0], name::name, a ? b : c. */
const WHOLE_CODE =
  /[A-Za-z_$][\w$]+\(.*\)|[\w$]\[.*\]|^[([{<].*[)\]}>]|^[:.][A-Za-z_$][\w$]*$|^[&*]?[A-Za-z_$][\w$]*(?:(?:->|::|&&|\|\||[=!]=)[A-Za-z_$][\w$]*)+[;,)]?$|[([{]$/;
/** A member of something; so may be a random value that holds a dot. */
const MEMBER = /^[\w$]+(?:\.[A-Za-z_$][\w$]*)+$/;
const CONSTANT = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;
/** A version, a range of versions, a list of words. */
const VERSION = /^(?:[~^]|[<>]=?)?v?\d+(?:\.\d+){1,3}(?:[-+][\w.]+)?$|^[a-z]+(?:[,;][a-z]+)+$/;
const PATH =
  /^\*(?:[*./\w-]*$|[./])|^@?~?\.{0,2}\/|^[a-z][\w+.-]*:\/|^[A-Za-z]:\\|^[\w.-]+\/[\w./-]+\.\w{1,5}$/;
const EMAIL = /^[\w.+-]+@[\w-]+\.[\w.-]+$/;
const RULES = /^\w+(?:\|[\w:,]+)+$/;
const FORMAT = /%\d*[a-z@[]|%\([\w.]+\)[a-z]|\{\d*\}|\{[A-Za-z_][\w.]*\}|<[A-Za-z][^>]*>|@@/;
const FORMAT_PARTS = new RegExp(FORMAT, "g");
/** A regular expression: a class or an escape, and how often. */
const PATTERN = /\][*+?{]|\\[wdsS][*+{]|^\^.*\$$/;
const NAME = /^[A-Za-z_$][\w$]*(?:[.:-]{1,2}[A-Za-z_$][\w$]*)*$/;
const SLUG = /^[a-z0-9]+(?:[_-][a-z0-9]+)+$/;
/** The word itself, with at most a few characters around it. */
const WORD = /^.?pass(?:word|wd|phrase|e?wort)?.{0,3}$|^[a-z_.]*(?:pass(?:word|wd|phrase)|pwd)[a-z_.]*$/i;
/** A user and a password, each a usual stand-in. */
const STAND_INS =
  /^(?:user(?:name)?|admin|root|test|foo|me|name|login)[:/](?:pass(?:word|wd)?|pwd|secret|test|bar|admin|root)$/i;
/** Four groups of four letters, as Google shows its app passwords. */
const APP_PASSWORD = /^[a-z]{4}(?:[ -][a-z]{4}){3}$/;

/** Why `value` is no password, or null. */
export function passwordReason(value: string, { likeness, random, quoted }: PasswordContext): string | null {
  if (value.length < 4) return "it is too short for a password";
  if (APP_PASSWORD.test(value) && likeness < 0.3) return null;
  const drawn = random && new Set(value).size > 9;
  // By chance a generated value holds what a format does, hardly what makes all of it one.
  const format = value.replace(FORMAT_PARTS, "");
  if (
    (!(quoted && drawn) && (TYPE.test(value) || FORMAT.test(value))) ||
    RULES.test(value) ||
    format.length < value.length / 2
  )
    return "it is a type, a rule or a format";
  if (PATTERN.test(value)) return "it is a pattern";
  if (STAND_INS.test(value) || WORD.test(value)) return "it is a stand-in";
  if (!quoted && ((drawn ? WHOLE_CODE : CODE).test(value) || (MEMBER.test(value) && !random)))
    return "it is code, not a value";
  const parameter = quoted ? null : /^([^&]+)&[A-Za-z_][\w.-]*=/.exec(value);
  // In a query the password ends where the next parameter begins.
  if (parameter !== null) return passwordReason(parameter[1]!, { likeness, random, quoted });
  if (!quoted && /[:=]$/.test(value) && !random) return "something follows it";
  if (CONSTANT.test(value)) return "it is the name of a constant";
  if (VERSION.test(value)) return "it is a version or a list";
  if (PATH.test(value)) return "it is a path";
  if (EMAIL.test(value)) return "it is an address";
  if (/^[0-9.,:/-]+$|^0[xX][0-9a-fA-F]{1,16}$/.test(value)) return "it is a number";
  if (/[\x80-\xff]/.test(value)) return "it is text in another language";
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/].filter((pattern) => pattern.test(value)).length;
  if (/\s/.test(value)) {
    const words = value.trim().split(/\s+/);
    if (words.length > 2 || kinds < 4 || likeness > -0.8) return "it is prose";
  }
  if (kinds < 2 && value.length < 16) return "it has only one kind of character";
  if (random && (kinds > 2 || value.length >= 10)) return null;
  if (/^[A-Za-z]+$/.test(value) && (likeness > -0.8 || value.length < 10)) return "it is made of words";
  if (SLUG.test(value) && likeness > -0.6) return "it is made of words";
  if (NAME.test(value) && likeness > 0.3 && !(quoted ? /\d/ : /\d{2}/).test(value)) return "it is a name";
  if (/^[^A-Za-z0-9]*[A-Za-z]+[^A-Za-z0-9]*$/.test(value) && likeness > -0.6) return "it is a word";
  return null;
}
