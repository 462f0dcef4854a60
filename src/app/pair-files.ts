import { dirname } from "node:path/posix";
import type { Place } from "./collect.ts";

/** A secret that has no other half in its own file. */
export interface LoneHalf<T> {
  readonly ruleId: string;
  /** The rule of its other half; null for what is only ever the other half itself. */
  readonly pairWith: string | null;
  readonly place: Place;
  readonly group: T;
}

/**
 * Pairs halves across files: an ID in one and its secret in another, brought in by one commit, staged together,
 * or in one folder. Only what leaves no choice is paired: one of each there, or else one of each in a folder.
 */
export function pairAcrossFiles<T>(halves: readonly LoneHalf<T>[]): [LoneHalf<T>, LoneHalf<T>][] {
  const pairs: [LoneHalf<T>, LoneHalf<T>][] = [];
  const used = new Set<LoneHalf<T>>();
  const scopes = [
    ({ place }: LoneHalf<T>) => place.commit ?? (place.state === "staged" ? "staged" : null),
    ({ place }: LoneHalf<T>) => `${place.commit ?? place.state} ${dirname(place.path)}`,
  ];
  for (const scopeOf of scopes) {
    const scopes = new Map<string, LoneHalf<T>[]>();
    for (const half of halves) {
      const scope = scopeOf(half);
      if (scope !== null && !used.has(half)) scopes.set(scope, [...(scopes.get(scope) ?? []), half]);
    }
    for (const together of scopes.values()) {
      const wanted = new Set(together.flatMap(({ pairWith }) => pairWith ?? []));
      for (const ruleId of wanted) {
        const secrets = together.filter(({ pairWith }) => pairWith === ruleId);
        const ids = together.filter((half) => half.ruleId === ruleId);
        if (secrets.length !== 1 || ids.length !== 1) continue;
        pairs.push([secrets[0]!, ids[0]!]);
        used.add(secrets[0]!).add(ids[0]!);
      }
    }
  }
  return pairs;
}
