import type { AST } from "@eslint-community/regexpp";
import { planKeywords } from "../engine/keywords.ts";
import type { Literal } from "../kernel/prefilter.ts";
import { LONGEST_ESCAPE } from "../kernel/runs.ts";
import type { CompiledRule, RulePack } from "../rules/compiled.ts";
import { matcherOf } from "../rules/element.ts";
import { parseTranslated } from "../rules/pattern.ts";

/** A line that holds it opens the gate; NUL bytes come as it. */
const OPEN = "\x01";
/** Behind each character of a line near the change, of a path, and in front of each place where a token may begin. */
const NEAR = "\x02";
const PATH = "\x03";
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
  /** Fixed strings, which are looked for in any case. */
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
    ...fixed(far.flatMap(({ keywords }) => keywords)).map((word) => [...word].join(NEAR)),
    ...fixed(pack.files.flatMap(({ clues }) => clues)).map((clue) => [...clue].join(PATH)),
    ...fixed(at("in-run")).map((head) => TOKEN + head),
  ];
  return { lines: LINES, runs: RUNS, words: `${words.join("\n")}\n` };
}

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
/[A-Za-z0-9+/_-]\\{60\\}/s/^/${OPEN}/
/^>Subproject commit /s/^/${OPEN}/
/^>/b
/^=/{
s/./&${NEAR}/g
b
}
/^+++ [^"]/{
s/./&${PATH}/g
b
}
s/^/${OPEN}/
`;

/** What looks generated has digits and letters. The engine looks for tokens behind an escape and behind each dash. */
const RUNS = `/[0-9].*[A-Za-z]/s/^/${OPEN}/
/[A-Za-z].*[0-9]/s/^/${OPEN}/
h
s/-/-${TOKEN}/g
s/^/${TOKEN}/p
${Array.from({ length: LONGEST_ESCAPE }, (_, i) => `g\ns/^${".".repeat(i + 1)}/&${TOKEN}/p`).join("\n")}
`;

/** In lower case, each once, without those that another one is a part of. */
function fixed(strings: readonly string[]): string[] {
  const lower = [...new Set(strings.map((text) => text.toLowerCase()))];
  return lower.filter((text) => !lower.some((other) => other !== text && text.includes(other))).sort();
}

/**
 * Whether a line may end between a keyword of the rule and the end of its secret. What a pattern only borders on,
 * a character in front or behind, does not count.
 */
function crossesLines({ pattern }: CompiledRule): boolean {
  return parseTranslated(pattern).alternatives.some(({ elements }) => {
    const from = elements.findIndex((element) => !isBorder(element));
    const to = elements.findLastIndex((element) => !isBorder(element));
    return elements.slice(Math.max(0, from), to + 1).some((element) => holdsNewline(element, pattern.flags));
  });
}

function isBorder(element: AST.Element): boolean {
  switch (element.type) {
    case "Assertion":
    case "CharacterSet":
    case "CharacterClass":
      return true;
    case "Group":
      return element.alternatives.every(({ elements }) => elements.length <= 1 && elements.every(isBorder));
    default:
      return false;
  }
}

function holdsNewline(element: AST.Element, flags: string): boolean {
  switch (element.type) {
    case "Character":
    case "CharacterSet":
    case "CharacterClass":
      return matcherOf(element, flags).test("\n");
    case "Group":
    case "CapturingGroup":
      return element.alternatives.some(({ elements }) =>
        elements.some((inner) => holdsNewline(inner, flags)),
      );
    case "Quantifier":
      return element.max > 0 && holdsNewline(element.element, flags);
    default:
      return false;
  }
}
