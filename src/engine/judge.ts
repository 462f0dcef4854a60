import type { Confidence, Randomness } from "../rules/vocabulary.ts";
import { CHECKSUMS } from "./checksums.ts";
import { readContext } from "./context.ts";
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
    ready.allowMatch.some((pattern) => pattern.test(match))
  ) {
    return { kept: false, reason: "the rule knows this form to be none" };
  }
  const evidence: string[] = [];
  if (candidate.name !== null) {
    const context = readContext(candidate.name, match.slice(candidate.name.length, -value.length), value);
    if (context.reason !== null) return { kept: false, reason: context.reason };
    evidence.push(context.evidence);
  }
  let confidence: Confidence = rule.confidence;
  const checksum = rule.checksum === null ? null : CHECKSUMS[rule.checksum]!(value, match);
  if (checksum?.verdict === "invalid") return { kept: false, reason: checksum.reason };
  if (checksum?.verdict === "valid") confidence = "high";
  if (checksum?.verdict === "mismatch") confidence = "low";
  if (checksum?.evidence !== undefined) evidence.push(checksum.evidence);
  const random = judgeRandomness(value, rule.randomness, rule.kind === "structured");
  if (random.reason !== null) return { kept: false, reason: random.reason };
  if (random.evidence !== null) evidence.push(random.evidence);
  return { kept: true, confidence, evidence };
}

/** The named test of randomness, as rules and credential files ask for it. */
export function judgeRandomness(
  value: string,
  test: Randomness,
  dense: boolean,
): { reason: string | null; evidence: string | null } {
  if (test === "none") {
    return { reason: isPublished(value) ? "it is a published documentation value" : null, evidence: null };
  }
  const reference = dense ? null : referenceReason(value);
  if (reference !== null) return { reason: reference, evidence: null };
  const report = measureRandomness(value);
  // In a long value that is nothing like a name, two letters that make a word are chance.
  const chance = dense || (value.length >= 12 && report.likeness < -1.5);
  const placeholder = placeholderReason(value, chance);
  if (placeholder !== null) return { reason: placeholder, evidence: null };
  if (test === "loose") return { reason: null, evidence: null };
  if (test === "token") {
    if (!isRandom(report, value.length)) {
      return { reason: `it is not random enough: ${describe(report)}`, evidence: null };
    }
    return { reason: null, evidence: `it is random (${report.entropy.toFixed(1)} bits a character)` };
  }
  return { reason: passwordReason(value, report.likeness), evidence: null };
}

/** A password may hold words, but not be one word, a name in code, or a sentence. */
function passwordReason(value: string, likeness: number): string | null {
  if (value.length < 4) return "it is too short for a password";
  const classes = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/].filter((pattern) => pattern.test(value)).length;
  if (classes < 2 && value.length < 16) return "it has only one kind of character";
  if (/^[A-Za-z]+$/.test(value) && (likeness > -0.8 || value.length < 10)) return "it is made of words";
  if (
    /^[A-Za-z_$][\w$]*(?:[.:-]{1,2}[A-Za-z_$][\w$]*)*$/.test(value) &&
    likeness > 0.3 &&
    !/\d{2}/.test(value)
  ) {
    return "it is a name";
  }
  if (/\s\S+\s/.test(value)) return "it is prose";
  return null;
}

function describe(report: { entropy: number; floor: number; likeness: number }): string {
  return `${report.entropy.toFixed(2)} bits a character where ${report.floor.toFixed(2)} is the least, likeness to names ${report.likeness.toFixed(2)}`;
}
