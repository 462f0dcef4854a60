import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join, relative } from "node:path";
import { CredentialFiles } from "../engine/credential-files.ts";
import { hooksFolder } from "../git/hooks-folder.ts";
import { isIgnored } from "../git/ignored.ts";
import type { Repository } from "../git/repository.ts";
import { askGitNow } from "../git/stream.ts";
import { displayPath } from "../git/tree-change.ts";
import type { CompiledFileRule } from "../rules/compiled.ts";
import { blockOf } from "./block.ts";
import { hookPlace, readText, writeText } from "./install.ts";
import { managerOf } from "./managers.ts";
import { baits, tryHook } from "./proof.ts";

/** What one look found. */
export interface Diagnosis {
  /** `bad`: secrets get through. `warn`: they may. */
  readonly state: "good" | "warn" | "bad";
  readonly text: string;
  readonly advice?: string;
}

export interface DoctorOptions {
  readonly rules: readonly CompiledFileRule[];
  /** The command that is running. */
  readonly program: string;
  /** Whether `.gitignore` gets what it lacks. */
  readonly fix: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** Looks at everything that keeps the hook from doing its work. */
export function examine(repository: Repository, options: DoctorOptions): Diagnosis[] {
  return [
    ...examineHook(repository, options),
    ...examinePipelines(repository),
    ...examineFiles(repository, options),
    ...examineAws(options.env),
  ];
}

/** What programs that were not started from a shell have for a PATH. */
const GUI_PATH = ["/usr/local/bin", "/opt/homebrew/bin", "/usr/bin", "/bin"].join(delimiter);

function examineHook(repository: Repository, { program }: DoctorOptions): Diagnosis[] {
  const root = repository.worktree!;
  const place = hookPlace(repository, "pre-commit");
  const name = relative(root, place.file);
  const run = join(hooksFolder(root), "pre-commit");
  const text = existsSync(place.file) ? readText(place.file) : "";
  const elsewhere = join(repository.commonDir, "hooks", "pre-commit");
  if (
    !/leakwarden/.test(text) &&
    elsewhere !== run &&
    existsSync(elsewhere) &&
    /leakwarden/.test(readText(elsewhere))
  ) {
    return [
      {
        state: "bad",
        text: `core.hooksPath sends git to '${dirname(run)}', past the hook in '${relative(root, elsewhere)}'`,
        advice: "leakwarden init puts it where git looks",
      },
    ];
  }
  const manager = managerOf(root);
  if (!existsSync(run) && manager !== null) {
    return [
      {
        state: "bad",
        text: `${manager.name} is not set up in this clone: git runs no hook`,
        advice: `${manager.name} install`,
      },
    ];
  }
  if (!existsSync(run)) {
    const husky = basename(dirname(place.file)) === ".husky" && text !== "";
    return [
      husky
        ? {
            state: "bad",
            text: `'${name}' is there, and husky is not set up in this clone: git runs no hook`,
            advice: "npm install (its prepare script), or npx husky",
          }
        : { state: "bad", text: "git runs no pre-commit hook here", advice: "leakwarden init" },
    ];
  }
  if (process.platform !== "win32" && (statSync(run).mode & 0o111) === 0)
    return [
      {
        state: "bad",
        text: `'${relative(root, run)}' may not be executed: git passes it by`,
        advice: `chmod +x '${run}'`,
      },
    ];
  const block = blockOf(text);
  if (
    block === null &&
    !(/leakwarden/.test(text) || manager?.runsLeakwarden === true || isLintStagedTask(root, text))
  )
    return [{ state: "bad", text: `the hook '${name}' does not run leakwarden`, advice: "leakwarden init" }];
  const before = block === null ? "" : text.slice(0, text.indexOf(block));
  const early = before.split("\n").find((line) => !/^\s*(?:#|$)/.test(line));
  const proven = prove(repository, block ?? `exec "${process.execPath}" "${program}" staged\n`);
  if (block === null)
    return [
      {
        state: "warn",
        text: `the hook '${name}' calls leakwarden in a way of its own: the scan is tried below, the hook around it is not`,
      },
      ...proven,
    ];
  return [
    ...(early === undefined
      ? []
      : [
          {
            state: "bad" as const,
            text: `the hook '${name}' runs something in front of the scan, which may end it: ${early.trim()}`,
            advice: "move it behind the lines of leakwarden",
          },
        ]),
    ...proven,
    ...examineMerges(repository),
    ...(proven.every(({ state }) => state === "good") ? examineGui(repository, block) : []),
  ];
}

/** Whether the hook runs lint-staged, which has leakwarden among its tasks in package.json. */
function isLintStagedTask(root: string, hook: string): boolean {
  const file = join(root, "package.json");
  return /lint-staged/.test(hook) && existsSync(file) && /leakwarden staged/.test(readText(file));
}

/** `git merge` that makes a commit runs a hook of its own. */
function examineMerges(repository: Repository): Diagnosis[] {
  const { file } = hookPlace(repository, "pre-merge-commit");
  if (existsSync(file) && /leakwarden/.test(readText(file))) return [];
  return [
    {
      state: "warn",
      text: "merges that make a commit are not scanned: there is no pre-merge-commit hook",
      advice: "leakwarden init",
    },
  ];
}

/** Stages one made-up secret after another, and nothing. */
function prove(repository: Repository, command: string): Diagnosis[] {
  const all = baits(Date.now());
  const missed = all.filter((bait) => {
    const { status, output } = tryHook(repository, command, bait);
    return status === 0 || !output.includes(bait.path);
  });
  const clean = tryHook(repository, command, null);
  return [
    missed.length === 0
      ? {
          state: "good",
          text: `the hook stopped ${all.length} commits with made-up secrets of ${all.length} kinds, its gate included`,
        }
      : {
          state: "bad",
          text: `the hook let pass: ${missed.map(({ kind }) => kind).join(", ")}`,
          advice: "look at [rules] and [[allow]] in .leakwarden.toml; leakwarden staged says what it sees",
        },
    clean.status === 0
      ? { state: "good", text: "it lets pass a commit without any" }
      : {
          state: "bad",
          text: `it stops every commit: ${clean.output.trim().split("\n").at(-1) ?? ""}`,
          advice: "run leakwarden staged and do what it says",
        },
  ];
}

function examineGui(repository: Repository, block: string): Diagnosis[] {
  if (process.platform === "win32") return [];
  const [bait] = baits(Date.now());
  const { output } = tryHook(repository, block, bait!, GUI_PATH);
  if (output.includes(bait!.path) || !/not found|No such file/i.test(output)) return [];
  return [
    {
      state: "warn",
      text: `started without your shell's PATH, as git clients with windows do, the hook finds no Node: ${output.trim().split("\n").at(-1) ?? ""}`,
      advice: `it stops such commits; put PATH into ~/.config/husky/init.sh or the client's settings: ${dirname(process.execPath)}`,
    },
  ];
}

const PIPELINES = [
  ".gitlab-ci.yml",
  "bitbucket-pipelines.yml",
  "azure-pipelines.yml",
  ".circleci/config.yml",
  "Jenkinsfile",
];

/** `git commit --no-verify` passes every hook: a pipeline is what notices. */
function examinePipelines({ worktree }: Repository): Diagnosis[] {
  const files = [
    ...PIPELINES.map((name) => join(worktree!, name)),
    ...[".github/workflows", ".buildkite", ".ci"].flatMap((folder) => {
      const dir = join(worktree!, folder);
      return existsSync(dir) ? readdirSync(dir).map((name) => join(dir, name)) : [];
    }),
  ].filter((file) => existsSync(file) && statSync(file).isFile());
  if (files.some((file) => readFileSync(file, "utf8").includes("leakwarden")))
    return [{ state: "good", text: "a pipeline runs leakwarden, for what was committed past the hook" }];
  return [
    {
      state: "warn",
      text: "no pipeline runs leakwarden: what is committed with --no-verify goes unseen",
      advice: "run 'leakwarden range' on pull requests; the README has it for every service",
    },
  ];
}

/** Names that a project's `.gitignore` does well to have. */
const TYPICAL = [
  ".env",
  ".env.local",
  "id_rsa",
  "id_ed25519",
  "server.pem",
  "keystore.p12",
  "terraform.tfstate",
];
const PATTERNS = [".env", ".env.*", "!.env.example", "id_rsa", "id_ed25519", "*.pem", "*.p12", "*.tfstate"];

function examineFiles(repository: Repository, { rules, fix }: DoctorOptions): Diagnosis[] {
  const root = repository.worktree!;
  const files = new CredentialFiles(rules);
  const named = (args: readonly string[]) =>
    askGitNow(root, ["ls-files", "-z", ...args])
      .stdout.toString("latin1")
      .split("\0")
      .filter((path) => path !== "")
      .map(displayPath)
      .filter((path) => {
        const candidates = files.named(path);
        if (candidates.length === 0) return false;
        try {
          return files.confirm(candidates, readFileSync(join(root, path))).length > 0;
        } catch {
          // Gone from the disk, a link to a folder, or not to be read: it holds nothing that could be added.
          return false;
        }
      });
  const tracked = named([]);
  const loose = named(["--others", "--exclude-standard"]);
  const uncovered = TYPICAL.filter((name) => !isIgnored(root, name));
  const found: Diagnosis[] = [];
  if (tracked.length > 0) {
    found.push({
      state: "warn",
      text: `credential files are in git: ${tracked.slice(0, 5).join(", ")}`,
      advice:
        "git rm --cached takes them out of the next commit; their content is in the history: leakwarden history",
    });
  }
  if (loose.length > 0) {
    found.push({
      state: "warn",
      text: `credential files that 'git add .' would take: ${loose.slice(0, 5).join(", ")}`,
      advice: "name them in .gitignore",
    });
  }
  if (uncovered.length === 0)
    found.push({ state: "good", text: ".gitignore covers the usual credential files" });
  else if (fix) {
    const file = join(root, ".gitignore");
    const before = existsSync(file) ? readText(file) : "";
    const missing = PATTERNS.filter((pattern) => !before.split(/\r?\n/).includes(pattern));
    const start = before === "" || before.endsWith("\n") ? "" : "\n";
    writeText(file, `${before}${start}# Credentials\n${missing.join("\n")}\n`, false);
    found.push({ state: "good", text: `.gitignore now covers ${uncovered.join(", ")}` });
  } else {
    found.push({
      state: "warn",
      text: `.gitignore does not cover ${uncovered.join(", ")}`,
      advice: "leakwarden doctor --fix adds them",
    });
  }
  return found;
}

/** Which AWS credentials are used, where there are several: the environment hides every profile. */
function examineAws(env: NodeJS.ProcessEnv): Diagnosis[] {
  const file = env.AWS_SHARED_CREDENTIALS_FILE || join(env.HOME || homedir(), ".aws", "credentials");
  if (!env.AWS_ACCESS_KEY_ID || !existsSync(file)) return [];
  const profile = env.AWS_PROFILE || "default";
  if (!readFileSync(file, "utf8").includes(`[${profile}]`)) return [];
  return [
    {
      state: "warn",
      text: `AWS_ACCESS_KEY_ID is set and hides the profile '${profile}' of ${file}`,
      advice: "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN, unless that is what you want",
    },
  ];
}
