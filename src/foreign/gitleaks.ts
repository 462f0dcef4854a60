import { ConfigError, type SourcePlace } from "../errors.ts";
import { MAX_SPAN } from "../rules/vocabulary.ts";
import { type Gathered, gather, type PlacedAllowlist, type PlacedRule } from "./gitleaks-file.ts";
import { guarded, translated, WAY_OUT } from "./guard.ts";
import { ruleOf } from "./placing.ts";
import {
  type AllowInput,
  type ReadFile,
  type RuleInput,
  rulesLike,
  type Translation,
} from "./translation.ts";

/**
 * Adds what a configuration of gitleaks or betterleaks says.
 * @throws {ConfigError} what is wrong in it, unless the translation is tolerant
 */
export function addGitleaks(name: string, text: string, read: ReadFile, into: Translation): void {
  into.files.push(name);
  const all: Gathered = { rules: new Map(), allowlists: [], disabled: [], useDefault: false };
  gather(name, text, read, into, all, 0);
  const ids = into.renamed;
  for (const [id] of all.rules) ids.set(id, into.freshId(id));
  for (const rule of all.rules.values()) guarded(into, () => addRule(rule, ids, into));
  if (all.useDefault || ownIds(into).length === 0) {
    if (!all.useDefault) {
      into.remark(
        { file: name, line: 1, column: 1 },
        "it has no rules and does not say useDefault: the built-in ones run",
      );
    }
    for (const { id, place } of all.disabled) disableLike(id, place, into);
  } else {
    into.config.rules = { ...into.config.rules, only: ownIds(into) };
    into.remark(
      { file: name, line: 1, column: 1 },
      "it does not say useDefault: none of the built-in rules run",
    );
  }
  for (const placed of all.allowlists) {
    const targets = placed.list.targetRules.flatMap((id) => ids.get(id) ?? rulesLike(id, into.ours));
    if (placed.list.targetRules.length > 0 && targets.length === 0) {
      into.remark(
        placed.placeOf("targetRules"),
        "no rule here is like those that it names; it allows nothing",
      );
    } else {
      for (const id of placed.list.targetRules)
        if (!ids.has(id)) noteLike(id, placed.placeOf("targetRules"), into);
      guarded(into, () => addAllowlist(placed, targets.length === 0 ? null : targets, into));
    }
  }
}

function ownIds({ config }: Translation): string[] {
  return [...(config.rule ?? []), ...(config.file ?? [])].map(({ id }) => id);
}

function disableLike(id: string, place: SourcePlace, into: Translation): void {
  const like = rulesLike(id, into.ours);
  if (like.length === 1) {
    into.disable(like);
    if (like[0] !== id) into.remark(place, `disabledRules: '${id}' is taken for our '${like[0]}'`);
  } else {
    const which = like.length === 0 ? "there is none like it" : `like it are ${like.slice(0, 6).join(", ")}`;
    into.remark(place, `disabledRules: no rule here has the id '${id}' (${which}); it stays on`);
  }
}

/** Says which rules an id of theirs is taken for, when it is none of ours. */
function noteLike(id: string, place: SourcePlace, into: Translation): void {
  const like = rulesLike(id, into.ours);
  if (like.length > 0 && like.join() !== id)
    into.remark(
      place,
      `'${id}' is taken for ${like.length > 8 ? `${like.length} rules of ours` : like.join(", ")}`,
    );
}

function addRule(
  { table, placeOf, allowlists }: PlacedRule,
  ids: ReadonlyMap<string, string>,
  into: Translation,
): void {
  const id = ids.get(table.id)!;
  if (table.regex === undefined && table.path === undefined) {
    // What is said of a rule that is only in the default configuration.
    const like = rulesLike(table.id, into.ours);
    if (like.length === 0) {
      into.remark(
        placeOf("id"),
        `rule '${table.id}' has no regex and no path, and no rule here is like it; it is left out`,
      );
    }
    if (like.length > 0 && (table.entropy !== undefined || table.keywords.length > 0)) {
      into.remark(
        placeOf("id"),
        `of rule '${table.id}' only its allowlists are taken, for ${like.length} rules of ours`,
      );
    }
    if (like.length > 0 && allowlists.length > 0) noteLike(table.id, placeOf("id"), into);
    if (like.length > 0) for (const placed of allowlists) addAllowlist(placed, like, into);
    return;
  }
  const common = {
    id,
    title: (table.description ?? table.id).split(/(?<=\.)\s/)[0]!.replace(/\.$/, "") || table.id,
    severity: "high" as const,
  };
  const path =
    table.path === undefined
      ? null
      : translated(table.path, placeOf("path"), `the path of rule '${table.id}'`);
  if (table.regex === undefined) {
    into.addFileRule({ ...common, path: path!.pattern, confirm: "[\\x00-\\xff]+" }, placeOf);
    for (const placed of allowlists) addAllowlist(placed, [id], into);
    return;
  }
  const pattern = translated(table.regex, placeOf("pattern"), `rule '${table.id}'`);
  const group = table.secretGroup ?? 0;
  if (group > pattern.groups) {
    throw new ConfigError(
      placeOf("secretGroup"),
      `rule '${table.id}' has ${pattern.groups} groups, no group ${group}`,
      WAY_OUT,
    );
  }
  const rule: RuleInput = {
    ...ruleOf(id, common.title, pattern, group, table.keywords),
    ...(path === null ? {} : { path: path.pattern }),
    // No secret has more than eight bits a character.
    ...(table.entropy !== undefined && table.entropy > 0 ? { min_entropy: Math.min(8, table.entropy) } : {}),
    ...(table.skipReport ? { silent: true } : {}),
  };
  if (pattern.longest > MAX_SPAN && rule.anchor !== "text")
    into.remark(
      placeOf("pattern"),
      `what rule '${table.id}' finds may be longer than ${MAX_SPAN} bytes; longer than that it is not found`,
    );
  const requires = table.required.map(({ id: other, withinLines, withinColumns }) => {
    const ours = ids.get(other);
    if (ours === undefined)
      throw new ConfigError(
        placeOf("requires"),
        `rule '${table.id}' requires '${other}', which is no rule`,
        WAY_OUT,
      );
    return {
      rule: ours,
      ...(withinLines === undefined ? {} : { lines: withinLines }),
      ...(withinColumns === undefined ? {} : { columns: withinColumns }),
    };
  });
  if (requires.length > 0) rule.requires = requires;
  for (const placed of allowlists) addRuleAllowlist(placed, rule, into);
  into.addRule(rule, placeOf);
}

