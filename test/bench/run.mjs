// npm run bench -- [--peers] [REPOSITORY…]
//
// Whole processes, page cache warm, one uncounted run, then five (of `staged`, which is short, fifteen), taken in
// turn with their yardstick:
//   history against `git cat-file --batch-all-objects --batch --buffer --unordered`; again with what it kept; after 100 new
//   commits; on one core
//   files of each repository, once, twice and four times
//   staged (20 files, 5,000 lines) against an empty Node process and the three git calls that it needs, and the gate
//   a whole git commit with the installed hook: empty, small and large
// With --peers, other scanners that are on the PATH do the same work, without network checks: history of all refs, the
// checked-out files, and what is staged. They find different things: this tells how long one waits.
// Prints medians with their spread, and ratios of medians. RESULTS.md keeps what was measured.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const PEERS = process.argv.includes("--peers");
const repositories = process.argv.slice(2).filter((argument) => argument !== "--peers");
const CLI = resolve(import.meta.dirname, "../../dist/leakwarden.cjs");
const GATE = resolve(CLI, "../leakwarden-gate.sh");
const RUNS = 5;

const dir = mkdtempSync(join(tmpdir(), "leakwarden-bench-"));
process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
// No run of the benchmark sees what another program has kept, or leaves anything.
process.env.XDG_CACHE_HOME = join(dir, "cache");

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
  const command = [process.execPath, CLI, "history", "--no-cache"];
  const result = spawnSync("/usr/bin/time", ["-f", "%M", ...command], { cwd, encoding: "utf8" });
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
  [
    "betterleaks",
    ["version"],
    {
      history: [
        ...["git", "--no-banner", "--exit-code", "0", "--redact", "--git-workers", "2"],
        ...["--log-opts=--all", "."],
      ],
      files: ["dir", "--no-banner", "--exit-code", "0", "--redact", "."],
      staged: ["git", "--staged", "--no-banner", "--exit-code", "0", "--redact", "."],
    },
  ],
  [
    "kingfisher",
    ["--version"],
    {
      history: ["scan", ".", "--no-validate", "--git-history", "full", "--no-update-check", "--quiet"],
      files: ["scan", ".", "--no-validate", "--git-history", "none", "--no-update-check", "--quiet"],
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

const git = (cwd, ...args) =>
  spawnSync("git", ["-c", "user.name=b", "-c", "user.email=b@b", ...args], { cwd, encoding: "utf8" });

/** `history` of a clone whose branch grows by 100 commits after what was kept was kept. */
function afterNewCommits(repository) {
  const clone = join(dir, "clone");
  git(dir, "clone", "--quiet", "--bare", "--shared", repository, clone);
  git(clone, "config", "--add", "remote.origin.fetch", "+refs/*:refs/*");
  git(clone, "fetch", "--quiet");
  const branch = git(clone, "symbolic-ref", "HEAD").stdout.trim();
  const tip = git(clone, "rev-parse", "HEAD").stdout.trim();
  git(clone, "update-ref", branch, "HEAD~100");
  spawnSync(process.execPath, [CLI, "history"], { cwd: clone, stdio: "ignore" });
  git(clone, "update-ref", branch, tip);
  const { XDG_CACHE_HOME: cache } = process.env;
  cpSync(cache, `${cache}-kept`, { recursive: true });
  const times = [];
  for (let round = 0; round <= RUNS; round += 1) {
    rmSync(cache, { recursive: true, force: true });
    cpSync(`${cache}-kept`, cache, { recursive: true });
    const ms = time(process.execPath, [CLI, "history"], clone);
    if (round > 0) times.push(ms);
  }
  for (const path of [clone, cache, `${cache}-kept`]) rmSync(path, { recursive: true, force: true });
  times.sort((a, b) => a - b);
  return { median: times[RUNS >> 1], min: times[0], max: times.at(-1) };
}

/** `files` of what is checked out, once, twice and four times. */
function growth(repository) {
  const folder = join(dir, "copies");
  const perCopy = [];
  for (const copies of [1, 2, 4]) {
    for (let copy = 0; copy < copies; copy += 1) {
      mkdirSync(join(folder, String(copy)), { recursive: true });
      spawnSync("sh", [
        "-c",
        `git -C '${repository}' archive HEAD | tar -x -C '${join(folder, String(copy))}'`,
      ]);
    }
    const figure = measure([["files", process.execPath, [CLI, "files", "."]]], folder).get("files");
    show(`files, ${copies} times`, figure);
    perCopy.push(figure.median / copies);
  }
  rmSync(folder, { recursive: true, force: true });
  console.log(
    `  a copy of two takes ${(perCopy[1] / perCopy[0]).toFixed(2)}, of four ${(perCopy[2] / perCopy[0]).toFixed(2)} of one`,
  );
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
      ["leakwarden history", process.execPath, [CLI, "history", "--no-cache"]],
      [
        "leakwarden history, one core",
        "taskset",
        ["-c", "0", process.execPath, CLI, "history", "--no-cache"],
      ],
      ["leakwarden history, again", process.execPath, [CLI, "history"]],
    ],
    cwd,
  );
  figures.set("leakwarden history, 100 new", afterNewCommits(cwd));
  console.log(`\nhistory of ${cwd.split("/").slice(-2).join("/")}, peak memory ${peakMemory(cwd)}`);
  for (const [name, figure] of figures) show(name, figure);
  const [cat, own, one, again, grown] = [...figures.values()].map(({ median }) => median);
  console.log(
    `  ratio ${(own / cat).toFixed(2)}; one core ${(one / own).toFixed(2)}, again ${(again / own).toFixed(3)}, 100 new commits ${(grown / own).toFixed(3)} of that`,
  );
  comparePeers("history", cwd, ["history", "--no-cache"]);
  growth(cwd);
  comparePeers("files", cwd, ["files", "."]);
}

