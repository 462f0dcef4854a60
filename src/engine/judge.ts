import type { CompiledRule } from "../rules/compiled.ts";
import type { Confidence, Randomness } from "../rules/vocabulary.ts";
import { CHECKSUMS } from "./checksums.ts";
import { readContext } from "./context.ts";
import { passwordReason } from "./password.ts";
import { isPublished, placeholderReason, referenceReason } from "./placeholder.ts";
import { isRandom, measureRandomness } from "./randomness.ts";
import type { Candidate, Verdict } from "./types.ts";

/**
 * Whether a candidate is a secret. The cheap and certain tests come first: what the rule allows,
 * checksums, placeholders, then randomness. A checksum that holds settles it.
 */
export function judge(candidate: Candidate): Verdict {
  const { rule, ready, match, value } = candidate;
  if (
    ready.allow.some((pattern) => pattern.test(value)) ||
    ready.allowMatch.some((pattern) => pattern.test(candidate.lead + match))
  ) {
    return { kept: false, reason: "the rule knows this form to be none" };
  }
  const form = formReason(candidate);
  if (form !== null) return { kept: false, reason: form };
  const evidence: string[] = [];
  if (candidate.name !== null) {
    const context = readContext(candidate.name, gapOf(candidate), value);
    if (context.reason !== null) return { kept: false, reason: context.reason };
    evidence.push(context.evidence);
  }
  let confidence: Confidence = rule.confidence;
  const checksum = rule.checksum === null ? null : CHECKSUMS[rule.checksum]!(value, match);
  if (checksum?.verdict === "invalid") return { kept: false, reason: checksum.reason };
  if (checksum?.verdict === "valid") confidence = "high";
  if (checksum?.verdict === "mismatch") confidence = "low";
  if (checksum?.evidence !== undefined) evidence.push(checksum.evidence);
  const dense = rule.kind === "structured";
  const drawn = dense ? drawnPart(rule, value) : value;
  const random = judgeRandomness(
    value,
    rule.randomness,
    dense,
    rule.kind !== "generic" || isQuoted(candidate),
    drawn,
  );
  if (random.reason !== null) return { kept: false, reason: random.reason };
  if (random.evidence !== null) evidence.push(random.evidence);
  const severity =
    (checksum !== null && "severity" in checksum ? checksum.severity : undefined) ?? rule.severity;
  return { kept: true, confidence, severity, evidence };
}

const PSEUDO_VERSION = /(?:^|[-.])\d{14}-[0-9a-f]{12}$/;

/** What stands between a provider's name and the value. */
function gapOf({ match, name, start, secretStart }: Candidate): string {
  return match.slice(name!.length, secretStart - start);
}

/** Whether a value behind a provider's name goes on at either end: an address, a message's id, a blob. */
function isPiece(candidate: Candidate): boolean {
  const { trail } = candidate;
  const gap = gapOf(candidate);
  if (/[.+@$~-]$/.test(gap)) return true;
  return /^(?:[@+]|\.[A-Za-z])/.test(trail) || (/^\/\w/.test(trail) && !gap.includes("://"));
}

/** The value without the prefix of its format, which was not drawn at random. */
function drawnPart({ keywords }: CompiledRule, value: string): string {
  let prefix = "";
  for (const keyword of keywords) {
    if (keyword.length > prefix.length && value.length > keyword.length && value.startsWith(keyword))
      prefix = keyword;
  }
  return value.slice(prefix.length);
}

/** A file's name ends behind it. */
const EXTENSION =
  /^\.(?:png|jpe?g|gif|svg|webp|ico|js|mjs|css|map|woff2?|ttf|html?|json|md|zip|t?gz|jar|whl)\b/i;

