import type { Confidence, Kind } from "../rules/vocabulary.ts";

/** Folders whose files are made to show or to try something: a value there is seldom in use. */
const FOLDERS =
  /(?:^|\/)(?:(?:[\w-]*[-_])?tests?|testing|testdata|t|specs?|__tests__|__mocks__|__snapshots__|fixtures?|mocks?|stubs?|examples?|samples?|demos?|(?:[\w-]*[-_])?docs?|documentation|guides?|tutorials?|vendor|vendored|third[_-]?party|node_modules|bower_components|benchmarks?|e2e|cypress|cassettes)\//i;
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

function isIllustrative(path: string): boolean {
  // What is built or read when a program runs is in use, whatever the project is called.
  if (/\/src\/main\/|(?:^|\/)\.env(?:\.[\w.-]+)?$/.test(path)) return false;
  return FOLDERS.test(path) || FILES.test(path);
}