{
  const work = join(dir, "staged");
  mkdirSync(work);
  git(work, "init", "-q");
  git(work, "commit", "-q", "--allow-empty", "-m", "first");
  for (let file = 0; file < 20; file += 1) {
    const lines = Array.from(
      { length: 250 },
      (_, i) => `  const value${i} = compute(input${file}, "label ${i}", { retry: ${i % 7} });`,
    );
    writeFileSync(join(work, `file${file}.ts`), `${lines.join("\n")}\n`);
  }
  git(work, "add", ".");
  const head = git(work, "rev-parse", "HEAD").stdout.trim();
  const figures = measure(
    [
      ["empty Node", process.execPath, ["-e", ""]],
      ["git rev-parse", "git", ["rev-parse", "HEAD"]],
      ["git diff-index", "git", ["diff-index", "--cached", "--raw", head]],
      ["git cat-file", "git", ["cat-file", "--batch-all-objects", "--batch"]],
      ["leakwarden staged", process.execPath, [CLI, "staged"]],
    ],
    work,
    3 * RUNS,
  );
  console.log("\nstaged, 20 files, 5,000 lines");
  for (const [name, figure] of figures) show(name, figure);
  const all = [...figures.values()].map(({ median }) => median);
  const floor = all.slice(0, -1).reduce((sum, ms) => sum + ms, 0);
  console.log(
    `  ratio ${(all.at(-1) / floor).toFixed(2)} of empty Node and the git calls (${floor.toFixed(0)} ms)`,
  );
  comparePeers("staged", work, ["staged"]);

  // A commit that can hold no secret: what the hook does then is the gate, and nothing else.
  git(work, "commit", "-q", "-m", "second");
  writeFileSync(join(work, "file0.ts"), "export function add(a, b) {\n  return a + b;\n}\n");
  git(work, "add", ".");
  const shut = measure(
    [["empty Node", process.execPath, ["-e", ""]], ["the gate, shut", "sh", [GATE]], ...peersFor("staged")],
    work,
    3 * RUNS,
  );
  console.log("\nthe hook on a commit that can hold no secret");
  for (const [name, figure] of shut) show(name, figure);
  if (spawnSync("sh", [GATE], { cwd: work }).status !== 0) throw new Error("the gate is open");
}

/** A whole `git commit`, with the installed hook and with --no-verify. Each is taken back before the next. */
{
  const work = join(dir, "commits");
  mkdirSync(work);
  git(work, "init", "-q");
  git(work, "commit", "-q", "--allow-empty", "-m", "first");
  const bin = join(work, "node_modules/.bin");
  mkdirSync(bin, { recursive: true });
  symlinkSync(CLI, join(bin, "leakwarden"));
  const init = spawnSync(process.execPath, [CLI, "init"], { cwd: work, encoding: "utf8" });
  if (init.status !== 0) throw new Error(init.stderr);
  const code = (file, lines) =>
    Array.from({ length: lines }, (_, i) => `  const value${i} = compute(input${file}, "label ${i}");`).join(
      "\n",
    );
  const named = 'const token = process.env.API_TOKEN ?? "not set";\n';
  const sizes = [
    ["empty", 0, 0, ""],
    ["one file, 30 lines, gate shut", 1, 30, ""],
    ["one file, 30 lines, gate open", 1, 30, named],
    ["500 files, 100,000 lines, gate open", 500, 200, named],
  ];
  console.log("\ngit commit with the installed hook");
  for (const [name, files, lines, more] of sizes) {
    for (let file = 0; file < files; file += 1)
      writeFileSync(join(work, `file${file}.ts`), `${code(file, lines)}\n${more}`);
    git(work, "add", "*.ts");
    const commit = ["-c", "core.editor=true", "commit", "-q", "--allow-empty", "-m", "next"];
    const times = { with: [], without: [] };
    for (let round = 0; round <= 2 * RUNS; round += 1) {
      for (const [kind, more] of [
        ["without", ["--no-verify"]],
        ["with", []],
      ]) {
        const ms = time("git", [...commit, ...more], work);
        const { status } = git(work, "reset", "-q", "--soft", "HEAD~1");
        if (status !== 0) throw new Error(`'${name}' was not committed`);
        if (round > 0) times[kind].push(ms);
      }
    }
    const middle = (list) => list.sort((a, b) => a - b)[RUNS];
    const [plain, hooked] = [middle(times.without), middle(times.with)];
    console.log(
      `  ${name.padEnd(38)} ${plain.toFixed(0).padStart(5)} ms without, ${hooked.toFixed(0).padStart(5)} ms with: ${(hooked - plain).toFixed(0)} ms more`,
    );
    git(work, "reset", "-q", "--hard");
  }
}
