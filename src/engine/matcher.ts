import { HitList } from "../kernel/prefilter.ts";
import { isWordCode } from "../text/characters.ts";
import { CONTEXT, type Engine, type ReadyRule } from "./engine.ts";
import { PREVIEWED } from "./preview.ts";
import type { Candidate } from "./types.ts";
import type { TextWindow } from "./window.ts";

/** Characters looked at in front of a match and behind its secret. */
const LEAD = CONTEXT;
const TRAIL = 12;

/** Hears on what each hit's outcome depends, and of which hits something may come. Offsets are the window's. */
export interface HitListener {
  note(offset: number, from: number, to: number): void;
  spoil(offset: number): void;
}

/** A candidate's place, and what became of it. */
interface Seen {
  readonly start: number;
  readonly end: number;
  readonly kept: boolean;
}

/**
 * Runs the patterns of the rules whose keywords were hit, each in its own span around the hit and
 * nowhere else. That is sound because every match of a rule holds one of its keywords, within
 * its span: `rules check` proves it on the samples.
 *
 * What comes of a hit is decided by the text in reach of its rules (`Engine.reachOf`) and nothing else.
 *
 * @param recalls whether hits are passed over when the same text gave nothing that was kept before, in this content
 *   or another
 * @param found says whether it keeps the candidate
 * @returns how many hits were passed over
 */
export function matchHits(
  engine: Engine,
  window: TextWindow,
  hits: HitList,
  structuredOnly: boolean,
  recalls: boolean,
  found: (candidate: Candidate) => boolean,
  listener: HitListener | null = null,
): number {
  const { prefilter } = engine;
  const { bytes } = window;
  const seen = new Map<string, Seen>();
  let barren = true;
  let recalled = 0;
  // One listener for all hits: there are a thousand to the megabyte, and few lead to a candidate.
  const report = (candidate: Candidate) => {
    const { start, end } = candidate;
    const from = candidate.rule.anchor === "after" ? start : candidate.secretStart;
    const key = `${candidate.rule.id}:${from}:${candidate.secretEnd}`;
    const before = seen.get(key);
    const kept = before === undefined && found(candidate);
    if (before === undefined) seen.set(key, { start, end, kept });
    // Of another match with the same secret it is not known what would have become.
    if (kept || (before !== undefined && (before.kept || before.start !== start || before.end !== end)))
      barren = false;
  };
  for (let index = 0; index < hits.length; index += 1) {
    const offset = hits.offsets[index]!;
    if (offset < window.coreFrom || offset >= window.coreTo) continue;
    const literal = hits.literals[index]!;
    const interested = engine.interestedIn(literal);
    if (interested.length === 0) continue;
    if (recalls) {
      const { before, behind } = engine.reachOf(literal);
      listener?.note(offset, offset - before, offset + behind);
      const from = Math.max(0, offset - before);
      const kind = 2 * literal + (structuredOnly ? 1 : 0);
      if (prefilter.recall(bytes, from, Math.min(bytes.length, offset + behind), kind, offset)) {
        recalled += 1;
        continue;
      }
    }
    barren = true;
    const length = engine.literalLength(literal);
    for (const number of interested) {
      const ready = engine.rule(number);
      const { kind, wordHolds: wanted, span } = ready.rule;
      if (structuredOnly && kind !== "structured") continue;
      if (wanted !== null && !wordHolds(bytes, offset + length, offset + span, wanted)) continue;
      matchAt(ready, window, offset, length, report);
    }
    if (recalls && barren) prefilter.remember();
    if (!barren) listener?.spoil(offset);
  }
  return recalled;
}

/**
 * The hits that something in the previews of the candidates, or a candidate, can come of; in their order.
 *
 * @param base offset of the window in the content, of which the candidates tell
 */
export function hitsNear(
  engine: Engine,
  hits: HitList,
  candidates: readonly Candidate[],
  base: number,
): HitList {
  const near = new HitList();
  for (let i = 0; i < hits.length; i += 1) {
    const offset = hits.offsets[i]!;
    const literal = hits.literals[i]!;
    const { before, behind } = engine.reachOf(literal);
    const place = base + offset;
    if (
      candidates.some(
        ({ start, secretStart, end, secretEnd }) =>
          place - before <= Math.max(end, secretEnd + PREVIEWED) &&
          place + behind >= Math.min(start, secretStart - PREVIEWED),
      )
    )
      near.push(offset, literal);
  }
  return near;
}

