import { RE2JS } from "re2js";
import * as v from "valibot";
import { Engine } from "../../src/engine/engine.ts";
import { LinearPattern, type Pattern } from "../../src/engine/linear.ts";
import { ContentScanner } from "../../src/engine/scanner.ts";
import { translate } from "../../src/foreign/index.ts";
import { translateRe2 } from "../../src/foreign/re2.ts";
import { type Node, parseRe2 } from "../../src/foreign/re2-syntax.ts";
import { Translation } from "../../src/foreign/translation.ts";
import { compileRule } from "../../src/rules/compile.ts";
import { packOf } from "../../src/rules/pack.ts";
import { readPattern } from "../../src/rules/pattern.ts";
import { RuleSchema } from "../../src/rules/source.ts";
import { parseTomlDocument } from "../../src/text/toml.ts";

type Random = (below: number) => number;

/** A text that a node matches, drawn at random; mostly of ASCII that can be seen. */
export function drawn(node: Node, random: Random): string {
  switch (node.type) {
    case "assert":
      return "";
    case "group":
      return drawn(node.body, random);
    case "cat":
      return node.parts.map((part) => drawn(part, random)).join("");
    case "alt":
      return drawn(node.options[random(node.options.length)]!, random);
    case "repeat": {
      const most = Math.min(node.max, node.min + 12);
      const times = node.min + random(most - node.min + 1);
      return Array.from({ length: times }, () => drawn(node.body, random)).join("");
    }
    case "set": {
      const seen = node.ranges.flatMap(([low, high]): [number, number][] =>
        low > 0x7e || high < 0x20 ? [] : [[Math.max(low, 0x20), Math.min(high, 0x7e)]],
      );
      const ranges = seen.length > 0 ? seen : node.ranges;
      const [low, high] = ranges[random(ranges.length)]!;
      return String.fromCodePoint(low + random(Math.min(high, low + 200) - low + 1));
    }
  }
}

/** Draws with things around them, some of them spoiled by one character, and letters beyond ASCII between. */
function textsFor(expression: string, keyword: string, random: Random): string[] {
  const node = parseRe2(expression);
  const around = ["\n", " ", '"', "'", "x = ", "é", ": ", "=", "\n\n", "_", "-", "a"];
  const pick = () => around[random(around.length)]!;
  return Array.from({ length: 8 }, () => {
    let text = `${keyword}\n`;
    for (let piece = 0; piece < 6; piece += 1) {
      let sample = drawn(node, random);
      if (random(10) < 3 && sample.length > 0) {
        const at = random(sample.length);
        sample = sample.slice(0, at) + pick() + sample.slice(at + 1);
      }
      text += pick() + sample + pick();
    }
    return text;
  });
}

interface Match {
  readonly span: string;
  /** The secret: a group's text, as gitleaks chooses it. */
  readonly value: string;
}

const bytesOf = (text: string) => Buffer.from(text).toString("latin1");

/** Matches that are not empty, in bytes of UTF-8. */
export function byRe2(expression: string, group: number, text: string): Match[] {
  const matcher = RE2JS.compile(expression).matcher(text);
  const found: Match[] = [];
  while (matcher.find()) {
    if (matcher.end() === matcher.start()) continue;
    const bytes = (at: number) => Buffer.byteLength(text.slice(0, at));
    const groups = Array.from({ length: matcher.groupCount() }, (_, i) => matcher.group(i + 1));
    const value = group > 0 ? groups[group - 1] : (groups.find((one) => one) ?? matcher.group());
    found.push({ span: `${bytes(matcher.start())}-${bytes(matcher.end())}`, value: bytesOf(value ?? "") });
  }
  return found;
}

/** The same of a pattern of ours, on text of one byte a character. */
export function spansOf(pattern: Pattern, text: string): string[] {
  const spans: string[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    // On by a character: RE2 looks for no match that begins within one.
    if (match[0] === "")
      do pattern.lastIndex += 1;
      while (/^[\x80-\xbf]/.test(text.slice(pattern.lastIndex)));
    else spans.push(`${match.index}-${match.index + match[0].length}`);
  }
  return spans;
}

/**
 * Reads a configuration of gitleaks, and compares for each of its rules what RE2 finds on generated texts with what the
 * translated pattern finds, and with what a scan by the translated rule reports.
 *
 * @returns rules, matches that were compared, and what differs
 */
export function proveConfig(
  name: string,
  text: string,
  random: Random,
): { rules: number; matches: number; problems: string[] } {
  const document = parseTomlDocument(name, text);
  const theirs = (
    document.value as { rules: { id: string; regex?: string; secretGroup?: number; keywords?: string[] }[] }
  ).rules;
  const translation = translate([name], () => Buffer.from(text), [], false);
  const problems: string[] = [];
  let matches = 0;
  let rules = 0;
  const byId = new Map((translation.config.rule ?? []).map((rule) => [rule.id, rule]));
  for (const { id, regex, secretGroup = 0, keywords = [] } of theirs) {
    if (regex === undefined) continue;
    rules += 1;
    const rule = byId.get(new Translation([], false).freshId(id));
    if (rule === undefined) {
      problems.push(`${id}: no rule was made of it`);
      continue;
    }
    const pattern = readPattern(translateRe2(regex).pattern, { ignoreCase: false, automaton: true });
    const runs: Pattern =
      pattern.program === undefined
        ? new RegExp(pattern.source, `${pattern.flags}g`)
        : new LinearPattern(pattern.program, "g");
    // Entropy and allowlists decide after the pattern; others' rules are compared elsewhere.
    const plain = {
      ...rule,
      min_entropy: 0,
      allow: [],
      allow_match: [],
      allow_line: [],
      allow_words: [],
      requires: [],
      silent: false,
    };
    const { path: _, ...everywhere } = plain;
    const compiled = compileRule(
      v.parse(RuleSchema, everywhere),
      { name: "x", family: "x", remediation: "x", references: [] },
      () => ({ file: name, line: 1, column: 1 }),
      true,
    );
    const scanner = new ContentScanner(new Engine(packOf([compiled], [])));
    for (const content of textsFor(regex, keywords[0] ?? "", random)) {
      const expected = byRe2(regex, secretGroup, content);
      const bytes = bytesOf(content);
      const spans = spansOf(runs, bytes);
      if (spans.join() !== expected.map(({ span }) => span).join()) {
        problems.push(
          `${id}: RE2 finds ${expected.map(({ span }) => span)}, the pattern ${spans} in ${JSON.stringify(content)}`,
        );
      }
      const found = new Set(scanner.scan(Buffer.from(content)).map(({ secret }) => secret.reveal()));
      for (const { value } of expected) {
        if (value !== "" && ![...found].some((other) => other.includes(value) || value.includes(other)))
          problems.push(`${id}: a scan does not find ${JSON.stringify(value)} in ${JSON.stringify(content)}`);
      }
      matches += expected.length;
    }
  }
  return { rules, matches, problems };
}
