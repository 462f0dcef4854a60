import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { UsageError } from "../../errors.ts";
import { openRepository, type Repository } from "../../git/repository.ts";
import { commitsNamed, tipsOfRemote } from "../../git/revisions.ts";
import { addFlags, parseCount, REPO_FLAG, SCAN_FLAGS } from "../flags.ts";
import { readStandardInput } from "../input.ts";
import type { Io } from "../io.ts";
import type { Finish } from "../main.ts";
import { runScan, type ScanFlags, settingsAt, settingsIn } from "../scan.ts";

interface PushFlags extends ScanFlags {
  readonly repo?: string;
}

/** Seconds after which a server gives up: whoever pushes is waiting. */
const TIME_LIMIT = 30;

/** `pre-push` and `pre-receive`, which the hooks of these names run. */
export function addPushCommands(program: Command, io: Io, finish: Finish): void {
  const prePush = program
    .command("pre-push")
    .argument("[remote]", "name of the remote, as git gives it to the hook", "origin")
    .argument("[url]", "its address, as git gives it to the hook")
    .description(
      "scan the commits that a push would bring (the pre-push hook runs this, with git's lines on standard input)",
    );
  addFlags(prePush, [REPO_FLAG, ...SCAN_FLAGS]).action(
    async (remote: string, _url: string | undefined, flags: PushFlags) => {
      const repository = await openRepository(resolve(io.cwd, flags.repo ?? "."));
      // <local ref> SP <local id> SP <remote ref> SP <remote id>
      const lines = await refLines(io, 4, [1, 3]);
      const { scanRange } = await import("../../app/scan-range.ts");
      const { commits, others } = tipsOf(
        repository,
        lines.map(([, local]) => local!),
      );
      const there = tipsOf(
        repository,
        lines.map(([, , , id]) => id!),
      ).commits;
      const known = [...new Set([...tipsOfRemote(repository, remote), ...there])];
      const range = { base: null, heads: commits, known };
      const options = { ...PUSH, target: `a push to ${remote}`, trusted: true, unread: others };
      finish(
        await runScan(io, flags, settingsIn(repository.dir), (scan) =>
          scanRange(repository, range, { ...scan, ...options }),
        ),
      );
    },
  );

  const preReceive = program
    .command("pre-receive")
    .description(
      "scan the commits that a push brings to this server (the pre-receive hook runs this, with git's lines on standard input)",
    );
  addFlags(preReceive, [
    REPO_FLAG,
    new Option("--time-limit <seconds>", "refuse the push when the scan takes longer")
      .default(TIME_LIMIT)
      .argParser(parseCount),
    ...SCAN_FLAGS,
  ]).action(async (flags: PushFlags & { timeLimit: number }) => {
    const repository = await openRepository(resolve(io.cwd, flags.repo ?? "."));
    const limit = AbortSignal.timeout(1000 * flags.timeLimit);
    // <old id> SP <new id> SP <ref>
    const lines = await refLines(io, 3, [0, 1]);
    const { scanRange } = await import("../../app/scan-range.ts");
    const { commits, others } = tipsOf(
      repository,
      lines.map(([, id]) => id!),
    );
    const range = { base: repository.head, heads: commits, known: "all" as const };
    const options = { ...PUSH, target: "a push", trusted: false, unread: others };
    finish(
      await runScan(
        io,
        flags,
        (named) => settingsAt(repository, repository.head, named),
        (scan) => {
          const signal = scan.signal === undefined ? limit : AbortSignal.any([scan.signal, limit]);
          return scanRange(repository, range, { ...scan, ...options, signal });
        },
      ),
    );
  });
}

/** What the scans of pushes have in common: what merging would give is nobody's question yet. */
const PUSH = { mayBeEmpty: true, whole: true, warnings: [], merges: false } as const;

/**
 * The fields of the lines that git gives a hook; none when nothing is pushed.
 * @throws {UsageError} when they are not git's: then it would be a scan of nothing
 */
async function refLines(io: Io, fields: number, ids: readonly number[]): Promise<string[][]> {
  const text = (await readStandardInput(io)).toString("utf8");
  const lines = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(" "));
  const wrong = lines.find(
    (line) => line.length !== fields || ids.some((at) => !/^[0-9a-f]{40,64}$/.test(line[at]!)),
  );
  if (wrong === undefined) return lines;
  throw new UsageError(
    `'${wrong.join(" ").slice(0, 200)}' is no line that git gives to this hook`,
    "let git run it: 'leakwarden init --pre-push', or '--pre-receive' on a server",
  );
}

/** The commits that refs come to stand for, and what they stand for beside; zeros are refs that go. */
function tipsOf(repository: Repository, ids: readonly string[]): { commits: string[]; others: string[] } {
  const given = [...new Set(ids)].filter((id) => !/^0+$/.test(id));
  const commits = commitsNamed(repository, given);
  return {
    commits: [...new Set(commits.filter((id) => id !== null))],
    others: given.filter((_, i) => commits[i] === null),
  };
}
