import type { Confidence, Kind } from "../rules/vocabulary.ts";

/** Folders whose files are made to show or to try something: a value there is seldom in use. */
const FOLDERS =
  /(?:^|\/)(?:[\w-]*tests?|testing|testdata|t|specs?|__tests__|__mocks__|__snapshots__|fixtures?|mocks?|stubs?|examples?|samples?|demos?|[\w-]*docs?|documentation|guides?|tutorials?|vendor|vendored|third[_-]?party|node_modules|bower_components|benchmarks?|e2e|cypress|cassettes)\//i;
const FILES =
  /(?:^|\/)(?:test_[^/]*|conftest\.py|[^/]*(?:_test|_spec|\.test|\.spec|\.stories|-test|-spec)\.\w+|[^/]*(?:Tests?|Spec|IT)\.(?:java|kt|cs|scala|groovy|swift|php))$/;

/**
 * How sure a finding is at a path. What only a name and randomness speak for is one step less sure in tests, fixtures,
 * examples, documentation and other people's code; a value whose format proves it is what it is anywhere.
 */
export function confidenceAt(path: string, kind: Kind, confidence: Confidence): Confidence {
  if (kind === "structured" || !isIllustrative(path)) return confidence;
  return confidence === "high" ? "medium" : "low";
}

export function isIllustrative(path: string): boolean {
  return FOLDERS.test(path) || FILES.test(path);
}
