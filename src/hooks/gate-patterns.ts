import type { AST } from "@eslint-community/regexpp";
import { planKeywords } from "../engine/keywords.ts";
import type { Literal } from "../kernel/prefilter.ts";
import type { CompiledRule, RulePack } from "../rules/compiled.ts";
import { matcherOf } from "../rules/element.ts";
import { parseTranslated } from "../rules/pattern.ts";

/** A line that holds it opens the gate; NUL bytes come as it. */
const OPEN = "\x01";
/** Behind each character of a line near the change, of a path, and in front of each place where a token may begin. */
const NEAR = "\x02";
const PATH = "\x03";
const PATH_END = "\x04";
const TOKEN = "\x05";

/**
 * The files that `gate.sh` reads. In `words` is for each rule a condition without which the engine does not try
 * it, taken wider: where none holds for a change, nothing of the change can be reported.
 */
export interface GateFiles {
  /** Script of sed for a difference: marks what stands where, so that one search looks for all. */
  readonly lines: string;
  /** Script of sed for runs of 16 and more letters, digits, `_` and `-`, one a line. */
  readonly runs: string;
  /** Fixed strings, which are looked for in the change as it is and in lower case. */
  readonly words: string;
}

export function gateFiles(pack: RulePack): GateFiles {
  const { literals } = planKeywords(pack);
  const at = (...places: Literal["place"][]) =>
    literals.filter(({ place }) => places.includes(place)).map(({ text }) => text);
  const far = pack.rules.filter((rule) => rule.trigger === "keyword" && crossesLines(rule));
  const words = [
    OPEN,
    ...fixed(at("anywhere", "before-run")),
    // Keywords of secrets that may stand lines below them.
    ...fixed(lower(far.flatMap(({ keywords }) => keywords))).map((word) => [...word].join(NEAR)),
    ...fixed(pack.files.flatMap(({ clues }) => clues)).map((clue) =>
      [...clue.replace("\n", PATH_END)].join(PATH),
    ),
    // Marked as the runs are: in front, and behind each dash.
    ...fixed(at("in-run").map((head) => TOKEN + head.replaceAll("-", `-${TOKEN}`))),
  ];
  return { lines: LINES, runs: RUNS, words: `${words.join("\n")}\n` };
}

const HEX = "[0-9A-Fa-f]";

/** What is not known to be harmless in a difference is marked as open, and long lines of what may be a key. */
const LINES = `/^</d
/^@@ /d
/^diff --git /d
/^index /d
/^--- /d
/^new file mode /d
/^deleted file mode /d
/^old mode /d
/^new mode /d
/^\\\\ No newline/d
/^=*$/d
/^#end$/b
/^[>=].*[A-Za-z0-9+/_-]\\{60\\}/s/^/${OPEN}/
/^>Subproject commit /s/^/${OPEN}/
/^>/b
/^=/{
s/./&${NEAR}/g
b
}
/^+++ [^"]/{
s/\t$//
s/$/${PATH_END}/
s/./&${PATH}/g
b
}
s/^/${OPEN}/
`;

/**
 * What looks generated (`kernel/runs.ts`) changes between upper case, lower case and digits three times at the least. A
 * token begins with the run, behind a dash, or behind what is left of an
 * escape: `n` of `\\n`, `3D` of `%3D`, `x3D`, `u003D`, `0m` and `m` of a terminal's colours.
 */
const RUNS = `h
s/-/-${TOKEN}/g
s/^/${TOKEN}/p
${["[nrtbf]", HEX + HEX, `x${HEX}${HEX}`, `u00${HEX}${HEX}`, "[0-9]*m"].map((left) => `g\ns/-/-${TOKEN}/g\ns/^${left}/&${TOKEN}/p`).join("\n")}
g
s/[_-]//g
s/[a-z][a-z]*/a/g
s/[A-Z][A-Z]*/A/g
s/[0-9][0-9]*/0/g
/0/s/..../${OPEN}/p
`;

/** Each once, without those that another one is a part of. */
function fixed(strings: readonly string[]): string[] {
  return [...new Set(strings)]
    .filter((text) => !strings.some((other) => other !== text && text.includes(other)))
    .sort();
}

function lower(strings: readonly string[]): string[] {
  return strings.map((text) => text.toLowerCase());
}

/**
 * Whether a line may end within a match of the rule, up to the end of its secret. What a pattern only borders on, the
 * character in front, does not count.
 */
function crossesLines({ anchor, pattern }: CompiledRule): boolean {
  // Its keyword is no part of the match: what it is near to may stand on any line.
  if (anchor === "near") return true;
  return parseTranslated(pattern).alternatives.some(({ elements }) => {
    const secret = elements.findLastIndex((element) => element.type === "CapturingGroup");
    return hasNewline(secret < 0 ? elements : elements.slice(0, secret + 1), pattern.flags, true);
  });
}

/** @param first whether the match begins with the elements: then their first character is not asked */
function hasNewline(elements: readonly AST.Element[], flags: string, first: boolean): boolean {
  let atStart = first;
  for (const element of elements) {
    if (holdsNewline(element, flags, atStart)) return true;
    atStart &&= element.type === "Assertion";
  }
  return false;
}

function holdsNewline(element: AST.Element, flags: string, first: boolean): boolean {
  switch (element.type) {
    case "Character":
    case "CharacterSet":
    case "CharacterClass":
      return !first && matcherOf(element, flags).test("\n");
    case "Group":
    case "CapturingGroup":
      return element.alternatives.some(({ elements }) => hasNewline(elements, flags, first));
    case "Quantifier":
      return element.max > 0 && holdsNewline(element.element, flags, false);
    default:
      return false;
  }
}
