import { expect, test } from "vitest";
import { isRandom, measureRandomness } from "../../src/engine/randomness.ts";
import { expandTemplate, seededRandom } from "../../src/rules/samples.ts";

const random = (value: string) => isRandom(measureRandomness(value), value.length);

test.each([
  "{hex:32}",
  "{hex:40}",
  "{base62:20}",
  "{base62:32}",
  "{base64:40}",
  "{base32:16}",
  "{lower36:26}",
  "{uuid}",
])("of a thousand %s at most ten are taken for names", (template) => {
  const draw = seededRandom(7);
  const missed = Array.from({ length: 1000 }, () => expandTemplate(template, draw).text).filter(
    (text) => !random(text),
  );
  expect(missed.length).toBeLessThanOrEqual(10);
});

test.each([
  "getUserAccountSettingsController",
  "org.apache.commons.lang3.StringUtils",
  "application/vnd.github.v3+json",
  "my-production-database-cluster",
  "MAX_NUMBER_OF_CONNECTIONS",
  "aaaaaaaaaaaaaaaaaaaaaaaa",
  "src/components/header/index.ts",
  "csrfmiddlewaretoken",
])("'%s' is no token", (value) => {
  expect(random(value)).toBe(false);
});
