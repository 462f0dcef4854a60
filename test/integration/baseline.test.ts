import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TempRepo, tempDir } from "../support/temp-repo.ts";
import { awsPair, token } from "../support/tokens.ts";

const FILE = ".leakwardenignore";
const read = (repo: TempRepo) => readFileSync(join(repo.dir, FILE), "utf8");
const entries = (repo: TempRepo) =>
  read(repo)
    .split("\n")
    .filter((line) => /^[0-9a-f]{24} /.test(line));

function leaky(): TempRepo {
  const repo = new TempRepo()
    .write("a.txt", awsPair().lines)
    .write("b.txt", `t = ${token("ghp_{github}")}\n`);
  repo.commit("first");
  return repo;
}

test("after baseline create only what is new is reported, wherever the old moves", () => {
  const repo = leaky();
  expect(repo.cli("baseline", "create", "--reason", "rotated in May").code).toBe(0);
  expect(entries(repo)).toHaveLength(3);
  expect(entries(repo)).toEqual([...entries(repo)].sort());
  repo.commit("baseline");
  const known = repo.scan("history");
  expect(known).toMatchObject({ code: 0, report: { findings: [] } });
  expect(known.report.suppressed).toHaveLength(3);
  expect(known.report.suppressed[0]).toMatchObject({ by: "baseline", reason: "rotated in May" });
  // Moved, renamed, indented, quoted otherwise, with other line ends.
  const text = readFileSync(join(repo.dir, "b.txt"), "utf8");
  repo.git("rm", "--quiet", "b.txt");
  repo.write("sub/c.yml", `\r\n\r\n    t: '${text.trim().slice(4)}'\r\n`).commit("moved");
  expect(repo.scan("history").code).toBe(0);
  expect(repo.scan("files").code).toBe(0);
  // Another secret in the place of a known one is new.
  repo.write("sub/c.yml", `\r\n\r\n    t: '${token("ghp_{github}")}'\r\n`);
  repo.git("add", "--all");
  expect(repo.scan("staged")).toMatchObject({ code: 1, report: { findings: [{ ruleId: "github-token" }] } });
});

test("the file holds no secret, and a weak password cannot be read off it quickly", () => {
  const repo = new TempRepo().write("a.env", "DB_PASSWORD=tr0ub4dor&3x\n");
  repo.commit();
  repo.cli("baseline", "create");
  expect(entries(repo).length).toBeGreaterThan(0);
  expect(read(repo)).not.toContain("tr0ub4dor");
});

test("it survives a shallow clone, which does not know the first commit", () => {
  const repo = leaky();
  repo.cli("baseline", "create");
  repo.commit("baseline");
  const dir = join(tempDir(), "clone");
  repo.git("clone", "--quiet", "--depth=1", `file://${repo.dir}`, dir);
  expect(new TempRepo(dir, null).scan("files")).toMatchObject({ code: 0, report: { findings: [] } });
});

test("two branches that both allow something merge without a conflict", () => {
  const repo = leaky();
  repo.cli("baseline", "create");
  repo.commit("baseline");
  repo.git("checkout", "--quiet", "-b", "one");
  for (const [branch, from] of [
    ["one", "main"],
    ["two", "main"],
  ] as const) {
    repo.git("checkout", "--quiet", "-B", branch, from);
    for (let i = 0; i < 8; i += 1) repo.write(`${branch}-${i}.txt`, `t = ${token("ghp_{github}")}\n`);
    repo.commit(`${branch} leaks`);
    expect(repo.cli("baseline", "create", "--reason", branch).code).toBe(0);
    repo.commit(`${branch} allows`);
  }
  repo.git("merge", "--quiet", "--no-edit", "one");
  const prints = () => new Set(entries(repo).map((line) => line.slice(0, 24)));
  expect(prints().size).toBe(19);
  expect(repo.scan("history").code).toBe(0);
  // Written again it is sorted again, each secret once.
  repo.cli("baseline", "create");
  expect(entries(repo)).toHaveLength(19);
  expect(prints().size).toBe(19);
  expect(entries(repo)).toEqual([...entries(repo)].sort());
});

