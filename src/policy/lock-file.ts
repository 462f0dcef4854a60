/** The file at the root of a repository that says by which rules it is scanned. */
export const LOCK_NAME = ".leakwarden.lock";

/** A secret that the locked rules found. */
export interface LockedFinding {
  readonly fingerprint: string;
  readonly ruleId: string;
  readonly path: string;
}

/** What was read of the file. */
export interface LockFile {
  /** As messages shall call it. */
  readonly name: string;
  readonly rulesDigest: string;
  /** The version of leakwarden that wrote it. */
  readonly version: string;
  /** What the rules found when they were locked. */
  readonly findings: readonly LockedFinding[];
}

const HEAD = `# Scans refuse other rules than these; 'leakwarden rules upgrade --dry-run' shows what others would find.
`;

/** Reads the text of a lock; null when it is none. */
export function parseLockFile(name: string, text: string): LockFile | null {
  let rulesDigest: string | null = null;
  let version = "";
  const findings: LockedFinding[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line === "" || line.startsWith("#")) continue;
    const [kind, first, ruleId, ...path] = line.split(" ");
    if (kind === "rules" && first !== undefined) rulesDigest = first;
    else if (kind === "version" && first !== undefined) version = first;
    else if (kind === "found" && first !== undefined && ruleId !== undefined)
      findings.push({ fingerprint: first, ruleId, path: path.join(" ") });
    else return null;
  }
  return rulesDigest === null ? null : { name, rulesDigest, version, findings };
}

export function formatLockFile({ rulesDigest, version, findings }: Omit<LockFile, "name">): string {
  const found = findings.map(
    ({ fingerprint, ruleId, path }) => `found ${fingerprint} ${ruleId} ${path.replace(/[\r\n]/g, "?")}\n`,
  );
  return `${HEAD}rules ${rulesDigest}\nversion ${version}\n${[...new Set(found)].sort().join("")}`;
}
