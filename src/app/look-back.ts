import type { Repository } from "../git/repository.ts";
import { askGitNow } from "../git/stream.ts";
import type { Finding } from "../policy/finding.ts";

/** Values that are looked for: each is a search or two, and the first few tell what there is to know. */
const MOST = 5;

/**
 * Whether what is about to be committed is in the repository already: then taking it out of this commit is not
 * enough. Looks at HEAD and at the branch that it is pushed to; a search of all history would take too long here.
 *
 * @returns a sentence for each value that is there
 */
export function lookBack(repository: Repository, findings: readonly Finding[]): string[] {
  if (repository.head === null) return [];
  const upstream = askGitNow(repository.dir, ["rev-parse", "--symbolic-full-name", "@{upstream}"]);
  const remote = upstream.status === 0 ? upstream.stdout.toString("utf8").trim() : null;
  return findings.slice(0, MOST).flatMap(({ secret, place }) => {
    const value = secret.reveal();
    if (value.includes("\n")) return [];
    const here = fileWith(repository, "HEAD", value);
    const there = remote === null ? null : fileWith(repository, remote, value);
    if (here === null && there === null) return [];
    const name = remote?.replace(/^refs\/remotes\//, "");
    const known = `${place.path}:${place.line}: this value is in ${there === null ? `HEAD already (${here})` : `${name} already (${there})`}`;
    return [
      there === null
        ? `${known}, not pushed as far as this clone knows: rotate it, or take it out of those commits too`
        : `${known}: it was pushed, and must be rotated whatever becomes of this commit`,
    ];
  });
}

/** A file of a commit that holds the value. It goes to git on standard input: arguments are seen by everybody. */
function fileWith(repository: Repository, commit: string, value: string): string | null {
  const search = ["grep", "--fixed-strings", "--text", "--files-with-matches", "-z", "-f", "-", commit];
  const { status, stdout } = askGitNow(repository.dir, search, `${value}\n`);
  if (status !== 0) return null;
  const first = stdout.toString("utf8").split("\0")[0]!;
  return first.slice(first.indexOf(":") + 1);
}
