import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach } from "vitest";

export const CLI: string = new URL("../../dist/leakwarden.cjs", import.meta.url).pathname;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const made: string[] = [];
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** The environment without anything of git's, and with an empty home. */
function cleanEnv(home: string, extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) if (!name.startsWith("GIT_")) env[name] = value;
  return {
    ...env,
    HOME: home,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Ada",
    GIT_AUTHOR_EMAIL: "ada@example.org",
    GIT_COMMITTER_NAME: "Ada",
    GIT_COMMITTER_EMAIL: "ada@example.org",
    ...extra,
  };
}

export function tempDir(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "leakwarden-test-")));
  made.push(dir);
  return dir;
}

/** A real repository in a folder of its own. */
export class TempRepo {
  readonly dir: string;
  /** What is kept between scans; outside, so that no test commits it. */
  readonly cacheHome: string = tempDir();
  constructor(
    dir = tempDir(),
    init: readonly string[] | null = ["init", "--quiet", "--initial-branch=main"],
  ) {
    this.dir = dir;
    if (init !== null) this.git(...init);
  }

  run(
    command: string,
    args: readonly string[],
    options: { env?: Record<string, string>; input?: string | Buffer; cwd?: string } = {},
  ): Ran {
    const result = spawnSync(command, args, {
      cwd: options.cwd ?? this.dir,
      env: cleanEnv(this.dir, { XDG_CACHE_HOME: this.cacheHome, ...options.env }),
      input: options.input,
      encoding: "utf8",
    });
    return { code: result.status, stdout: result.stdout, stderr: result.stderr };
  }

  /** Runs git and fails the test when git fails. */
  git(...args: string[]): string {
    const ran = this.run("git", args);
    if (ran.code !== 0) throw new Error(`git ${args.join(" ")}: ${ran.stderr}`);
    return ran.stdout;
  }

  write(path: string, content: string | Buffer): this {
    mkdirSync(dirname(join(this.dir, path)), { recursive: true });
    writeFileSync(join(this.dir, path), content);
    return this;
  }

  /** Adds everything and commits, past any hook. */
  commit(message = "change"): string {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--no-verify", "--allow-empty", "-m", message);
    return this.git("rev-parse", "HEAD").trim();
  }

  cli(...args: string[]): Ran {
    return this.run(process.execPath, [CLI, ...args]);
  }

  /** The JSON report of a scan, and the exit code. */
  scan(...args: string[]): { code: number | null; report: Report } {
    const ran = this.cli(...args, "--format", "json");
    if (ran.stdout === "") throw new Error(`no report (exit ${ran.code}): ${ran.stderr}`);
    return { code: ran.code, report: JSON.parse(ran.stdout) as Report };
  }
}

export interface Report {
  findings: {
    ruleId: string;
    fingerprint: string;
    path: string;
    line: number;
    column: number;
    severity: string;
    confidence: string;
    preview: string;
    evidence: string[];
    pairedWith: string | null;
    state: string;
    occurrenceCount: number;
    commit: { id: string; author: string; summary: string } | null;
  }[];
  suppressed: { ruleId: string; by: string; reason: string }[];
  coverage: { complete: boolean; gaps: { reason: string; count: number; examples: string[] }[] };
  scan: { counts: { commits: number; blobs: number; known: number; files: number; bytes: number } };
  warnings: string[];
}
