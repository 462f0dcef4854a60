import { expect, test } from "vitest";
import { literalPlace } from "../../src/rules/literal-place.ts";

const place = (source: string, keyword: string, bounded = true) =>
  literalPlace({ source, flags: "" }, "start", bounded, keyword);

test.each([
  ["ghp_[A-Za-z0-9]{36}", "ghp_", "in-run"],
  ["(?:ab|cd)x_[a-f0-9]{12}", "abx_", "in-run"],
  ["(?:ab|cd)x_[a-f0-9]{11}", "abx_", "anywhere"],
  ["a-(?:[0-9]{4}-){2}[a-z]{5}", "a-", "in-run"],
  // The run may end early: at the dot, the slash, or because the part is optional.
  ["key[a-z]{5}\\.[a-z]{40}", "key", "anywhere"],
  ["key[A-Za-z0-9/+]{40}", "key", "anywhere"],
  ["key(?:[a-z]{20})?", "key", "anywhere"],
  ["key(?:[a-z]{20}|=)", "key", "anywhere"],
  ["SG\\.[\\w-]{22}\\.[\\w-]{43}", "SG.", "before-run"],
  ["v1\\.0-[a-f0-9]{24}", "v1.0-", "before-run"],
  ["a\\.[a-f0-9]{24}", "a.", "anywhere"],
  ["(?:one\\.[a-z]{9}|two\\.[a-z]{30})", "two.", "before-run"],
  ["(?:one\\.[a-z]{9}|two\\.[a-z]{30})", "one.", "anywhere"],
])("where %s begins with %s", (source, keyword, expected) => {
  expect(place(source, keyword)).toBe(expected);
});

test("what may begin within a word, is not anchored, or ignores case, may stand anywhere", () => {
  const pattern = { source: "ghp_[A-Za-z0-9]{36}", flags: "" };
  expect(place(pattern.source, "ghp_", false)).toBe("anywhere");
  expect(literalPlace(pattern, "near", true, "ghp_")).toBe("anywhere");
  expect(literalPlace({ ...pattern, flags: "i" }, "start", true, "ghp_")).toBe("anywhere");
});
