import { type AST, RegExpParser, RegExpSyntaxError, visitRegExpAST } from "@eslint-community/regexpp";
import { analyse } from "scslre";
import { type Effort, measureAmbiguity, QUICK, THOROUGH } from "./ambiguity.ts";
import { programOf } from "./automaton.ts";
import type { PatternData } from "./compiled.ts";

/** Why a pattern is refused, and the way out. */
export class PatternError extends Error {
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** The name's own closing: "name", ['name'], `name`, ${name}, **name** */
const CLOSING = /["'`\\\])}*]{0,4}/.source;
/** The ways in which languages, formats and people give a value to a name that they have just written. */
const SETTING: string = [
  // name = v, name: v, name => v, name := v, name <- v, name === v; name: Type = v; name As Type = v; name || v; also on the next line
  /[ \t]{0,16}(?:\[\])?[ \t]{0,2}(?:(?::[ \t]?|[Aa]s[ \t])[&?A-Za-z][\w&?.<>']{0,24}(?: [\w&?.<>']{1,16})?[ \t]{0,4})?/,
  /(?:=>|:=|[=!]==?|=|::?|>|<-|\|\||\?\?|:-)(?:[ \t*]{0,12}(?:[|>]-?)?(?:\r?\n[ \t]{1,16})?)|/,
  // set("name", v), name,v, name(v)
  /[ \t]{0,4},[ \t]{0,4}|\(|/,
  // name="…" value="v", <key>name</key><string>v, name="…"><value>v in XML
  /[ \t]{1,4}value[ \t]?=[ \t]?|<\/key>\s{0,20}<string>|(?: [\w:.-]{1,20}=["'][^"'<>\n]{0,30}["']){0,3}>\s{0,20}<[Vv]alue>|/,
  // type="password" id="…" value="v" in HTML; PIC X(20) VALUE v, TYPE string VALUE v
  /(?: [\w:.-]{1,20}=["'][^"'<>\n]{0,30}["']){1,3} value=|[ \t]{1,4}(?:PIC|TYPE)[ \t][\w().]{1,16}[ \t]VALUE[ \t]{1,4}|/,
  // name: …, value: v in lists of variables
  /,?\s{1,20}["']?value["']?[ \t]{0,4}:[ \t]{0,4}|/,
  // variable "name" { default = v }
  /[ \t]{0,4}\{[^{}"']{0,80}default[ \t]{0,4}=[ \t]{0,4}|/,
  // name { get; set; } = v; fetch(name) { v }
  /[ \t]{0,2}\{ ?(?:get;[ a-z]{0,12};? ?\}[ \t]?=[ \t]?)?/,
]
  .map((part) => part.source)
  .join("");
/** --name v, `name` to `v`, #define name v: a space says less than a sign does. */
const SPACING = /[ \t]{1,4}(?:(?:to|is|as|with|or)[ \t])?/.source;
/** What opens the value: @"v", b'v', \\"v\\", `v`, <<"v">>, <![CDATA[v]]>, decode("v") */
const OPENING =
  "(?:(?:[A-Za-z_][\\w.]{0,30}\\()?(?:@|[bBrRuUfL]{1,2}|<<)?\\\\{0,3}(?:\"\"\"|'''|[\"'`])|<!\\[CDATA\\[)";
const MACROS: Readonly<Record<string, string>> = {
  "{gap}": `${CLOSING}(?:${SETTING}|${SPACING})`,
  "{setting}": `${CLOSING}(?:${SETTING})`,
  "{open}": OPENING,
};

const parser = new RegExpParser({ ecmaVersion: 2024 });

/** A pattern that is well-formed and may take more than linear time. */
class NotLinear extends PatternError {}

/**
 * Translates a pattern of the common subset of RE2 and JavaScript, and proves that it is linear.
 *
 * @param options.automaton what cannot be proven so becomes an automaton, for which any pattern is linear, instead of
 *   being refused
 * @throws {PatternError}
 */
export function readPattern(
  source: string,
  options: { readonly ignoreCase: boolean; readonly automaton?: boolean },
): PatternData {
  try {
    const pattern = translatePattern(source, options);
    try {
      requireLinear(pattern, options.automaton === true ? QUICK : THOROUGH);
      return pattern;
    } catch (error) {
      if (options.automaton !== true || !(error instanceof NotLinear)) throw error;
    }
    const program = programOf(parseTranslated(pattern), pattern.flags);
    if (program === null) throw new PatternError("the pattern repeats too much to be run as an automaton");
    return { ...pattern, program };
  } catch (error) {
    // The parser and what walks its trees call themselves for each group in a group.
    if (error instanceof RangeError) throw new PatternError("the pattern is nested too deeply");
    throw error;
  }
}

/**
 * Checks and translates a pattern.
 *
 * - `{setting}` stands for all from the end of a name to its value, by a sign; `{gap}` by a sign or a space;
 *   `{open}` for what opens the value.
 * - A leading `(?i)`, `(?m)` or `(?im)` becomes the flags; `(?P<name>` becomes `(?<name>`.
 * - What is not ASCII stands for its bytes in UTF-8.
 * - `\s`, `\z`, `\A` mean what RE2 means by them: JavaScript's `\s` also holds U+00A0, and a
 *   window is text of one byte a character, where 0xa0 is half of many letters.
 * - Look-around and back-references are refused: RE2 has neither, and neither is linear.
 *
 * @throws {PatternError}
 */
function translatePattern(source: string, options: { readonly ignoreCase: boolean }): PatternData {
  let body = source;
  const leading = /^\(\?([im]{1,2})\)/.exec(body);
  if (leading !== null) body = body.slice(leading[0].length);
  const flags = new Set([...(leading?.[1] ?? ""), ...(options.ignoreCase ? "i" : "")]);
  body = body.replace(/\{(?:gap|setting|open)\}/g, (macro) => MACROS[macro]!).replaceAll("(?P<", "(?<");
  body = replaceEscapes(asBytes(body));
  let pattern: AST.Pattern;
  try {
    pattern = parser.parsePattern(body, 0, body.length, { unicode: false });
  } catch (error) {
    if (!(error instanceof RegExpSyntaxError)) throw error;
    throw new PatternError(
      `not a valid pattern: ${error.message.replace(/^Invalid regular expression: .*: /, "")}`,
      "the syntax is the common subset of RE2 and JavaScript; inline flags other than a leading (?i), (?m) or (?im) are not in it",
    );
  }
  visitRegExpAST(pattern, {
    onAssertionEnter(node) {
      if (node.kind === "lookahead" || node.kind === "lookbehind") {
        throw new PatternError(
          `look-around is not allowed: ${node.raw}`,
          "match the neighbour outright and put the secret in a group: secret = 1",
        );
      }
    },
    onBackreferenceEnter(node) {
      throw new PatternError(
        `back-references are not allowed: ${node.raw}`,
        "they cannot be matched in linear time; list the alternatives instead",
      );
    },
  });
  return { source: body, flags: [...flags].sort().join("") };
}

/** The syntax tree of a pattern that `translatePattern` made. */
export function parseTranslated({ source }: PatternData): AST.Pattern {
  return parser.parsePattern(source, 0, source.length, { unicode: false });
}

/**
 * Refuses patterns on which a backtracking engine can take more than linear time.
 *
 * Matching starts at given places in a window of bounded length, so starting again at each
 * character ("move") costs at most the window. What remains: texts that can be read in too many ways,
 * however short they are, and quantifiers without a bound that share a text of any length.
 *
 * @throws {PatternError} naming the text, or the two parts that compete
 */
function requireLinear(pattern: PatternData, effort: Effort): void {
  const ast = parseTranslated(pattern);
  visitRegExpAST(ast, {
    onQuantifierEnter(node) {
      if (node.max > 1 && canBeEmpty(node.element)) {
        throw new NotLinear(
          `what is repeated must match something: ${node.raw}`,
          "an empty match repeated is a choice that leads nowhere; make the part inside required, or drop the repetition",
        );
      }
    },
  });
  const { steps, text } = measureAmbiguity(ast, pattern.flags, effort);
  if (steps >= effort.limit) {
    throw new NotLinear(
      `the pattern is not linear: it can match the same text in many ways, such as ${JSON.stringify(text)}`,
      "write repeated parts and branches so that their first characters tell them apart",
    );
  }
  const flags = parser.parseFlags(pattern.flags);
  const { reports } = analyse(
    { pattern: ast, flags },
    { assumeRejectingSuffix: true, reportTypes: { Move: false } },
  );
  const report = reports[0];
  if (report === undefined) return;
  const parts =
    report.type === "Trade"
      ? `'${report.startQuant.raw}' and '${report.endQuant.raw}' can match the same text`
      : `'${report.type === "Self" ? report.quant.raw : pattern.source}' can match the same text in many ways`;
  throw new NotLinear(
    `the pattern is not linear: ${parts}`,
    "give the parts disjoint characters, or one of them a bound such as {0,40}",
  );
}

function canBeEmpty(element: AST.Element): boolean {
  switch (element.type) {
    case "Assertion":
      return true;
    case "Group":
    case "CapturingGroup":
      return element.alternatives.some(({ elements }) => elements.every(canBeEmpty));
    case "Quantifier":
      return element.min === 0 || canBeEmpty(element.element);
    default:
      return false;
  }
}

/** Number of capturing groups. */
export function countGroups(pattern: PatternData): number {
  let groups = 0;
  const ast = parseTranslated(pattern);
  visitRegExpAST(ast, {
    onCapturingGroupEnter() {
      groups += 1;
    },
  });
  return groups;
}

/** Characters beyond ASCII as the bytes that they are in a text; in a class each byte is a member. */
function asBytes(source: string): string {
  if (!/[^\x00-\x7f]/.test(source)) return source;
  let inClass = false;
  return source.replace(/\\[\s\S]|[[\]]|[^\x00-\x7f]/gu, (token) => {
    if (token === "[" || token === "]") inClass = token === "[";
    if (token.codePointAt(0)! < 0x80) return token;
    const bytes = [...Buffer.from(token)].map((byte) => `\\x${byte.toString(16)}`).join("");
    return inClass ? bytes : `(?:${bytes})`;
  });
}

const SPACE = "\\t\\n\\f\\r ";
const NO_SPACE = "\\x00-\\x08\\x0b\\x0e-\\x1f!-\\xff";

function replaceEscapes(source: string): string {
  let inClass = false;
  return source.replace(/\\[\s\S]|[[\]]/g, (token) => {
    if (token === "[") {
      inClass = true;
    } else if (token === "]") {
      inClass = false;
    } else if (token === "\\s") {
      return inClass ? SPACE : `[${SPACE}]`;
    } else if (token === "\\S") {
      return inClass ? NO_SPACE : `[${NO_SPACE}]`;
    } else if (token === "\\z") {
      return "$";
    } else if (token === "\\A") {
      return "^";
    }
    return token;
  });
}
