import type { Candidate } from "./types.ts";
import type { TextWindow } from "./window.ts";

/**
 * Where what belongs with a secret stands: the client ID beside a client secret, the account beside its token.
 * Of several the nearest, outside the match. It is no secret, so it is no finding of its own.
 *
 * @returns offset in the content; null when there is none in reach
 */
export function companionOf(candidate: Candidate, window: TextWindow): number | null {
  const { companion } = candidate.rule;
  const pattern = candidate.ready.companion;
  if (companion === null || pattern === null) return null;
  const from = Math.max(0, candidate.secretStart - window.base - companion.within);
  const text = window.slice(from, candidate.secretEnd - window.base + companion.within);
  const secretStart = candidate.secretStart - window.base - from;
  const secretEnd = candidate.secretEnd - window.base - from;
  let best: number | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const match of text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    const distance = end <= secretStart ? secretStart - end : match.index - secretEnd;
    if (distance < 0 || distance >= least) continue;
    least = distance;
    best = window.base + from + match.index;
  }
  return best;
}