/**
 * Runs a pattern over all of the window's core, as it were over all of the content: matches do not overlap.
 * @param from offset in the content behind the last match
 * @returns the same for the next window
 */
export function matchText(
  ready: ReadyRule,
  window: TextWindow,
  from: number,
  found: (candidate: Candidate) => void,
): number {
  const { pattern } = ready;
  let end = from;
  pattern.lastIndex = Math.max(window.coreFrom, from - window.base);
  for (let match = pattern.exec(window.text); match !== null; match = pattern.exec(window.text)) {
    if (match.index >= window.coreTo) break;
    const matchEnd = match.index + match[0].length;
    const candidate = candidateOf(ready, window, match, match.index, matchEnd);
    if (candidate !== null) found(candidate);
    end = window.base + matchEnd;
    if (match[0].length === 0) pattern.lastIndex += 1;
  }
  return end;
}

function matchAt(
  ready: ReadyRule,
  window: TextWindow,
  offset: number,
  keywordLength: number,
  found: (candidate: Candidate) => void,
): void {
  const { rule, pattern } = ready;
  const name = rule.anchor === "after" ? nameAt(window, offset, keywordLength) : null;
  if (rule.anchor === "after" && name === null) return;
  const from = Math.max(0, offset - rule.before);
  if (ready.probe !== null) {
    const reach = window.slice(from, offset + rule.span);
    ready.probe.lastIndex = offset - from;
    if (!ready.probe.test(reach)) return;
  }
  // The slice, not lastIndex alone, is what bounds the engine: no quantifier can run past the span.
  const slice = window.slice(from, offset + rule.span);
  pattern.lastIndex = rule.anchor === "start" ? offset - from : (name?.length ?? 0);
  for (let match = pattern.exec(slice); match !== null; match = pattern.exec(slice)) {
    const start = from + match.index;
    const end = start + match[0].length;
    if (rule.anchor === "cover" && start > offset) return;
    const candidate = candidateOf(ready, window, match, start, end);
    if (candidate !== null && name !== null) {
      found({ ...candidate, name, start: window.base + offset, match: slice.slice(0, end - from) });
    } else if (candidate !== null && (rule.anchor !== "cover" || end > offset)) found(candidate);
    if (rule.anchor === "start") return;
    // On by one from the match's start, not from its end: a rejected match must not hide the next.
    pattern.lastIndex = match.index + Math.max(1, candidate === null ? 1 : match[0].length);
  }
}

/** White space, quotes, `<`, `>`, `/`, `?` and `#`. */
const ENDS_WORD = Uint8Array.from({ length: 0x40 }, (_, code) =>
  code <= 0x20 || `"'<>/?#`.includes(String.fromCharCode(code)) ? 1 : 0,
);
const BACKTICK = 0x60;

/** Cheaper than text and pattern, for a keyword as frequent as `://`. */
function wordHolds(bytes: Uint8Array, from: number, to: number, wanted: number): boolean {
  const end = Math.min(to, bytes.length);
  for (let at = from; at < end; at += 1) {
    const code = bytes[at]!;
    if (code === wanted) return true;
    if (code === BACKTICK || (code < ENDS_WORD.length && ENDS_WORD[code] === 1)) return false;
  }
  return false;
}

/** The name at `offset`, as it is written there; null when it is a part of another word. */
function nameAt(window: TextWindow, offset: number, length: number): string | null {
  return standsAlone(window, offset, length) ? window.slice(offset, offset + length) : null;
}

/** What may be glued to a name: "vercelkey", "STRIPESECRET". */
const GLUED =
  /^(?:api|key|tok|secret|auth|pass|pwd|pw|access|client|app|url|dsn|hook|webhook|sdk|user|account|service|cred|bot|hq|io|com|db|cloud|dev|prod|live|test|sandbox|data)/i;
