import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CLI, type Report, TempRepo, tempDir } from "../support/temp-repo.ts";
import { token } from "../support/tokens.ts";

/** A `git` that runs the real one, and waits before the command `slow`; its folder. */
function slowGit(slow: string): { dir: string; asked: string } {
  const tools = new TempRepo(tempDir(), null);
  const real = tools.run("sh", ["-c", "command -v git"]).stdout.trim();
  const asked = join(tools.dir, "asked");
  tools.write(
    "git",
    `#!/bin/sh\nif [ "$1" = ${slow} ]; then : > '${asked}'; exec sleep 60; fi\nexec '${real}' "$@"\n`,
  );
  chmodSync(join(tools.dir, "git"), 0o755);
  return { dir: tools.dir, asked };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function exists(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("close", resolve));
}

test("Ctrl-C ends a scan with what was found, and says that it is not all", async () => {
  const repo = new TempRepo();
  repo.write("a.txt", token("ghp_{github}")).commit();
  const { dir, asked } = slowGit("diff-tree");
  const child = spawn(process.execPath, [CLI, "history", "--format", "json"], {
    cwd: repo.dir,
    env: { ...process.env, PATH: `${dir}:${process.env.PATH}` },
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const code = ended(child);
  await until(() => exists(asked));
  child.kill("SIGINT");
  expect([1, 3]).toContain(await code);
  const report = JSON.parse(output) as Report;
  expect(report.coverage).toMatchObject({ complete: false, gaps: [{ reason: "interrupted" }] });
});

test.each(["SIGINT", "SIGTERM"] as const)("%s ends at once a process that lists files", async (signal) => {
  const repo = new TempRepo(tempDir(), null).write("slow/a.txt", token("ghp_{github}"));
  const preload = new URL("../support/slow-folder.cjs", import.meta.url).pathname;
  const child = spawn(process.execPath, ["--require", preload, CLI, "files"], {
    cwd: repo.dir,
    env: { ...process.env, LEAKWARDEN_TEST_SLOW: "slow" },
    stdio: "ignore",
  });
  const code = ended(child);
  await until(() => exists(join(repo.dir, "asked")));
  child.kill(signal);
  expect(await code).toBe(null);
  expect(child.signalCode).toBe(signal);
});

test("Ctrl-C ends a scan of files with what was found once they are listed", async () => {
  const repo = new TempRepo(tempDir(), null).write("a.txt", token("ghp_{github}"));
  const listening = `process.on("newListener", (name) => name === "SIGTERM" && setImmediate(() => console.error("listening")))`;
  repo.write("preload.cjs", listening);
  const child = spawn(
    process.execPath,
    ["--require", join(repo.dir, "preload.cjs"), CLI, "files", "-", "a.txt", "--format", "json"],
    { cwd: repo.dir },
  );
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const code = ended(child);
  // It waits for its input then.
  await new Promise((resolve) => child.stderr.once("data", resolve));
  child.kill("SIGINT");
  expect([1, 3]).toContain(await code);
  const report = JSON.parse(output) as Report;
  expect(report.coverage.gaps).toContainEqual(expect.objectContaining({ reason: "interrupted" }));
});

/**
 * The most memory, in megabytes, that the command held. A shell starts it: a process begins with
 * what its parent held, and the tests hold much.
 *
 * @param input shell command whose output it reads
 */
function peakMemory(cwd: string, args: readonly string[], input = ":"): number {
  const script = `process.on("exit", () => require("node:fs").writeSync(2, "peak=" + process.resourceUsage().maxRSS));
    process.argv.splice(1, 0, ${JSON.stringify(CLI)}); require(${JSON.stringify(CLI)});`;
  const command = `${input} | "$NODE" -e "$SCRIPT" -- ${args.join(" ")}`;
  const env = { ...process.env, NODE: process.execPath, SCRIPT: script };
  const result = spawnSync("sh", ["-c", command], { cwd, env, encoding: "utf8" });
  expect(result.status, result.stderr).toBe(0);
  return Number(/peak=(\d+)/.exec(result.stderr)![1]) / 1024;
}

test.each([
  ["a text", "yes 'a line of no interest, token by token'"],
  ["a line", "yes one_line_only | tr '\\n' _"],
])("memory does not grow with the length of %s", (_what, source) => {
  const peak = (megabytes: number) => {
    return peakMemory(tempDir(), ["files", "-"], `${source} | head -c ${megabytes}000000`);
  };
  // Pieces of the pipe are freed some time after their use, so there is noise; the text is 270 MB longer.
  expect(peak(300) - peak(30)).toBeLessThan(80);
});

test("memory does not grow with the length of the history", () => {
  const history = (versions: number): string => {
    const repo = new TempRepo();
    const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i} is like many others`);
    const stream: string[] = [];
    for (let version = 0; version < versions; version += 1) {
      lines[(version * 7919) % lines.length] = `changed in ${version}`;
      const content = `${lines.join("\n")}\n`;
      stream.push(
        `commit refs/heads/main\ncommitter A <a@example.org> ${1_700_000_000 + version} +0000\ndata 1\nv\n`,
        `M 100644 inline a.txt\ndata ${content.length}\n${content}\n`,
      );
    }
    const ran = repo.run("git", ["fast-import", "--quiet", "--depth=50"], { input: stream.join("") });
    if (ran.code !== 0) throw new Error(ran.stderr);
    repo.git("repack", "-adfq", "--depth=50");
    return repo.dir;
  };
  const short = peakMemory(history(15), ["history"]);
  const long = peakMemory(history(150), ["history"]);
  // 75 MB of content more.
  expect(long - short).toBeLessThan(40);
});
