import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { RangeOptions } from "../../app/scan-range.ts";
import { PIPELINES, type PipelineRef, readPipeline } from "../../ci/pipeline.ts";
import { loadSettings, POLICY_NAMES } from "../../config/load.ts";
import { UsageError } from "../../errors.ts";
import { fetchCommit, makeWhole } from "../../git/fetch.ts";
import { openRepository, type Repository } from "../../git/repository.ts";
import { commitNamed, filesAt, isAncestor } from "../../git/revisions.ts";
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
  const before = base === null ? new Map<string, string>() : filesAt(repository, base, POLICY_NAMES);
  const after = heads.map((head) => filesAt(repository, head, POLICY_NAMES));
  return POLICY_NAMES.filter((name) => after.some((files) => files.get(name) !== before.get(name))).map(
    (name) => `these commits change ${name}; what the base has of it counts`,
  );
}

/** `A..B`; `A...B` means the same here, `A` is `A..HEAD`. */
function ofText(text: string, repository: Repository, { remote, fetch }: RangeFlags): Found {
  const from = fetch === true ? remote : null;
  const end = (name: string): string => {
    const commit = /^[0-9a-f]{40,64}$/.test(name)
      ? commitOf(repository, { commit: name, branch: null }, remote, from)
      : commitNamed(repository, name);
    if (commit !== null) return commit;
    throw new UsageError(
      `'${name}' of the range '${text}' names no commit of this repository`,
      repository.shallow
        ? "it is a shallow clone: --fetch gets what is missing"
        : "give branches, tags or commits as in main..HEAD; git fetch gets those of the remote",
    );
  };
  const [first, last] = /^(.*?)\.\.\.?(.*)$/.exec(text)?.slice(1) ?? [text, "HEAD"];
  const [base, head] = [end(first || "HEAD"), end(last || "HEAD")];
  return {
    commits: { base, heads: [head], known: [base] },
    target: text,
    mayBeEmpty: false,
    whole: makeWhole(repository, from, base, head),
  };
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
  const end = (ref: PipelineRef): string => {
    const commit = commitOf(repository, ref, remote, from);
    if (commit !== null) return commit;
    throw new UsageError(
      `${pipeline.provider} names ${ref.commit ?? `the branch '${ref.branch}'`}, which this clone does not have${from === null ? "" : ` and '${remote}' does not give`}`,
      "let the pipeline fetch the whole history (fetch-depth: 0, GIT_DEPTH: 0), or give the range yourself",
    );
  };
  const head = end(pipeline.head);
  const base = pipeline.base === null ? null : end(pipeline.base);
  return {
    commits: { base, heads: [head], known: base === null ? [] : [base] },
    target: `${base === null ? "" : `${base.slice(0, 12)}..`}${head.slice(0, 12)}`,
    // A push may take commits away, or be of a tag or a new branch without any: that it brings none is then no mistake.
    mayBeEmpty: pipeline.push && base !== null && isAncestor(repository, head, base),
    whole: makeWhole(repository, from, base, head),
  };
}

/**
 * The commit itself, or else the tip of the branch; what is not here is fetched.
 *
 * @param from the remote to fetch from; null: nothing is fetched
 */
function commitOf(
  repository: Repository,
  { commit, branch }: PipelineRef,
  remote: string,
  from: string | null,
): string | null {
  const tip = `refs/remotes/${remote}/${branch}`;
  const ways = [
    ...(commit === null ? [] : [{ name: commit, source: { commit } }]),
    ...(branch === null ? [] : [{ name: tip, source: { branch } }]),
  ];
  for (const { name, source } of ways) {
    const here = commitNamed(repository, name);
    if (here !== null) return here;
    if (from === null) continue;
    fetchCommit(repository, from, source);
    const fetched = commitNamed(repository, name);
    if (fetched !== null) return fetched;
  }
  return null;
}
