/**
 * The words that a rule is written in, as plain values: what compares severities or bounds a window
 * in a hook's run must not load the schemas, and the library behind them, that only a configuration
 * or a rule file needs.
 */

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
 *     text    anywhere in a content, whether a keyword is near or not; all of it is searched
 *     after   behind the keyword, which is a provider's name: the pattern is the value alone, and
 *             what stands between the two must speak of a secret; see `engine/context.ts`
 */
export const ANCHORS = ["start", "cover", "near", "text", "after"] as const;
export type Anchor = (typeof ANCHORS)[number];

/**
 * What makes the engine try a rule.
 *
 *     keyword   one of its keywords, wherever it stands
 *     value     one of its keywords in front of a run of characters that looks generated: for words that
 *               are too frequent, or too many, to be looked for in all of a text
 */
export const TRIGGERS = ["keyword", "value"] as const;
export type Trigger = (typeof TRIGGERS)[number];

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
