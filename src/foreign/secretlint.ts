import picomatch from "picomatch";
import * as v from "valibot";
import type { SourcePlace } from "../errors.ts";
import { parseJsonish, parseYaml } from "./formats.ts";
import { guarded, translated } from "./guard.ts";
import { ruleOf } from "./placing.ts";
import { rulesLike, type Translation } from "./translation.ts";

/*
 * `.secretlintrc.json`:
 *
 *     {"rules": [{"id": "@secretlint/secretlint-rule-preset-recommend", "disabled": false,
 *                 "options": {"allows": ["/regex/i", "text"]}, "allowMessageIds": ["AWSAccountID"],
 *                 "rules": [the same, for the rules of the preset]}]}
 */
const Rule = {
  id: v.pipe(v.string(), v.minLength(1)),
  disabled: v.optional(v.boolean(), false),
  severity: v.optional(v.string()),
  options: v.optional(
    v.looseObject({
      allows: v.optional(v.array(v.string()), []),
      patterns: v.optional(v.array(v.looseObject({ name: v.optional(v.string()) })), []),
    }),
  ),
  allowMessageIds: v.optional(v.array(v.string()), []),
};
const Schema = v.looseObject({
  rules: v.optional(
    v.array(v.looseObject({ ...Rule, rules: v.optional(v.array(v.looseObject(Rule)), []) })),
    [],
  ),
});
type RuleTable = v.InferOutput<typeof Schema>["rules"][number]["rules"][number];

/** Messages of secretlint by our rules. */
const MESSAGES: Readonly<Record<string, string>> = {
  AWSAccessKeyID: "aws-access-key-id",
  AWSSecretAccessKey: "aws-secret-access-key",
};

/** @throws {ConfigError} unless the translation is tolerant */
export function addSecretlint(name: string, text: string, into: Translation): void {
  into.files.push(name);
  const document = parseYaml(name, text);
  const file = parseJsonish(document, Schema);
  file.rules.forEach((rule, row) => {
    addOne(rule, ["rules", row], (path) => document.placeOf(path), name, into);
    rule.rules.forEach((inner, index) => {
      addOne(inner, ["rules", row, "rules", index], (path) => document.placeOf(path), name, into);
    });
  });
}

function addOne(
  rule: RuleTable,
  path: (string | number)[],
  placeOf: (path: (string | number)[]) => SourcePlace,
  name: string,
  into: Translation,
): void {
  const whole = /preset/.test(rule.id);
  const like = whole ? [] : rulesLike(rule.id, into.ours);
  const short = rule.id.replace(/^@secretlint\/secretlint-rule-/, "");
  if (rule.disabled && whole)
    into.remark(placeOf([...path, "disabled"]), `the preset '${short}' is off there; our rules stay on`);
  else if (rule.disabled && like.length === 0 && !/filter-comments|pattern/.test(rule.id))
    into.remark(placeOf([...path, "disabled"]), `'${short}' is off there, and no rule here is like it`);
  else if (rule.disabled) {
    into.disable(like);
    if (like.length > 1)
      into.remark(placeOf([...path, "disabled"]), `'${short}' is taken for our ${like.join(", ")}`);
  }
  if (rule.severity !== undefined && rule.severity !== "error")
    into.remark(
      placeOf([...path, "severity"]),
      `severity '${rule.severity}' of '${short}' is left out; see [severity]`,
    );
  rule.options?.allows.forEach((written, index) => {
    const place = placeOf([...path, "options", "allows", index]);
    if (!whole && like.length === 0)
      into.remark(place, `no rule here is like '${short}'; what it allows is left out`);
    else {
      guarded(into, () => {
        const { pattern } = translated(regexOf(written), place, `'${written}'`);
        const reason = `allows in ${name}`;
        into.addAllow({ reason, ...(whole ? {} : { rules: like }), values: [pattern] }, () => place);
      });
    }
  });
  rule.allowMessageIds.forEach((id, index) => {
    const ours = MESSAGES[id];
    if (ours !== undefined && into.ours.some((known) => known.id === ours)) into.disable([ours]);
    else
      into.remark(placeOf([...path, "allowMessageIds", index]), `no rule here is like the message '${id}'`);
  });
  rule.options?.patterns.forEach((own, index) => {
    const place = placeOf([...path, "options", "patterns", index]);
    for (const written of [own.pattern, own.patterns].flat()) {
      if (typeof written !== "string") continue;
      guarded(into, () => {
        const title = own.name ?? `Pattern ${index + 1}`;
        const pattern = translated(regexOf(written), place, `'${written}'`);
        into.addRule({ ...ruleOf(into.freshId(title), title, pattern), secret: 0 }, () => place);
      });
    }
  });
}

/** `/regex/flags`, or a text that is looked for as it is. */
function regexOf(written: string): string {
  const [, body, flags] = /^\/(.+)\/([a-z]*)$/s.exec(written) ?? [];
  if (body === undefined) return written.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const kept = (flags ?? "").replace(/[^ims]/g, "");
  return (kept === "" ? "" : `(?${kept})`) + body.replaceAll("\\/", "/");
}

/** Adds `.secretlintignore`, which is written as a `.gitignore`. */
export function addSecretlintIgnore(name: string, text: string, into: Translation): void {
  into.files.push(name);
  const lines = text.split(/\r?\n/).map((line, index) => ({ line: line.trim(), index }));
  const exceptions = lines.filter(({ line }) => line.startsWith("!"));
  for (const { line, index } of lines) {
    if (line === "" || line.startsWith("#") || line.startsWith("!")) continue;
    const place = { file: name, line: index + 1, column: 1 };
    const globs = globsOf(line);
    // What a later line takes out again would be let be with the rest.
    const taken = exceptions.find(
      ({ line: other, index: at }) => at > index && mayMeet(globs, other.slice(1)),
    );
    if (/^[/*]*$/.test(line)) into.remark(place, `'${line}' would let every file be, and is left out`);
    else if (taken !== undefined)
      into.remark(place, `'${line}' is left out: line ${taken.index + 1} takes some of it out again`);
    else into.addAllow({ reason: `line ${index + 1} of ${name}`, paths: globs }, () => place);
  }
}

function globsOf(line: string): string[] {
  const glob = line.replace(/\/$/, "").replace(/^\//, "");
  const from = line.replace(/\/$/, "").includes("/") ? glob : `**/${glob}`;
  return [from, `${from}/**`];
}

/** Whether an exception may take out some of what the globs match. What is in a folder that is let be it cannot. */
function mayMeet(globs: readonly string[], exception: string): boolean {
  const path = exception.replace(/^\//, "");
  if (/[*?[\]{}]|\/$/.test(path)) return true;
  const [glob] = globs;
  const anywhere = path.includes("/") ? [] : [`**/${glob!.slice(glob!.lastIndexOf("/") + 1)}`];
  return picomatch([...globs, ...anywhere], { dot: true })(path);
}