/** What of a rule's allowlist the content alone decides becomes the rule's own; the rest goes by place. */
function addRuleAllowlist(placed: PlacedAllowlist, rule: RuleInput, into: Translation): void {
  const { list } = placed;
  if (isAnd(placed)) {
    addAllowlist(placed, [rule.id], into);
    return;
  }
  const { regexes, words } = contentOf(placed);
  if (regexes.length > 0) {
    const key = ({ secret: "allow", match: "allow_match", line: "allow_line" } as const)[targetOf(placed)];
    rule[key] = [...(rule[key] ?? []), ...regexes];
  }
  if (words.length > 0) rule.allow_words = [...(rule.allow_words ?? []), ...words];
  if (list.paths.length + list.commits.length > 0) {
    addAllowlist({ ...placed, list: { ...list, regexes: [], stopwords: [] } }, [rule.id], into);
  }
}

function isAnd({ list: { condition }, placeOf }: PlacedAllowlist): boolean {
  const word = condition.toLowerCase();
  if (word === "and" || word === "&&") return true;
  if (word === "or" || word === "||" || word === "") return false;
  throw new ConfigError(
    placeOf("condition"),
    `an allowlist's condition is 'and' or 'or', not '${condition}'`,
  );
}

function targetOf({ list: { regexTarget }, placeOf }: PlacedAllowlist): "secret" | "match" | "line" {
  if (regexTarget === "") return "secret";
  if (regexTarget === "secret" || regexTarget === "match" || regexTarget === "line") return regexTarget;
  throw new ConfigError(
    placeOf("regexTarget"),
    `an allowlist's regexTarget is 'secret', 'match' or 'line', not '${regexTarget}'`,
    WAY_OUT,
  );
}

function contentOf({ list, placeOf }: PlacedAllowlist): { regexes: string[]; words: string[] } {
  return {
    regexes: list.regexes.map(
      (text, index) => translated(text, placeOf("regexes", index), "an allowlist's regex").pattern,
    ),
    words: list.stopwords.filter((word) => word !== ""),
  };
}

/** An allowlist as exceptions: one with all its conditions, or one for each. */
function addAllowlist(placed: PlacedAllowlist, rules: readonly string[] | null, into: Translation): void {
  const { list, placeOf } = placed;
  const { regexes, words } = contentOf(placed);
  const target = ({ secret: "values", match: "matches", line: "lines" } as const)[targetOf(placed)];
  const paths = list.paths.map(
    (text, index) => translated(text, placeOf("paths", index), "an allowlist's path").pattern,
  );
  const commits = list.commits.filter((id, index) => {
    const full = /^\s*[0-9a-f]{40}(?:[0-9a-f]{24})?\s*$/i.test(id);
    if (!full)
      into.remark(placeOf("commits", index), `'${id}' is no full commit id, and is not taken for one`);
    return full;
  });
  const conditions: Omit<AllowInput, "reason">[] = [
    ...(paths.length > 0 ? [{ path_patterns: paths }] : []),
    ...(commits.length > 0 ? [{ commits: commits.map((id) => id.trim()) }] : []),
    ...(regexes.length > 0 ? [{ [target]: regexes }] : []),
    ...(words.length > 0 ? [{ words }] : []),
  ];
  const reason = list.description.replace(/\s+/g, " ").trim() || `allowlist in ${placeOf("").file}`;
  const head = { reason, ...(rules === null ? {} : { rules: [...rules] }) };
  const keys: Readonly<Record<string, string>> = {
    path_patterns: "paths",
    [target]: "regexes",
    words: "stopwords",
  };
  const place = (key: string, index?: number) => placeOf(keys[key] ?? key, index);
  const lost =
    (list.commits.length > 0 && commits.length === 0) || (list.stopwords.length > 0 && words.length === 0);
  if (isAnd(placed) && lost) {
    into.remark(
      placeOf("condition"),
      "a condition of this allowlist cannot be met, and so it allows nothing",
    );
  } else if (conditions.length === 0) {
    if (list.commits.length === 0) into.remark(placeOf(""), "an allowlist without a condition is left out");
  } else if (isAnd(placed)) {
    into.addAllow(Object.assign({}, head, ...conditions) as AllowInput, place);
  } else {
    for (const condition of conditions) into.addAllow({ ...head, ...condition }, place);
  }
}
