import * as v from "valibot";
import { ConfigError, type SourcePlace } from "../errors.ts";
import { parseJsonish, parseYaml } from "./formats.ts";
import { placing } from "./placing.ts";
import { translateRe2 } from "./re2.ts";
import { Re2SyntaxError } from "./re2-syntax.ts";
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
  else if (rule.disabled) into.disable(like);
  if (rule.severity !== undefined && rule.severity !== "error")
    into.remark(
      placeOf([...path, "severity"]),
      `severity '${rule.severity}' of '${short}' is left out; see [severity]`,
    );
  rule.options?.allows.forEach((written, index) => {
    const place = placeOf([...path, "options", "allows", index]);
    const pattern = guarded(place, written, into, () => translateRe2(regexOf(written)).pattern);
    if (pattern === null) return;
    if (!whole && like.length === 0)
      into.remark(place, `no rule here is like '${short}'; what it allows is left out`);
    else
      into.addAllow(
        { reason: `allows in ${name}`, ...(whole ? {} : { rules: like }), values: [pattern] },
        () => place,
      );
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
      guarded(place, written, into, () =>
        addPattern(written, own.name ?? `Pattern ${index + 1}`, place, into),
      );
    }
  });
}

function addPattern(written: string, title: string, place: SourcePlace, into: Translation): void {
  const pattern = translateRe2(regexOf(written));
  into.addRule(
    {
      id: into.freshId(title),
      title,
      kind: "structured",
      severity: "high",
      ...placing(pattern, []),
      pattern: pattern.pattern,
      secret: 0,
      bounded: false,
      randomness: "none",
    },
    () => place,
  );
}

/** `/regex/flags`, or a text that is looked for as it is. */
function regexOf(written: string): string {
  const [, body, flags] = /^\/(.+)\/([a-z]*)$/s.exec(written) ?? [];
  if (body === undefined) return written.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const kept = (flags ?? "").replace(/[^ims]/g, "");
  return (kept === "" ? "" : `(?${kept})`) + body.replaceAll("\\/", "/");
}

function guarded<T>(place: SourcePlace, written: string, into: Translation, part: () => T): T | null {
  try {
    return part();
  } catch (error) {
    if (!(error instanceof Re2SyntaxError)) throw error;
    if (!into.tolerant) throw new ConfigError(place, `'${written}' cannot be read: ${error.message}`);
    into.remark(place, `'${written}' is left out: ${error.message}`);
    return null;
  }
}

/** Adds `.secretlintignore`, which is written as a `.gitignore`. */
export function addSecretlintIgnore(name: string, text: string, into: Translation): void {
  into.files.push(name);
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const place = { file: name, line: index + 1, column: 1 };
    const glob = line.replace(/\/$/, "").replace(/^\//, "");
    if (line.startsWith("!") || /^\**$/.test(glob)) {
      into.remark(place, `'${line}' is left out: an exception here names what is let be`);
      continue;
    }
    const from = line.replace(/\/$/, "").includes("/") ? glob : `**/${glob}`;
    into.addAllow({ reason: `line ${index + 1} of ${name}`, paths: [from, `${from}/**`] }, () => place);
  }
}
