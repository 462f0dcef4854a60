// node test/bench/gate.mjs REPOSITORY…
//
// Stages each of the last 1,000 commits of a repository that are no merges, as they were made, and asks the gate. Prints how
// many it answers alone, how long it takes, and whether one of them is a commit that, by a scan of the whole history, a
// secret came in with: there must be none.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const COMMITS = 1000;
const DIST = resolve(import.meta.dirname, "../../dist");

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 30, ...options });
  if (result.error) throw result.error;
  return result;
}

const total = { commits: 0, shut: 0 };
for (const repository of process.argv.slice(2)) {
  const dir = mkdtempSync(join(tmpdir(), "leakwarden-gate-"));
  run("git", ["clone", "--quiet", "--shared", "--bare", resolve(repository), join(dir, "git")]);
  const env = { ...process.env, GIT_DIR: join(dir, "git"), GIT_INDEX_FILE: join(dir, "index") };
  const listed = run("git", ["rev-list", "--no-merges", `--max-count=${COMMITS}`, "--parents", "HEAD"], {
    env,
  });
  const commits = listed.stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" "));
  const shut = new Set();
  const times = [];
  for (const [commit, parent] of commits) {
    if (parent === undefined) continue;
    run("git", ["read-tree", commit], { env });
    writeFileSync(join(dir, "git/HEAD"), `${parent}\n`);
    const start = performance.now();
    const { status } = run("sh", [join(DIST, "leakwarden-gate.sh")], { env, cwd: dir });
    if (status !== 0) continue;
    times.push(performance.now() - start);
    shut.add(commit);
  }
  const report = run(
    process.execPath,
    [
      join(DIST, "leakwarden.cjs"),
      "history",
      "--format",
      "json",
      "--min-confidence",
      "low",
      "--fail-on",
      "low",
    ],
    { cwd: resolve(repository) },
  );
  const wrong = JSON.parse(report.stdout).findings.filter(({ commit }) => shut.has(commit?.id));
  times.sort((a, b) => a - b);
  console.log(
    `${repository.split("/").at(-1).padEnd(20)} ${shut.size} of ${commits.length} answered alone, ${times[times.length >> 1]?.toFixed(1)} ms; ${wrong.length} of them with a secret`,
  );
  for (const { ruleId, path, line, commit } of wrong) console.log(`  ${ruleId} ${path}:${line} ${commit.id}`);
  total.commits += commits.length;
  total.shut += shut.size;
  rmSync(dir, { recursive: true, force: true });
}
console.log(`together ${((100 * total.shut) / total.commits).toFixed(1)} %`);
