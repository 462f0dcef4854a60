/** A commit as a pipeline names it: by its id, by a branch of the remote, or by one of the two that is there. */
export interface PipelineRef {
  readonly commit: string | null;
  readonly branch: string | null;
}

/** What a pipeline was started for. */
export interface PipelineRange {
  /** As people call it. */
  readonly provider: string;
  /** What is about to get the commits: nothing that it has is scanned, and its policy counts. Null: there was nothing before. */
  readonly base: PipelineRef | null;
  readonly head: PipelineRef;
  /** Whether it is a push, which may also bring no commits: it may take some away, or be of a tag. */
  readonly push: boolean;
}

/** What no range can be told from, and why. */
export interface NoRange {
  readonly provider: string;
  readonly problem: string;
}

type Environment = Readonly<Record<string, string | undefined>>;
/** @param readFile gives a file's text; throws when it cannot be read */
type Reader = (env: Environment, readFile: (path: string) => string) => PipelineRange | NoRange;

const PROVIDERS: readonly (readonly [variable: string, read: Reader])[] = [
  ["PRE_COMMIT_TO_REF", preCommit],
  ["GITHUB_ACTIONS", github],
  ["GITLAB_CI", gitlab],
  ["BITBUCKET_BUILD_NUMBER", bitbucket],
  ["TF_BUILD", azure],
  ["CIRCLECI", circle],
  ["BUILDKITE", buildkite],
  ["JENKINS_URL", jenkins],
];

/** The names of the pipelines that are understood, for a message. */
export const PIPELINES =
  "GitHub Actions, GitLab CI, Bitbucket, Azure Pipelines, CircleCI, Jenkins and Buildkite";

/** What the environment says of the range to scan; null outside of any pipeline that is known. */
export function readPipeline(
  env: Environment,
  readFile: (path: string) => string,
): PipelineRange | NoRange | null {
  const found = PROVIDERS.find(([variable]) => filled(env[variable]) !== null && env[variable] !== "false");
  return found === undefined ? null : found[1](env, readFile);
}

function filled(text: unknown): string | null {
  return typeof text === "string" && text !== "" ? text : null;
}

/** An id; null for the zeros that stand for "none". */
function commitId(text: unknown): string | null {
  const id = filled(text);
  return id !== null && /^[0-9a-f]{40,64}$/i.test(id) && !/^0+$/.test(id) ? id.toLowerCase() : null;
}

