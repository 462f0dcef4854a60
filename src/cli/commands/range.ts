import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { RangeOptions } from "../../app/scan-range.ts";
import { PIPELINES, type PipelineRange, type PipelineRef, readPipeline } from "../../ci/pipeline.ts";
import { CONFIG_NAME, loadSettings } from "../../config/load.ts";
import { UsageError } from "../../errors.ts";
import { deepen, fetchCommit, isWhole } from "../../git/fetch.ts";
import { openRepository, type Repository } from "../../git/repository.ts";
import { commitNamed, fileAt, isAncestor } from "../../git/revisions.ts";
import { IGNORE_NAME } from "../../policy/ignore-file.ts";
import { LOCK_NAME } from "../../policy/lock-file.ts";
import type { CommitRange } from "../../sources/range.ts";
import { addFlags, REPO_FLAG, SCAN_FLAGS } from "../flags.ts";
import type { Io } from "../io.ts";
import type { Finish } from "../main.ts";
import { runScan, type ScanFlags, settingsAt } from "../scan.ts";

interface RangeFlags extends ScanFlags {
  readonly repo?: string;
  readonly remote: string;
  readonly fetch?: boolean;
  readonly policyFrom: "base" | "head";
}

/** `range`. */
export function addRangeCommand(program: Command, io: Io, finish: Finish): void {
  const range = program
    .command("range")
    .argument(
      "[range]",
      "A..B: the commits of B that A does not have; default: what the pipeline was started for",
    )
    .description("scan each commit of a pull request or a push, and what merging it would give");
  addFlags(range, [
    REPO_FLAG,
    new Option("--remote <name>", "remote to fetch from").default("origin"),
    new Option("--fetch", "fetch what a shallow clone lacks (in a pipeline: by default)"),
    new Option("--no-fetch", "never fetch"),
    new Option("--policy-from <side>", "whose configuration and allows count")
      .choices(["base", "head"])
      .default("base"),
    ...SCAN_FLAGS,
  ]).action(async (text: string | undefined, flags: RangeFlags) => {
    const repository = await openRepository(resolve(io.cwd, flags.repo ?? "."));
    const { scanRange } = await import("../../app/scan-range.ts");
    const found = text === undefined ? ofPipeline(io, repository, flags) : ofText(text, repository, flags);
    const { commits, ...options } = found;
    const trusted = flags.policyFrom === "head";
    const warnings = trusted ? [] : ownPolicy(repository, commits);
    finish(
      await runScan(
        io,
        flags,
        (named) =>
          trusted ? loadSettings(repository.dir, named) : settingsAt(repository, commits.base, named),
        (scan) => scanRange(repository, commits, { ...scan, ...options, trusted, warnings }),
      ),
    );
  });
}

type Found = Pick<RangeOptions, "target" | "mayBeEmpty" | "whole"> & { readonly commits: CommitRange };

/** What the commits change of the policy that they are judged by. */
function ownPolicy(repository: Repository, { base, heads }: CommitRange): string[] {
  return [CONFIG_NAME, IGNORE_NAME, LOCK_NAME].flatMap((name) => {
    const text = (commit: string) => fileAt(repository, commit, name)?.toString("latin1") ?? "";
    const before = base === null ? "" : text(base);
    return heads.some((head) => text(head) !== before)
      ? [`these commits change ${name}; what the base has of it counts`]
      : [];
  });
}

/** `A..B`; `A...B` means the same here, `A` is `A..HEAD`. */
function ofText(text: string, repository: Repository, { remote, fetch }: RangeFlags): Found {
  const [from, to] = /^(.*?)\.\.\.?(.*)$/.exec(text)?.slice(1) ?? [text, "HEAD"];
  const base = end(from || "HEAD", text, repository, fetch === true ? remote : null);
  const head = end(to || "HEAD", text, repository, fetch === true ? remote : null);
  const whole = fetch === true ? deepen(repository, remote, base, head) : isWhole(repository, base, head);
  return { commits: { base, heads: [head], known: [base] }, target: text, mayBeEmpty: false, whole };
}

function end(name: string, range: string, repository: Repository, remote: string | null): string {
  let commit = commitNamed(repository, name);
  if (commit === null && remote !== null && /^[0-9a-f]{40,64}$/.test(name)) {
    fetchCommit(repository, remote, { commit: name });
    commit = commitNamed(repository, name);
  }
  if (commit !== null) return commit;
  throw new UsageError(
    `'${name}' of the range '${range}' names no commit of this repository`,
    repository.shallow
      ? "it is a shallow clone: --fetch gets what is missing"
      : "give branches, tags or commits as in main..HEAD; git fetch gets those of the remote",
  );
}

function ofPipeline(io: Io, repository: Repository, { remote, fetch }: RangeFlags): Found {
  const pipeline = readPipeline(io.env, (path) => readFileSync(path, "utf8"));
  if (pipeline === null) {
    throw new UsageError(
      "no range is given, and no pipeline that is known says one",
      `give it as in 'leakwarden range main..HEAD'; ${PIPELINES} are understood`,
    );
  }
  if ("problem" in pipeline) {
    throw new UsageError(
      `${pipeline.provider} names no range: ${pipeline.problem}`,
      "give it as in 'leakwarden range main..HEAD', or scan all with 'leakwarden history'",
    );
  }
  const from = fetch === false ? null : remote;
  const head = endOf(pipeline, pipeline.head, repository, remote, from);
  if (pipeline.base === null) {
    const whole = from === null ? isWhole(repository, null, head) : deepen(repository, remote, null, head);
    return {
      commits: { base: null, heads: [head], known: [] },
      target: head.slice(0, 12),
      mayBeEmpty: false,
      whole,
    };
  }
  const base = endOf(pipeline, pipeline.base, repository, remote, from);
  const whole = from === null ? isWhole(repository, base, head) : deepen(repository, remote, base, head);
  const target = `${base.slice(0, 12)}..${head.slice(0, 12)}`;
  // A push may take commits away, or be of a tag or a new branch without any: that it brings none is then no mistake.
  const mayBeEmpty = pipeline.push && isAncestor(repository, head, base);
  return { commits: { base, heads: [head], known: [base] }, target, mayBeEmpty, whole };
}

function endOf(
  { provider }: PipelineRange,
  { commit, branch }: PipelineRef,
  repository: Repository,
  remote: string,
  from: string | null,
): string {
  const onRemote = `refs/remotes/${remote}/${branch}`;
  const look = () =>
    (commit === null ? null : commitNamed(repository, commit)) ??
    (commit === null || from === null ? null : fetched(commit)) ??
    (branch === null ? null : commitNamed(repository, onRemote));
  const fetched = (id: string) => {
    fetchCommit(repository, remote, { commit: id });
    return commitNamed(repository, id);
  };
  let found = look();
  if (found === null && branch !== null && from !== null) {
    fetchCommit(repository, remote, { branch });
    found = commitNamed(repository, onRemote);
  }
  if (found !== null) return found;
  throw new UsageError(
    `${provider} names ${commit ?? `the branch '${branch}'`}, which this clone does not have${from === null ? "" : ` and '${remote}' does not give`}`,
    "let the pipeline fetch the whole history (fetch-depth: 0, GIT_DEPTH: 0), or give the range yourself",
  );
}
