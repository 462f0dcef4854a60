import { SEVERITIES, type Severity } from "../rules/vocabulary.ts";
import { meetingContent } from "./demands.ts";
import { mostSpecific } from "./overlap.ts";
import { pairHalves } from "./pairing.ts";
import type { Candidate, Detection, DismissalListener } from "./types.ts";

/** Halves that stand this close belong together; further apart it is likely, no more. */
const NEARBY_LINES = 10;

/** A kept candidate, with everything that needs its window in memory. */
export interface Sighting {
  readonly candidate: Candidate;
  readonly detection: Omit<Detection, "partner" | "lines" | "severity">;
  readonly severity: Severity;
}

/** Both halves together open what they are for, unless one is known to open nothing. */
function severityOfPair(one: Sighting, other: Sighting): Severity {
  const tame = [one, other].find(
    ({ severity, candidate }) => SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(candidate.rule.severity),
  );
  return tame?.severity ?? "critical";
}

/** Of those that overlap the most specific; beside one that is for some paths only, the best of the others as well. */
function contenders(sightings: readonly Sighting[]): Sighting[] {
  const chosen = mostSpecific(sightings);
  const somewhere = ({ candidate }: Sighting) => (candidate.rule.demands?.path ?? null) !== null;
  if (!chosen.some(somewhere)) return chosen;
  const others = mostSpecific(sightings.filter((sighting) => !somewhere(sighting)));
  return [...new Set([...chosen, ...others])].sort(
    (a, b) => a.candidate.secretStart - b.candidate.secretStart,
  );
}

/** Overlaps resolved, halves paired, lone halves of rules that need a partner dropped. */
export function detectionsOf(
  seen: readonly Sighting[],
  words: ReadonlySet<string>,
  onDismissed: DismissalListener | undefined,
): Detection[] {
  if (seen.length === 0) return [];
  const meeting = meetingContent(seen, words);
  if (onDismissed !== undefined) {
    for (const { candidate } of seen.filter((sighting) => !meeting.includes(sighting)))
      onDismissed(candidate, "what its rule asks of the rest of the content is not there");
  }
  const sightings = meeting.filter(({ candidate }) => candidate.rule.demands?.silent !== true);
  let chosen = contenders(sightings);
  let partners = pairHalves(chosen.map((sighting) => sighting.candidate));
  const paired = chosen.filter(
    (sighting, index) => !sighting.candidate.rule.needsPair || partners.has(index),
  );
  if (paired.length < chosen.length) {
    // A dropped half may have hidden a weaker candidate of the same place; look again without it.
    const dropped = new Set(chosen.filter((sighting) => !paired.includes(sighting)));
    chosen = contenders(sightings.filter((sighting) => !dropped.has(sighting)));
    partners = pairHalves(chosen.map((sighting) => sighting.candidate));
    const still = chosen.filter(
      (sighting, index) => !sighting.candidate.rule.needsPair || partners.has(index),
    );
    if (still.length < chosen.length) {
      chosen = still;
      partners = pairHalves(chosen.map((sighting) => sighting.candidate));
    }
  }
  if (onDismissed !== undefined) {
    const kept = new Set(chosen);
    for (const sighting of sightings) {
      if (kept.has(sighting)) continue;
      const { candidate } = sighting;
      const over = chosen.find(
        (other) =>
          other.candidate.secretStart < candidate.secretEnd &&
          candidate.secretStart < other.candidate.secretEnd,
      );
      const reason =
        over === undefined ? "its other half is not there" : `'${over.detection.ruleId}' says more of it`;
      onDismissed(candidate, reason);
    }
  }
  return chosen.map(({ detection, severity }, index) => {
    const partner = partners.get(index) ?? null;
    const own: [number, number][] = [[detection.line, detection.endLine]];
    if (partner === null) return { ...detection, severity, lines: own, partner };
    const other = chosen[partner]!.detection;
    return {
      ...detection,
      severity: severityOfPair(chosen[index]!, chosen[partner]!),
      confidence: Math.abs(other.line - detection.line) <= NEARBY_LINES ? "high" : "medium",
      evidence: [...detection.evidence, `it stands with its other half (line ${other.line})`],
      lines: [...own, [other.line, other.endLine]],
      partner,
    };
  });
}