/** No name is written so: "kLaRNA" and "PAyU" are chance in a run of random letters. */
const CHANCE = /^[a-z][A-Z]|[A-Z]{2,}[a-z]/;

/** Names occur in other words ("box" in "checkbox", "spaces" in "whitespaces"): they must be words, or parts of a name in camelCase. */
function standsAlone(window: TextWindow, offset: number, length: number): boolean {
  const before = offset === 0 ? "" : window.slice(offset - 1, offset);
  const name = window.slice(offset, offset + length);
  const behind = window.slice(offset + length, offset + length + 8);
  if (CHANCE.test(name)) return false;
  if (before !== "" && /^(?:[a-z]{2}|[A-Z]{2}|[A-Z][a-z])/.test(before + name)) return false;
  return !/^(?:[a-z]{2}|[A-Z]{2})/.test(name.slice(-1) + behind) || GLUED.test(behind);
}

function candidateOf(
  ready: ReadyRule,
  window: TextWindow,
  match: RegExpExecArray,
  start: number,
  end: number,
): Candidate | null {
  const { rule } = ready;
  // A pattern may offer the secret in one of several groups, from `secret` on: quoted or bare.
  let group = rule.secretGroup;
  while (!match[group] && group + 1 < match.length) group += 1;
  if (!match[group] && rule.orMatch) group = 0;
  const value = match[group];
  if (value === undefined || value.length === 0) return null;
  const secretStart = group === 0 ? start : start + groupOffset(ready, match, group, value);
  const secretEnd = secretStart + value.length;
  if (rule.bounded && !(startsToken(window, secretStart) && endsToken(window.bytes, secretEnd))) return null;
  return {
    rule,
    ready,
    start: window.base + start,
    end: window.base + end,
    secretStart: window.base + secretStart,
    secretEnd: window.base + secretEnd,
    match: match[0],
    value,
    lead: rule.kind === "structured" ? "" : nameBefore(window, start),
    trail: rule.kind === "structured" ? "" : window.slice(secretEnd, secretEnd + TRAIL),
    name: null,
  };
}

/** The part of a name, a key or a path in front of `at`; with the word that sets it in a Dockerfile. */
function nameBefore(window: TextWindow, at: number): string {
  return /(?:ENV[ \t]+)?[\w./-]*$/.exec(window.slice(Math.max(0, at - LEAD), at))![0];
}

/** For patterns that were asked where their groups stand. */
const exactPatterns = new WeakMap<ReadyRule, RegExp>();

function exactPattern(ready: ReadyRule): RegExp {
  let exact = exactPatterns.get(ready);
  if (exact === undefined) {
    exact = new RegExp(ready.rule.pattern.source, `${ready.rule.pattern.flags}yd`);
    exactPatterns.set(ready, exact);
  }
  return exact;
}

/** Where in the match the secret's group stands. The engine tells (flag d), but asking always costs a tenth. */
function groupOffset(ready: ReadyRule, match: RegExpExecArray, group: number, value: string): number {
  const first = match[0].indexOf(value);
  if (first === match[0].lastIndexOf(value)) return first;
  const known = match.indices?.[group];
  if (known !== undefined) return known[0] - match.index;
  const exact = exactPattern(ready);
  exact.lastIndex = match.index;
  const indices = exact.exec(match.input)?.indices?.[group];
  return indices === undefined ? first : indices[0] - match.index;
}

/**
 * Whether a token can begin at `at`: the character before is none of a token, or ends an escape
 * (`\n` in a JSON string, `%3D` in a URL, `ESC[0m` in a terminal log).
 */
function startsToken(window: TextWindow, at: number): boolean {
  const { bytes } = window;
  if (at === 0 || !isWordCode(bytes[at - 1]!) || !isWordCode(bytes[at]!)) return true;
  return /(?:\\[nrtbf]|\\u00[0-9a-fA-F]{2}|\\x[0-9a-fA-F]{2}|%[0-9a-fA-F]{2}|\x1b\[[0-9;]*m)$/.test(
    window.slice(Math.max(0, at - 12), at),
  );
}

function endsToken(bytes: Uint8Array, at: number): boolean {
  return at >= bytes.length || !isWordCode(bytes[at]!) || !isWordCode(bytes[at - 1]!);
}
