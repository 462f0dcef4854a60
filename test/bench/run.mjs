// npm run bench -- [--peers] [REPOSITORY…]
//
// Whole processes, page cache warm, one uncounted run, then five (of `staged`, which is short, fifteen), taken in
// turn with their yardstick:
//   history against `git cat-file --batch-all-objects --batch --buffer --unordered`
//   staged (20 files, 5,000 lines) against an empty Node process and the three git calls that it needs
// With --peers, other scanners that are on the PATH do the same work, without network checks: history of all refs, the
// checked-out files, and what is staged. They find different things: this tells how long one waits.
// Prints medians with their spread, and ratios of medians. RESULTS.md keeps what was measured.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const PEERS = process.argv.includes("--peers");
const repositories = process.argv.slice(2).filter((argument) => argument !== "--peers");
const CLI = resolve(import.meta.dirname, "../../dist/leakwarden.cjs");
const RUNS = 5;

function time(command, args, cwd) {
  const start = performance.now();
  const result = spawnSync(command, args, { cwd, stdio: ["ignore", "ignore", "ignore"] });
  if (result.error) throw result.error;
  return performance.now() - start;
}

/** Medians of `runs` rounds; each round runs every entry once, so that drift meets all alike. */
function measure(entries, cwd, runs = RUNS) {
  const times = new Map(entries.map(([name]) => [name, []]));
  for (let round = 0; round <= runs; round += 1) {
    for (const [name, command, args] of entries) {
      const ms = time(command, args, cwd);
      if (round > 0) times.get(name).push(ms);
    }
  }
  return new Map(
    [...times].map(([name, list]) => {
      const sorted = list.sort((a, b) => a - b);
      return [name, { median: sorted[runs >> 1], min: sorted[0], max: sorted.at(-1) }];
    }),
  );
}

const show = (name, { median, min, max }) =>
  console.log(
    `  ${name.padEnd(34)} ${median.toFixed(0).padStart(7)} ms   (${min.toFixed(0)}-${max.toFixed(0)})`,
  );

function peakMemory(cwd) {
  const result = spawnSync("/usr/bin/time", ["-f", "%M", process.execPath, CLI, "history"], {
    cwd,
    encoding: "utf8",
  });
  return result.error
    ? "not measured"
    : `${(Number(result.stderr.trim().split("\n").at(-1)) / 1024).toFixed(0)} MB`;
}

/** [name, how it tells its version, its arguments for each work that it can do] */
const KNOWN = [
  [
    "gitleaks",
    ["version"],
    {
      history: ["git", "--no-banner", "--exit-code", "0", "--redact", "--log-opts=--all", "."],
      files: ["dir", "--no-banner", "--exit-code", "0", "--redact", "."],
      staged: ["git", "--staged", "--no-banner", "--exit-code", "0", "--redact", "."],
    },
  ],
  ["ripsecrets", ["--version"], { files: ["."], staged: ["."] }],
  ["detect-secrets", ["--version"], { files: ["scan", "--no-verify"], staged: ["scan", "--no-verify"] }],
];

/** Those of the peers that are here and can do the work, as entries of `measure`. */
function peersFor(work) {
  if (!PEERS) return [];
  return KNOWN.flatMap(([name, version, arguments_]) => {
    if (arguments_[work] === undefined) return [];
    const { error, stdout } = spawnSync(name, version, { encoding: "utf8" });
    if (error) return [];
    return [[`${name} ${/\d[\d.]*/.exec(stdout)?.[0] ?? "of its source"}`, name, arguments_[work]]];
  });
}

/** Other scanners are slow: the first three runs tell enough. */
function comparePeers(work, cwd, own) {
  const peers = peersFor(work);
  if (peers.length === 0) return;
  const figures = measure([["leakwarden", process.execPath, [CLI, ...own]], ...peers], cwd, 3);
  console.log(`\n${work}, beside other scanners: ${cwd.split("/").slice(-2).join("/")}`);
  const first = figures.get("leakwarden").median;
  for (const [name, figure] of figures) {
    show(name, figure);
    if (name !== "leakwarden") console.log(`    ${(figure.median / first).toFixed(1)} times as long`);
  }
}

for (const repository of repositories) {
  const cwd = resolve(repository);
  const figures = measure(
    [
      [
        "git cat-file (all objects)",
        "git",
        ["cat-file", "--batch-all-objects", "--batch", "--buffer", "--unordered"],
      ],
      ["leakwarden history", process.execPath, [CLI, "history"]],
    ],
    cwd,
  );
  console.log(`\nhistory of ${cwd.split("/").slice(-2).join("/")}, peak memory ${peakMemory(cwd)}`);
  for (const [name, figure] of figures) show(name, figure);
  const [git, own] = [...figures.values()];
  console.log(`  ratio ${(own.median / git.median).toFixed(2)}`);
  comparePeers("history", cwd, ["history"]);
  comparePeers("files", cwd, ["files", "."]);
}

const dir = mkdtempSync(join(tmpdir(), "leakwarden-bench-"));
try {
  const git = (...args) =>
    spawnSync("git", ["-c", "user.name=b", "-c", "user.email=b@b", ...args], { cwd: dir });
  git("init", "-q");
  git("commit", "-q", "--allow-empty", "-m", "first");
  for (let file = 0; file < 20; file += 1) {
    const lines = Array.from(
      { length: 250 },
      (_, i) => `  const value${i} = compute(input${file}, "label ${i}", { retry: ${i % 7} });`,
    );
    writeFileSync(join(dir, `file${file}.ts`), `${lines.join("\n")}\n`);
  }
  git("add", ".");
  const head = spawnSync("git", ["rev-parse", "HEAD"], { cwd: dir, encoding: "utf8" }).stdout.trim();
  const figures = measure(
    [
      ["empty Node", process.execPath, ["-e", ""]],
      ["git rev-parse", "git", ["rev-parse", "HEAD"]],
      ["git diff-index", "git", ["diff-index", "--cached", "--raw", head]],
      ["git cat-file", "git", ["cat-file", "--batch-all-objects", "--batch"]],
      ["leakwarden staged", process.execPath, [CLI, "staged"]],
    ],
    dir,
    3 * RUNS,
  );
  console.log("\nstaged, 20 files, 5,000 lines");
  for (const [name, figure] of figures) show(name, figure);
  const all = [...figures.values()].map(({ median }) => median);
  const floor = all.slice(0, -1).reduce((sum, ms) => sum + ms, 0);
  console.log(
    `  ratio ${(all.at(-1) / floor).toFixed(2)} of empty Node and the git calls (${floor.toFixed(0)} ms)`,
  );
  comparePeers("staged", dir, ["staged"]);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
