import * as v from "valibot";
import { FileRuleSchema, RuleSchema } from "../rules/source.ts";
import { CONFIDENCES, SEVERITIES } from "../rules/vocabulary.ts";

const Text = v.pipe(v.string(), v.minLength(1));

/**
 * `.leakwarden.toml`. Every key is optional; an empty file means the defaults. Unknown keys are
 * errors. The README's reference is written from this schema.
 */
export const ConfigSchema = v.strictObject({
  /** Which rules run: all built-in ones but these, or only these. */
  rules: v.optional(
    v.strictObject({
      disable: v.optional(v.array(Text), []),
      only: v.optional(v.array(Text)),
    }),
    {},
  ),
  /** Severity by rule id. */
  severity: v.optional(v.record(v.string(), v.picklist(SEVERITIES)), {}),
  /** From where on a finding fails the run. */
  fail: v.optional(
    v.strictObject({
      severity: v.optional(v.picklist(SEVERITIES)),
      confidence: v.optional(v.picklist(CONFIDENCES)),
    }),
    {},
  ),
  /** Exceptions: all conditions of one entry must hold. */
  allow: v.optional(
    v.array(
      v.strictObject({
        reason: Text,
        rules: v.optional(v.pipe(v.array(Text), v.minLength(1))),
        paths: v.optional(v.pipe(v.array(Text), v.minLength(1))),
        /** Patterns, like `values` for the secret: for the path, for all that the rule matched, for the line. */
        path_patterns: v.optional(v.pipe(v.array(Text), v.minLength(1))),
        values: v.optional(v.pipe(v.array(Text), v.minLength(1))),
        matches: v.optional(v.pipe(v.array(Text), v.minLength(1))),
        lines: v.optional(v.pipe(v.array(Text), v.minLength(1))),
        /** In any case, in the secret. */
        words: v.optional(v.pipe(v.array(Text), v.minLength(1))),
        /** Full ids. */
        commits: v.optional(
          v.pipe(v.array(v.pipe(v.string(), v.regex(/^[0-9a-fA-F]{40,64}$/))), v.minLength(1)),
        ),
      }),
    ),
    [],
  ),
  /** Whether archives are opened, as with --archives. */
  archives: v.optional(v.boolean(), false),
  /** Whether remarks of other scanners (`gitleaks:allow` and the like) count. */
  foreign_allows: v.optional(v.boolean(), true),
  /** Whether the hook asks a quick script first whether a change can hold a secret. */
  gate: v.optional(v.boolean(), true),
  limits: v.optional(
    v.strictObject({
      /** Longer files and blobs are not scanned and are listed as a gap; 0: no limit. */
      max_file_bytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
    }),
    {},
  ),
  /** Own rules, as in the built-in rule files. */
  rule: v.optional(v.array(RuleSchema), []),
  file: v.optional(v.array(FileRuleSchema), []),
  fingerprint: v.optional(
    v.strictObject({
      /** Replaces the root commit as the key of this repository's fingerprints. */
      salt: v.optional(Text),
    }),
    {},
  ),
});
export type ConfigSource = v.InferOutput<typeof ConfigSchema>;
