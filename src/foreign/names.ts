/** Configurations of other scanners that are read when there is none of ours; of betterleaks' and gitleaks' the first. */
export const FOREIGN_CONFIGS = [
  ".betterleaks.toml",
  ".gitleaks.toml",
  ".gitallowed",
  ".talismanrc",
  ".secretlintrc.json",
  ".secretlintrc",
  ".secretlintrc.yml",
  ".secretlintrc.yaml",
  ".secretlintrc.js",
  ".secretlintrc.cjs",
  ".secretlintrc.mjs",
  ".secretlintignore",
] as const;

/** Lists of known secrets that are read when there is no ignore file of ours. */
export const FOREIGN_LISTS = [".gitleaksignore", ".betterleaksignore", ".secrets.baseline"] as const;
