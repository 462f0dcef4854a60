import * as v from "valibot";
import { ANCHORS, CONFIDENCES, KINDS, MAX_SPAN, RANDOMNESS, SEVERITIES, TRIGGERS } from "./vocabulary.ts";

/**
 * A rule as somebody writes it in TOML. The same shapes serve the built-in files in `rules/` and
 * the `[[rule]]` and `[[file]]` tables of a repository's configuration; `compile.ts` turns them
 * into what the engine runs. `rules/README.md` is the author's guide to these fields.
 */

const Id = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, "an id is lower-case words joined by '-'"),
  v.maxLength(60),
);
const Text = v.pipe(v.string(), v.minLength(1));
const Count = v.pipe(v.number(), v.integer(), v.minValue(0));

export const RuleSchema = v.strictObject({
  id: Id,
  title: Text,
  description: v.optional(Text),
  kind: v.picklist(KINDS),
  severity: v.picklist(SEVERITIES),
  confidence: v.optional(v.picklist(CONFIDENCES)),
  keywords: v.optional(v.array(Text), []),
  keywords_ignore_case: v.optional(v.boolean(), false),
  ignore_case: v.optional(v.boolean(), false),
  pattern: Text,
  probe: v.optional(Text),
  secret: v.optional(Count),
  or_match: v.optional(v.boolean(), false),
  anchor: v.optional(v.picklist(ANCHORS), "start"),
  trigger: v.optional(v.picklist(TRIGGERS)),
  before: v.optional(v.pipe(Count, v.maxValue(MAX_SPAN)), 0),
  span: v.optional(v.pipe(Count, v.minValue(8), v.maxValue(MAX_SPAN)), 256),
  word_holds: v.optional(v.pipe(v.string(), v.regex(/^[!-~]$/, "one character"))),
  bounded: v.optional(v.boolean(), true),
  randomness: v.optional(v.picklist(RANDOMNESS)),
  checksum: v.optional(Text),
  allow: v.optional(v.array(Text), []),
  allow_match: v.optional(v.array(Text), []),
  allow_line: v.optional(v.array(Text), []),
  allow_words: v.optional(v.array(Text), []),
  skip_paths: v.optional(v.array(Text), []),
  path: v.optional(Text),
  with_words: v.optional(v.array(Text), []),
  min_entropy: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(8)), 0),
  requires: v.optional(
    v.array(v.strictObject({ rule: Id, lines: v.optional(Count), columns: v.optional(Count) })),
    [],
  ),
  silent: v.optional(v.boolean(), false),
  pair: v.optional(v.strictObject({ with: Id, within: v.pipe(Count, v.maxValue(MAX_SPAN)) })),
  needs_pair: v.optional(v.boolean(), false),
  companion: v.optional(
    v.strictObject({ name: Text, pattern: Text, within: v.optional(v.pipe(Count, v.maxValue(4096)), 600) }),
  ),
  same_secret_as: v.optional(Id),
  samples: v.optional(v.array(Text), []),
  non_samples: v.optional(v.array(Text), []),
  references: v.optional(v.array(v.pipe(v.string(), v.url())), []),
  remediation: v.optional(Text),
});
export type RuleSource = v.InferOutput<typeof RuleSchema>;

/** A credential file: a path that promises secrets, and what in its content confirms it. */
export const FileRuleSchema = v.strictObject({
  id: Id,
  title: Text,
  description: v.optional(Text),
  severity: v.picklist(SEVERITIES),
  names: v.optional(v.array(Text), []),
  path: v.optional(Text),
  not: v.optional(v.array(Text), []),
  confirm: v.optional(Text),
  secret: v.optional(Count),
  randomness: v.optional(v.picklist(RANDOMNESS)),
  magic: v.optional(v.pipe(v.array(v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2}|\?\?)+$/))), v.minLength(1))),
  samples: v.optional(v.array(Text), []),
  non_samples: v.optional(v.array(Text), []),
  references: v.optional(v.array(v.pipe(v.string(), v.url())), []),
  remediation: v.optional(Text),
});
export type FileRuleSource = v.InferOutput<typeof FileRuleSchema>;

/** A file of `rules/`: what its rules share, then the rules. */
export const RuleFileSchema = v.strictObject({
  provider: v.strictObject({
    name: Text,
    family: Id,
    description: v.optional(Text),
    remediation: Text,
    references: v.optional(v.array(v.pipe(v.string(), v.url())), []),
  }),
  rule: v.optional(v.array(RuleSchema), []),
  file: v.optional(v.array(FileRuleSchema), []),
});
export type RuleFileSource = v.InferOutput<typeof RuleFileSchema>;
