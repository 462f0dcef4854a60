import { guarded, translated } from "./guard.ts";
import type { AllowInput, Translation } from "./translation.ts";

/** What looks like a path in front of a `:`, and the line's number behind it. */
const PLACED =
  /^\^?((?:[\w./*\\+-]|\[[^\]]*\])*[./](?:[\w./*\\+-]|\[[^\]]*\])*):(?:(?:\d+|\.[*+]|\[0-9\][*+]|\\d[*+]):)?(.*)$/;

/**
 * Adds `.gitallowed` of git-secrets: each line is an extended regular expression for lines that are allowed, as grep
 * prints them, `path:number:text`.
 *
 * @throws {ConfigError} unless the translation is tolerant
 */
export function addGitAllowed(name: string, text: string, into: Translation): void {
  into.files.push(name);
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const place = { file: name, line: index + 1, column: 1 };
    guarded(into, () => {
      const [, path, rest] = PLACED.exec(line) ?? [undefined, undefined, line];
      const allow: AllowInput = { reason: `line ${index + 1} of ${name}` };
      if (path !== undefined) allow.path_patterns = [translated(`^${path}$`, place, `'${line}'`).pattern];
      if (rest !== undefined && !/^(?:\.\*)?\$?$/.test(rest))
        allow.lines = [translated(rest, place, `'${line}'`).pattern];
      if (allow.path_patterns === undefined && allow.lines === undefined)
        into.remark(place, `'${line}' would allow every line, and is left out`);
      else into.addAllow(allow, () => place);
    });
  }
}
