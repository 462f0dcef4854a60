/**
 * Why something was not looked at. The first group makes a scan incomplete: it could have been
 * looked at and was not. The second is by design, listed so that nobody takes it for clean.
 */
export const GAP_REASONS = {
  "shallow-boundary": { incomplete: true, text: "history ends at a shallow clone's boundary" },
  "missing-object": { incomplete: true, text: "object is not in this repository" },
  "corrupt-object": { incomplete: true, text: "object cannot be read" },
  "unreadable-file": { incomplete: true, text: "file cannot be read" },
  "unmerged-path": { incomplete: true, text: "path has merge conflicts" },
  "size-limit": { incomplete: true, text: "larger than the configured limit" },
  "archive-limit": { incomplete: true, text: "archive holds too much, or too deep" },
  "archive-unreadable": { incomplete: true, text: "archive cannot be opened" },
  interrupted: { incomplete: true, text: "the scan was stopped before it was through" },
  "merge-result": {
    incomplete: true,
    text: "what merging would give (git 2.38 or newer and a common history are needed, and no GIT_DIR)",
  },
  "no-commit": { incomplete: true, text: "ref that names no commit" },
  "nothing-scanned": { incomplete: true, text: "there was nothing to scan" },
  submodule: { incomplete: false, text: "submodule: another repository, scan it there" },
  "lfs-pointer": { incomplete: false, text: "Git LFS pointer: the content is not in git" },
  symlink: { incomplete: false, text: "symbolic link: its target is scanned where it is" },
  archive: { incomplete: false, text: "archive: --archives looks into it" },
  "archive-encrypted": { incomplete: false, text: "encrypted in its archive" },
  "special-file": { incomplete: false, text: "not a regular file" },
} as const;

export type GapReason = keyof typeof GAP_REASONS;

export interface Gap {
  readonly reason: GapReason;
  readonly incomplete: boolean;
  readonly count: number;
  readonly examples: readonly string[];
}

/** Examples that are kept of each reason. */
const EXAMPLES = 5;

/** Collects what a run did not look at. */
export class CoverageLedger {
  private readonly entries = new Map<GapReason, { count: number; examples: string[] }>();

  add(reason: GapReason, example: string): void {
    const entry = this.entries.get(reason) ?? { count: 0, examples: [] };
    entry.count += 1;
    if (entry.examples.length < EXAMPLES) entry.examples.push(example);
    this.entries.set(reason, entry);
  }

  get gaps(): Gap[] {
    return [...this.entries].map(([reason, entry]) => ({
      reason,
      incomplete: GAP_REASONS[reason].incomplete,
      ...entry,
    }));
  }

  get complete(): boolean {
    return this.gaps.every((gap) => !gap.incomplete);
  }
}
