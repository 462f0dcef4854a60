/**
 * Variables that git gives its hooks, or a user gives git, to say which repository, index and
 * object store are meant. `git commit -a`, `-p` and `-- path` put the index to be committed into a
 * temporary file that only GIT_INDEX_FILE names; a receiving repository keeps new objects in a
 * quarantine that only the last three name.
 */
const LOCATION = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_PREFIX",
  "GIT_COMMON_DIR",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_QUARANTINE_PATH",
];

/** Settings of a repository's own configuration that could change what is seen or start a program. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ["safe.directory", "*"], // a foreign owner is no danger: nothing the repository names is run
  ["core.fsmonitor", "false"],
  ["core.untrackedCache", "false"],
  ["core.quotePath", "false"],
  ["core.excludesFile", "/dev/null"],
  ["core.attributesFile", "/dev/null"],
  ["core.commitGraph", "true"],
  // Git maps packs up to 8 GiB; what it has mapped counts as memory of the scan.
  ["core.packedGitWindowSize", "4m"],
  ["core.packedGitLimit", "64m"],
  ["diff.external", ""],
  ["diff.renames", "true"],
  ["diff.algorithm", "myers"],
  ["log.showSignature", "false"],
  ["color.ui", "false"],
  ["gc.auto", "0"],
  ["advice.graftFileDeprecated", "false"],
];

/**
 * The environment of every git process: the machine's and the user's configuration, replace refs
 * and grafts are out of the way, nothing asks, nothing is fetched (a partial clone would, for each
 * missing object), and no lock is taken.
 */
export function gitEnvironment(ambient: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(ambient)) {
    if (value === undefined) continue;
    const upper = name.toUpperCase();
    const guarded = /^(?:GIT_|SSH_|GPG)|^(?:EDITOR|PAGER|VISUAL|PREFIX|XDG_CONFIG_HOME)$/.test(upper);
    if (!guarded || LOCATION.includes(upper)) env[name] = value;
  }
  Object.assign(env, {
    LC_ALL: "C",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_GRAFT_FILE: "/dev/null",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: "none",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_CONFIG_COUNT: String(SETTINGS.length),
  });
  SETTINGS.forEach(([key, value], index) => {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  return env;
}