function isQuoted({ match, secretStart, start }: Candidate): boolean {
  return /["'`]$/.test(match.slice(0, secretStart - start));
}

/** Whether a space, a comma or a call alone stands between the name and the value: lists, prose and look-ups have them too. */
function isLoose({ match, secretStart, start }: Candidate): boolean {
  const before = match.slice(0, secretStart - start).replace(/[bBrRuUfL@]{0,2}\\{0,3}["'`]{1,3}$/, "");
  if (/[\w"'`][ \t](?:to|is|VALUE)[ \t]{1,4}$/.test(before)) return false;
  return /,[ \t]{0,4}$|[\w"'`\])}.][ \t]{1,4}$|[=:,][ \t]{0,4}[\w.]{1,40}\($/.test(before);
}

/** "the secrets to …", "its token is …" */
const IN_PROSE = /[\w"'`][ \t](?:to|is|as|with|or)[ \t]{1,4}$/;

/** Random beyond a password's measure: of all kinds of letters and digits, or long and random. */
function isClearlyRandom(value: string): boolean {
  const report = measureRandomness(value);
  const mixed = /[a-z]/.test(value) && /[A-Z]/.test(value) && /\d/.test(value) && !/[\s/*]/.test(value);
  return (mixed && report.likeness < 0.1) || (value.length >= 14 && isRandom(report, value.length));
}

/** Why the way in which a value is written says that it is none; for rules that go by names. */
function formReason(candidate: Candidate): string | null {
  const { rule, value, match, trail, secretStart, start } = candidate;
  if (rule.kind === "structured") return null;
  if (EXTENSION.test(trail)) return "it is part of a file's name";
  if (PSEUDO_VERSION.test(value)) return "it is a version of a Go module";
  if (candidate.name !== null && isPiece(candidate)) return "it is a piece of something longer";
  if (/^["'`]?[ \t]{0,3}(?:=>|:[ \t\r\n]|=[ \t])/.test(trail)) return "it is itself a name";
  if (rule.kind !== "generic") return null;
  if (rule.randomness === "password" && isLoose(candidate) && !isClearlyRandom(value)) {
    return "nothing but a space, a comma or a call gives it to the name";
  }
  if (rule.randomness === "token" && /[\x80-\xff]/.test(value)) return "it is text in another language";
  if (rule.randomness === "token" && IN_PROSE.test(match.slice(0, secretStart - start)) && !/\d/.test(value))
    return "it is a word of a sentence";
  if (rule.randomness === "token" && isLoose(candidate) && (value.length < 16 || !/\d/.test(value))) {
    return "nothing but a space, a comma or a call gives it to the name";
  }
  const before = match.slice(0, secretStart - start);
  if (/["'`]\)\s*[=!]==?\s*["'`]?$/.test(before)) return "it is what a function of it is compared with";
  if (/\b(?:uuid|guid)[\w.]*\(["'`]$/i.test(before)) return "it is an identifier";
  if (/\bcredentials(?:Id)?\s{0,3}[(:=]\s{0,3}["'`]$/.test(before))
    return "it is the id of a stored credential";
  if (/\b(?:regexp?|re)[\w.]*\([rb]?["'`]$/i.test(before)) return "it is a pattern";
  if (isQuoted(candidate)) return null;
  if (
    rule.randomness === "password" &&
    /\w[ \t]+$/.test(before) &&
    !/^(?:--|ENV[ \t])/.test(candidate.lead)
  ) {
    return "nothing but a space gives it to the name";
  }
  if (/^[([]/.test(trail)) return "it is code, not a value";
  if (/[=!]=\s*$/.test(before)) return "it is what something is compared with";
  return null;
}

/** What a test says of a value: why it is none, or what speaks for it. */
interface Judgement {
  readonly reason: string | null;
  readonly evidence: string | null;
}

/** The named test of randomness, of the `drawn` part of a value, as rules and credential files ask for it. */
export function judgeRandomness(
  value: string,
  test: Randomness,
  dense: boolean,
  quoted = false,
  drawn = value,
): Judgement {
  const judged = judgeForm(value, test, dense, quoted, drawn);
  // Last, because a digest costs more than all the rest, and its library 7 ms of a commit's time.
  return judged.reason === null && isPublished(value)
    ? { reason: "it is a published documentation value", evidence: null }
    : judged;
}

function judgeForm(
  value: string,
  test: Randomness,
  dense: boolean,
  quoted: boolean,
  drawn: string,
): Judgement {
  if (test === "none") return { reason: null, evidence: null };
  const reference = dense ? null : referenceReason(value);
  if (reference !== null) return { reason: reference, evidence: null };
  const report = measureRandomness(drawn);
  // In a long value that is nothing like a name, two letters that make a word are chance.
  const chance = dense || (value.length >= 12 && report.likeness < -1.5);
  const placeholder = placeholderReason(value, chance);
  if (placeholder !== null) return { reason: placeholder, evidence: null };
  if (test === "loose") return { reason: null, evidence: null };
  if (test === "token") {
    if (!isRandom(report, drawn.length)) {
      return { reason: `it is not random enough: ${describe(report)}`, evidence: null };
    }
    return { reason: null, evidence: `it is random (${report.entropy.toFixed(1)} bits a character)` };
  }
  const random = isRandom(report, value.length);
  return { reason: passwordReason(value, { likeness: report.likeness, random, quoted }), evidence: null };
}

function describe(report: { entropy: number; floor: number; likeness: number }): string {
  return `${report.entropy.toFixed(2)} bits a character where ${report.floor.toFixed(2)} is the least, likeness to names ${report.likeness.toFixed(2)}`;
}
