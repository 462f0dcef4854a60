import builtinRules from "virtual:builtin-rules";
import type { RulePack } from "./compiled.ts";
import { decodePack } from "./pack.ts";

let pack: RulePack | undefined;

/**
 * The rules of `rules/*.toml`. They are compiled when the program is built and travel in it as
 * one JSON text: parsing that takes a millisecond, compiling TOML and patterns takes a hundred.
 */
export function builtinPack(): RulePack {
  pack ??= decodePack(builtinRules);
  return pack;
}
