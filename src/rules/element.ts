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
