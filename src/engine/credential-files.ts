import type { Allow, CompiledFileRule } from "../rules/compiled.ts";
import { maskSecret } from "../text/mask.ts";
import { PositionTracker } from "../text/positions.ts";
import { Secret } from "../text/secret.ts";
import { allowancesFor, lineAt } from "./demands.ts";
import { directiveAt } from "./directive.ts";
import { buildPattern, matchesPath } from "./engine.ts";
import { judgeRandomness } from "./judge.ts";
import type { Detection } from "./types.ts";

/** Bytes of a file that confirm its name; credential files are short, and state files begin with what tells them. */
export const CONFIRM_BYTES = 1 << 18;

/** Letters of a clue by which it is looked up. */
const CLUE_START = 4;
const START_BITS = 13;

/** Recognises credential files by path and confirms them by a look at the content. */
export class CredentialFiles {
  private readonly rules: readonly CompiledFileRule[];
  /** Rules by the first letters of a clue; under "" those with a shorter clue. */
  private readonly byStart = new Map<string, { readonly clue: string; readonly rule: CompiledFileRule }[]>();
  /** For each hash of four letters whether a clue begins so: of most paths none of the places is looked up. */
  private readonly starts = new Uint8Array(1 << START_BITS);
  private readonly allows: readonly Allow[];

  /** @param allows the configuration's exceptions */
  constructor(rules: readonly CompiledFileRule[], allows: readonly Allow[] = []) {
    this.rules = rules;
    this.allows = allows;
    for (const rule of rules) {
      for (const clue of rule.clues) {
        const start = clue.length < CLUE_START ? "" : clue.slice(0, CLUE_START);
        let letters = 0;
        for (let i = 0; i < start.length; i += 1) letters = withNext(letters, start, i);
        if (start !== "") this.starts[hashOf(letters)] = 1;
        const same = this.byStart.get(start);
        if (same === undefined) this.byStart.set(start, [{ clue, rule }]);
        else same.push({ clue, rule });
      }
    }
  }

  /**
   * Rules whose names `path` bears. A rule's patterns are built when one of its clues is first
   * seen: all together they take 28 ms to build, and most paths hold no clue.
   */
  named(path: string): CompiledFileRule[] {
    const lower = `/${path.toLowerCase()}\n`;
    const hinted = new Set<CompiledFileRule>();
    for (const { clue, rule } of this.byStart.get("") ?? []) if (lower.includes(clue)) hinted.add(rule);
    let letters = 0;
    for (let end = 0; end < lower.length; end += 1) {
      letters = withNext(letters, lower, end);
      const at = end + 1 - CLUE_START;
      if (at < 0 || this.starts[hashOf(letters)] === 0) continue;
      for (const { clue, rule } of this.byStart.get(lower.slice(at, end + 1)) ?? [])
        if (lower.startsWith(clue, at)) hinted.add(rule);
    }
    if (hinted.size === 0) return [];
    return this.rules.filter((rule) => hinted.has(rule) && this.matches(rule, path));
  }

  private matches(rule: CompiledFileRule, path: string): boolean {
    return matchesPath(rule.names, path) && (rule.not === null || !matchesPath(rule.not, path));
  }

  /** What the content of a file of a telling name shows, by each of the rules. */
  confirm(rules: readonly CompiledFileRule[], content: Uint8Array): Detection[] {
    if (content.length === 0) return [];
    const bytes = content.subarray(0, CONFIRM_BYTES);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
    return rules.map((rule) => confirmOne(rule, bytes, text, this.allows)).filter((one) => one !== null);
  }
}

/** The last four letters of a text up to `at` as a number, from those up to the one before. */
function withNext(letters: number, text: string, at: number): number {
  return (letters << 8) | (text.charCodeAt(at) & 0xff);
}

function hashOf(letters: number): number {
  return Math.imul(letters, 0x9e3779b1) >>> (32 - START_BITS);
}

/** Those detections of a file whose place no other reports already: content says more than a name, the first rule most. */
export function uncovered(found: readonly Detection[], known: readonly Detection[]): Detection[] {
  const kept: Detection[] = [];
  for (const one of found) {
    const covers = (other: Detection) => other.line <= one.endLine && one.line <= other.endLine;
    if (!known.some(covers) && !kept.some(covers)) kept.push(one);
  }
  return kept;
}

function confirmOne(
  rule: CompiledFileRule,
  bytes: Uint8Array,
  text: string,
  allows: readonly Allow[],
): Detection | null {
  if (rule.magic.length > 0 && !rule.magic.some((magic) => hasMagic(bytes, magic))) return null;
  if (rule.magic.length > 0) {
    if (rule.confirm !== null && !buildPattern(rule.confirm, "").test(text)) return null;
    return detectionAt(rule, bytes, text, 0, 0, text.slice(0, 4096), allows);
  }
  if (rule.confirm === null) return null;
  const pattern = buildPattern(rule.confirm, "gd");
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [start, end] =
      match.indices!.slice(rule.secretGroup).find((place) => place !== undefined) ?? match.indices![0]!;
    const value = text.slice(start, end);
    if (judgeRandomness(value, rule.randomness, false, /["'`]/.test(text[start - 1] ?? "")).reason === null) {
      return detectionAt(rule, bytes, text, start, end, value, allows);
    }
    if (match[0].length === 0) pattern.lastIndex += 1;
  }
  return null;
}

function detectionAt(
  rule: CompiledFileRule,
  bytes: Uint8Array,
  text: string,
  start: number,
  end: number,
  value: string,
  allows: readonly Allow[],
): Detection {
  const positions = new PositionTracker(false);
  const from = positions.locate(bytes, start);
  const to = positions.locate(bytes, end);
  const masked = maskSecret(value, false);
  const name = text
    .slice(text.lastIndexOf("\n", start - 1) + 1, start)
    .replace(/[^\x20-\x7e]/g, "·")
    .slice(-60);
  return {
    ruleId: rule.id,
    secret: new Secret(value, masked),
    severity: rule.severity,
    confidence: "high",
    evidence: ["its name is that of a credential file, and its content confirms it"],
    line: from.line,
    column: from.column,
    endLine: to.line,
    endColumn: to.column,
    lines: [[from.line, to.line]],
    preview: rule.magic.length > 0 ? "(binary file)" : `${name}${masked}`,
    directive: directiveAt(text, start),
    allowances: allowancesFor(allows, rule.id, value, value, () => lineAt(text, start)),
    partner: null,
  };
}

function hasMagic(bytes: Uint8Array, magic: string): boolean {
  for (let i = 0; i < magic.length; i += 2) {
    const pair = magic.slice(i, i + 2);
    if (pair !== "??" && bytes[i / 2] !== Number.parseInt(pair, 16)) return false;
  }
  return true;
}
