import * as v from "valibot";

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

export const SEVERITIES = ["low", "medium", "high", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];
export const CONFIDENCES = ["low", "medium", "high"] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** How sure a match of the rule is by itself, and so what else it must pass. */
export const KINDS = ["structured", "contextual", "generic"] as const;
export type Kind = (typeof KINDS)[number];

/**
 * Where in the window of a keyword hit the pattern is tried.
 *
 *     start   at the keyword: every match begins with it (the cheap and usual case)
 *     cover   from `before` bytes ahead of the keyword; the match must hold the keyword
 *     near    anywhere from `before` ahead of it to `span` behind it
 *     after   behind the keyword, which is a provider's name: the pattern is the value alone, and
 *             what stands between the two must speak of a secret; see `engine/context.ts`
 */
export const ANCHORS = ["start", "cover", "near", "after"] as const;
export type Anchor = (typeof ANCHORS)[number];

/**
 * Which test of randomness the secret must pass; see `engine/randomness.ts`.
 *
 *     none      the format itself proves it
 *     loose     not a placeholder, a sequence or a repetition
 *     token     as random as a generated token of its length and alphabet
 *     password  as a person may choose one: not a word, a reference or an identifier
 */
export const RANDOMNESS = ["none", "loose", "token", "password"] as const;
export type Randomness = (typeof RANDOMNESS)[number];

/** The span of no rule is longer: it bounds every window, and so memory and time. */
export const MAX_SPAN = 16_384;

export const RuleSchema = v.strictObject({
  id: Id,
  title: Text,
  description: v.optional(Text),
  kind: v.picklist(KINDS),
  severity: v.picklist(SEVERITIES),
  confidence: v.optional(v.picklist(CONFIDENCES)),
  keywords: v.pipe(v.array(Text), v.minLength(1)),
  ignore_case: v.optional(v.boolean(), false),
  pattern: Text,
  secret: v.optional(Count),
  anchor: v.optional(v.picklist(ANCHORS), "start"),
  before: v.optional(v.pipe(Count, v.maxValue(MAX_SPAN)), 0),
  span: v.optional(v.pipe(Count, v.minValue(8), v.maxValue(MAX_SPAN)), 256),
  word_holds: v.optional(v.pipe(v.string(), v.regex(/^[!-~]$/, "one character"))),
  bounded: v.optional(v.boolean(), true),
  randomness: v.optional(v.picklist(RANDOMNESS)),
  checksum: v.optional(Text),
  allow: v.optional(v.array(Text), []),
  allow_match: v.optional(v.array(Text), []),
  skip_paths: v.optional(v.array(Text), []),
  pair: v.optional(v.strictObject({ with: Id, within: v.pipe(Count, v.maxValue(MAX_SPAN)) })),
  needs_pair: v.optional(v.boolean(), false),
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
  names: v.pipe(v.array(Text), v.minLength(1)),
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
