import type { AST } from "@eslint-community/regexpp";

const matchers = new Map<string, RegExp>();

/** Tells the characters that an element of one character matches. */
export function matcherOf({ raw }: AST.Element, flags: string): RegExp {
  const key = `${flags}/${raw}`;
  let matcher = matchers.get(key);
  if (matcher === undefined) {
    matcher = new RegExp(raw, flags);
    matchers.set(key, matcher);
  }
  return matcher;
}

/** The 256 characters as digits, 1 for those that the element matches. */
export function setOf(element: AST.Element, flags: string): string {
  const matcher = matcherOf(element, flags);
  let set = "";
  for (let code = 0; code < 256; code += 1) set += matcher.test(String.fromCharCode(code)) ? "1" : "0";
  return set;
}
