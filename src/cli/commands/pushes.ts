import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { openRepository, type Repository } from "../../git/repository.ts";
import { commitNamed } from "../../git/revisions.ts";
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
      const lines = await refLines(io);
      const heads = lines.map(([, local]) => local!);
      const there = lines.flatMap(([, , , id]) =>
        isId(id) && commitNamed(repository, id!) !== null ? [id!] : [],
      );
      const { scanRange } = await import("../../app/scan-range.ts");
      const { commits, warnings } = tipsOf(repository, heads);
      const range = { base: null, heads: commits, known: [`--remotes=${remote}`, ...there] };
      const options = {
        target: `a push to ${remote}`,
        trusted: true,
        mayBeEmpty: true,
        whole: true,
        warnings,
      };
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
    // <old id> SP <new id> SP <ref>
    const heads = (await refLines(io)).map(([, id]) => id!);
    const { scanRange } = await import("../../app/scan-range.ts");
    const { commits, warnings } = tipsOf(repository, heads);
    const range = { base: repository.head, heads: commits, known: ["--all"] };
    const options = {
      target: "a push",
      trusted: false,
      mayBeEmpty: true,
      whole: true,
      warnings,
      merges: false,
    };
    const limit = AbortSignal.timeout(1000 * flags.timeLimit);
    finish(
      await runScan(
        io,
        flags,
        (named) =>
          named === null ? settingsAt(repository, repository.head) : settingsIn(repository.dir)(named),
        (scan) => {
          const signal = scan.signal === undefined ? limit : AbortSignal.any([scan.signal, limit]);
          return scanRange(repository, range, { ...scan, ...options, signal });
        },
      ),
    );
  });
}

/** The fields of the lines that git gives a hook. */
async function refLines(io: Io): Promise<string[][]> {
  const text = (await readStandardInput(io)).toString("utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(" "));
}

function isId(text: string | undefined): boolean {
  return text !== undefined && /^[0-9a-f]{40,64}$/.test(text) && !/^0+$/.test(text);
}

/** The commits that refs come to stand for. Zeros are refs that go; a tag may name what is no commit. */
function tipsOf(repository: Repository, ids: readonly string[]): { commits: string[]; warnings: string[] } {
  const commits: string[] = [];
  const warnings: string[] = [];
  for (const id of ids.filter(isId)) {
    const commit = commitNamed(repository, id);
    if (commit !== null) commits.push(commit);
    else warnings.push(`${id.slice(0, 12)} is no commit and was not looked at`);
  }
  return { commits: [...new Set(commits)], warnings };
}