test("expired entries count no longer, and say so; stale ones are told and pruned", () => {
  const repo = leaky();
  repo.cli("baseline", "create", "--until", "2020-02-29");
  const { code, report } = repo.scan("history");
  expect(code).toBe(1);
  expect(report.warnings.join("\n")).toMatch(/\.leakwardenignore:\d+: the entry counted until 2020-02-29/);
  repo.write(FILE, `${"0123456789ab".repeat(2)} github-token gone.txt -- long gone\n`);
  expect(repo.scan("history").report.warnings.join()).toContain("1 of the known secrets");
  const diff = repo.cli("baseline", "diff");
  expect(diff.code).toBe(1);
  expect(diff.stdout.match(/^\+ /gm)).toHaveLength(3);
  expect(diff.stdout).toMatch(/^- (?:0123456789ab){2} github-token gone\.txt$/m);
  expect(repo.cli("baseline", "prune").stdout).toBe("1 taken out, 0 left\n");
  expect(entries(repo)).toEqual([]);
});

test("allow: by place and by fingerprint, staged and in history", () => {
  const repo = leaky();
  expect(
    repo.cli("allow", "b.txt:1", "--reason", "example", "--owner", "ada", "--until", "2999-12-31").code,
  ).toBe(0);
  expect(entries(repo)[0]).toMatch(
    /^[0-9a-f]{24} github-token b\.txt owner=ada until=2999-12-31 -- example$/,
  );
  const [finding] = repo.scan("history").report.findings;
  expect(repo.cli("allow", finding!.fingerprint.slice(0, 8), "--reason", "revoked").code).toBe(0);
  expect(entries(repo)).toHaveLength(2);
  repo.write("new file.txt", `t = ${token("ghp_{github}")}\n`);
  repo.git("add", "--all");
  expect(repo.scan("staged").code).toBe(1);
  expect(repo.cli("allow", "new file.txt:1", "--reason", "staged").code).toBe(0);
  expect(entries(repo).some((line) => line.includes(" new%20file.txt -- staged"))).toBe(true);
  expect(repo.scan("staged").code).toBe(0);
});

test("bad input is named, and nothing is written", () => {
  const repo = leaky();
  const refused = (args: string[], words: string) => {
    const ran = repo.cli(...args);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(words);
  };
  refused(["allow", "b.txt:1"], "--reason");
  refused(["allow", "b.txt:7", "--reason", "x"], "'b.txt:7'");
  refused(["allow", "nonsense", "--reason", "x"], "neither a fingerprint nor a place");
  refused(["allow", "b.txt:1", "--reason", " "], "--reason is empty");
  refused(["allow", "b.txt:1", "--reason", "x", "--until", "2027-02-30"], "'2027-02-30' is no day");
  expect(repo.run("ls", ["-a"]).stdout).not.toContain(FILE);
  const print = "0123456789ab".repeat(2);
  for (const [text, words] of [
    [`${print} github-token a.txt\n`, ":1:1: it gives no reason"],
    [`# x\n12 github-token a.txt -- x\n`, ":2:1: it does not begin with a fingerprint"],
    [`${print} github-token -- x\n`, "names no rule or no path"],
    [`${print} github-token a.txt until=soon -- x\n`, "that is neither owner=NAME"],
    ["root a\nroot b\n", ":2:1: there is a second root"],
  ] as const) {
    repo.write(FILE, text);
    refused(["history"], words);
    refused(["staged"], words);
  }
});

test("in a range the base's file counts", () => {
  const repo = leaky();
  repo.cli("baseline", "create");
  repo.commit("baseline");
  repo.git("checkout", "--quiet", "-b", "work");
  repo.write("n.txt", `t = ${token("ghp_{github}")}\n`).commit("new");
  expect(repo.cli("baseline", "create").code).toBe(0);
  repo.commit("allows itself");
  const { code, report } = repo.scan("range", "main..work");
  expect(code).toBe(1);
  expect(report.warnings.join()).toContain("these commits change .leakwardenignore");
  expect(repo.scan("range", "main..work", "--policy-from", "head").code).toBe(0);
});

test("of two entries for one secret the one that counts longest stays", () => {
  const repo = leaky();
  repo.cli("allow", "b.txt:1", "--reason", "for good");
  const [entry] = entries(repo);
  repo.write(FILE, `${read(repo)}${entry!.replace(" -- for good", " until=2020-01-01 -- not for long")}\n`);
  repo.cli("baseline", "create");
  expect(entries(repo).filter((line) => line.startsWith(entry!.slice(0, 24)))).toEqual([entry]);
});
