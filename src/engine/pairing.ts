import type { Candidate } from "./types.ts";

/**
 * Finds for each half the nearest other half, by bytes between the two secrets, within the
 * distance that the pairing rule allows. Nearest pairs are made first and each half is used once,
 * so two keys below each other pair with their own secrets.
 *
 * @returns for each index its partner's index
 */
export function pairHalves(candidates: readonly Candidate[]): Map<number, number> {
  const edges: { a: number; b: number; distance: number }[] = [];
  candidates.forEach((half, a) => {
    const { pair } = half.rule;
    if (pair === null) return;
    candidates.forEach((other, b) => {
      if (other.rule.id !== pair.with) return;
      const distance = Math.max(half.secretStart - other.secretEnd, other.secretStart - half.secretEnd, 0);
      if (distance <= pair.within) edges.push({ a, b, distance });
    });
  });
  edges.sort((x, y) => x.distance - y.distance || x.a - y.a || x.b - y.b);
  const partners = new Map<number, number>();
  for (const { a, b } of edges) {
    if (partners.has(a) || partners.has(b)) continue;
    partners.set(a, b);
    partners.set(b, a);
  }
  return partners;
}