function branchName(text: unknown): string | null {
  return filled(text)?.replace(/^refs\/heads\//, "") ?? null;
}

function commit(text: unknown): PipelineRef {
  return { commit: commitId(text), branch: null };
}

function isNamed({ commit: id, branch }: PipelineRef): boolean {
  return id !== null || branch !== null;
}

/** A range of both ends; what is missing of them is a problem with a name. */
function between(
  provider: string,
  base: PipelineRef,
  head: PipelineRef,
  unnamed: string,
  push = false,
): PipelineRange | NoRange {
  if (isNamed(base) && isNamed(head)) return { provider, base, head, push };
  return { provider, problem: unnamed };
}

interface GithubEvent {
  readonly ref?: unknown;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly deleted?: unknown;
  readonly repository?: { readonly default_branch?: unknown };
  readonly pull_request?: {
    readonly base?: { readonly sha?: unknown; readonly ref?: unknown };
    readonly head?: { readonly sha?: unknown };
  };
  readonly merge_group?: { readonly base_sha?: unknown; readonly head_sha?: unknown };
}

/** https://docs.github.com/actions/reference/workflows-and-actions/variables, and the payload of the event. */
function github(env: Environment, readFile: (path: string) => string): PipelineRange | NoRange {
  const provider = "GitHub Actions";
  const path = filled(env.GITHUB_EVENT_PATH);
  let event: GithubEvent;
  try {
    event = JSON.parse(path === null ? "" : readFile(path)) as GithubEvent;
    if (typeof event !== "object" || event === null) throw new TypeError("no object");
  } catch {
    return { provider, problem: `the event's payload, GITHUB_EVENT_PATH=${path ?? ""}, cannot be read` };
  }
  const { pull_request: request, merge_group: group } = event;
  if (typeof request === "object" && request !== null) {
    const base = { commit: commitId(request.base?.sha), branch: branchName(request.base?.ref) };
    return between(provider, base, commit(request.head?.sha), "the payload names no commits");
  }
  if (typeof group === "object" && group !== null)
    return between(provider, commit(group.base_sha), commit(group.head_sha), "the payload names no commits");
  if (env.GITHUB_EVENT_NAME === "push") {
    if (event.deleted === true)
      return { provider, problem: "the push deletes a branch, and nothing came with it" };
    const main = branchName(event.repository?.default_branch);
    const base = { commit: commitId(event.before), branch: main };
    const head = commit(event.after);
    if (base.commit === null && branchName(event.ref) === main && isNamed(head))
      return { provider, base: null, head, push: true };
    return between(provider, base, head, "the payload names no commits", true);
  }
  return {
    provider,
    problem: `an event of the kind '${env.GITHUB_EVENT_NAME ?? ""}' brings no commits with it`,
  };
}

/** https://docs.gitlab.com/ci/variables/predefined_variables/ */
function gitlab(env: Environment): PipelineRange | NoRange {
  const provider = "GitLab CI";
  const request = filled(env.CI_MERGE_REQUEST_IID) !== null;
  const head = commit(
    filled(env.CI_MERGE_REQUEST_SOURCE_BRANCH_SHA) ?? filled(env.CI_COMMIT_SHA) ?? undefined,
  );
  if (request) {
    const target = env.CI_MERGE_REQUEST_TARGET_BRANCH_SHA;
    const base = {
      commit: commitId(target) ?? commitId(env.CI_MERGE_REQUEST_DIFF_BASE_SHA),
      branch: branchName(env.CI_MERGE_REQUEST_TARGET_BRANCH_NAME),
    };
    return between(provider, base, head, "the merge request's target is not told");
  }
  const before = commitId(env.CI_COMMIT_BEFORE_SHA);
  const main = branchName(env.CI_DEFAULT_BRANCH);
  if (before === null && branchName(env.CI_COMMIT_BRANCH) === main && isNamed(head))
    return { provider, base: null, head, push: true };
  return between(
    provider,
    { commit: before, branch: main },
    head,
    "neither a merge request nor a push is named",
    true,
  );
}

/** https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/ */
function bitbucket(env: Environment): PipelineRange | NoRange {
  const base = {
    commit: commitId(env.BITBUCKET_PR_DESTINATION_COMMIT),
    branch: branchName(env.BITBUCKET_PR_DESTINATION_BRANCH),
  };
  return between(
    "Bitbucket",
    base,
    commit(env.BITBUCKET_COMMIT),
    "it is no pipeline of a pull request, and the commit before a push is not told",
  );
}

/** https://learn.microsoft.com/azure/devops/pipelines/build/variables */
function azure(env: Environment): PipelineRange | NoRange {
  const base = { commit: null, branch: branchName(env.SYSTEM_PULLREQUEST_TARGETBRANCH) };
  return between(
    "Azure Pipelines",
    base,
    commit(filled(env.SYSTEM_PULLREQUEST_SOURCECOMMITID) ?? env.BUILD_SOURCEVERSION),
    "it is no build of a pull request, and the commit before a push is not told",
  );
}

/** https://circleci.com/docs/reference/variables/ The branch that it goes to is not told: the remote's main one is meant. */
function circle(env: Environment): PipelineRange | NoRange {
  const base = { commit: null, branch: "HEAD" };
  return between("CircleCI", base, commit(env.CIRCLE_SHA1), "CIRCLE_SHA1 is not set");
}

/** https://buildkite.com/docs/pipelines/configure/environment-variables */
function buildkite(env: Environment): PipelineRange | NoRange {
  const request = filled(env.BUILDKITE_PULL_REQUEST) !== null && env.BUILDKITE_PULL_REQUEST !== "false";
  const branch = request ? env.BUILDKITE_PULL_REQUEST_BASE_BRANCH : env.BUILDKITE_PIPELINE_DEFAULT_BRANCH;
  const base = { commit: null, branch: branchName(branch) };
  return between("Buildkite", base, commit(env.BUILDKITE_COMMIT), "the branch it goes to is not told");
}

/** https://www.jenkins.io/doc/book/pipeline/jenkinsfile/ and the variables of its git and branch plugins. */
function jenkins(env: Environment): PipelineRange | NoRange {
  const target = branchName(env.CHANGE_TARGET);
  const previous = commitId(env.GIT_PREVIOUS_SUCCESSFUL_COMMIT) ?? commitId(env.GIT_PREVIOUS_COMMIT);
  const base = target === null ? { commit: previous, branch: null } : { commit: null, branch: target };
  return between(
    "Jenkins",
    base,
    commit(env.GIT_COMMIT),
    "neither CHANGE_TARGET nor a commit that was built before is set",
  );
}

/** https://pre-commit.com/#pre-push: what the hook of the pre-commit framework was given, in its own variables. */
function preCommit(env: Environment): PipelineRange | NoRange {
  const base = commit(env.PRE_COMMIT_FROM_REF);
  const head = commit(env.PRE_COMMIT_TO_REF);
  if (!isNamed(base) && isNamed(head)) return { provider: "pre-commit", base: null, head, push: true };
  return between("pre-commit", base, head, "PRE_COMMIT_TO_REF names no commit", true);
}
