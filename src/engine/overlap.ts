import type { Candidate } from "./types.ts";

const RANK = { structured: 2, contextual: 1, generic: 0 } as const;

/**
 * Of candidates whose secrets overlap, the most specific: kind first, then the longer secret, a
 * provider's name, the longer keyword, and the rule id, so that the answer does not depend on the order of hits.
 */
export function mostSpecific<T extends { readonly candidate: Candidate }>(items: readonly T[]): T[] {
  const ranked = [...items].sort((a, b) => compare(a.candidate, b.candidate));
  const kept: T[] = [];
  const taken: Candidate[] = [];
  for (const item of ranked) {
    const { secretStart, secretEnd } = item.candidate;
    if (taken.some((other) => secretStart < other.secretEnd && other.secretStart < secretEnd)) continue;
    kept.push(item);
    taken.push(item.candidate);
  }
  return kept.sort((a, b) => a.candidate.secretStart - b.candidate.secretStart);
}

function compare(a: Candidate, b: Candidate): number {
  return (
    RANK[b.rule.kind] - RANK[a.rule.kind] ||
    b.value.length - a.value.length ||
    Number(b.name !== null) - Number(a.name !== null) ||
    longestKeyword(b) - longestKeyword(a) ||
    (a.rule.id < b.rule.id ? -1 : a.rule.id > b.rule.id ? 1 : a.secretStart - b.secretStart)
  );
}

function longestKeyword(candidate: Candidate): number {
  return Math.max(0, ...candidate.rule.keywords.map((keyword) => keyword.length));
}
