import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CLI, TempRepo, tempDir } from "../support/temp-repo.ts";
import { awsPair, token } from "../support/tokens.ts";

const GATE = join(CLI, "../leakwarden-gate.sh");
const PROSE = "the first line\nthe second line\nthe third line\n";

/** Tokens without a digit, and without a run of 16 characters: few are drawn so. */
const LETTERS = ["glpat", "kQzWvXbRtYpLmNcDfGhJ"].join("-");
const SHORT_RUNS = ["So3u9224XF2m", "qYgPLPeRF8703", "j1TA6", "kt4T2wg"].join("/");

/** A repository with one commit, in which `path` holds `content`. */
function repoWith(path = "a.txt", content: string | Buffer = PROSE): TempRepo {
  const repo = new TempRepo().write(path, content);
  repo.commit("first");
  return repo;
}

/** Whether the gate is open for what is staged; what it says must be nothing. */
function isOpen(repo: TempRepo, env: Record<string, string> = {}): boolean {
  const ran = repo.run("sh", [GATE], { env });
  expect(ran.stdout + ran.stderr).toBe("");
  return ran.code !== 0;
}

function staged(repo: TempRepo, path: string, content: string | Buffer): TempRepo {
  repo.write(path, content);
  repo.git("add", "--all");
  return repo;
}

describe("shut for", () => {
  test.each([
    ["prose", "a.txt", `${PROSE}a fourth line\n`],
    ["code", "src/a.ts", "export function add(a: number, b: number) {\n  return a + b; // sum\n}\n"],
    ["other languages", "b.md", "Größe, naïveté, 数据\n"],
    ["an empty file", "empty", ""],
    ["a file without a newline at its end", "c.txt", "no newline"],
    ["what looks like lines of a difference", "d.txt", "--- a/x\n+++ b/.env\n@@ -1 +1 @@\n#end\n= near\n"],
    ["lines that end as on Windows", "e.txt", "one\r\n\r\ntwo\r\n"],
  ])("%s", (_name, path, content) => {
    expect(isOpen(staged(repoWith(), path, content))).toBe(false);
  });

  test("nothing, deletions, and secrets that are taken out", () => {
    const repo = repoWith("a.txt", `${PROSE}${awsPair().lines}`);
    expect(isOpen(repo)).toBe(false);
    expect(isOpen(staged(repo, "a.txt", PROSE))).toBe(false);
    repo.git("rm", "--quiet", "--force", "a.txt");
    expect(isOpen(repo)).toBe(false);
  });

  test("a word of the change that was there before", () => {
    const repo = repoWith("a.txt", `see https://example.org/\n${"line\n".repeat(20)}end\n`);
    expect(isOpen(staged(repo, "a.txt", `see https://example.org/\n${"line\n".repeat(20)}the end\n`))).toBe(
      false,
    );
  });

  test("a change of mode", () => {
    const repo = repoWith();
    chmodSync(join(repo.dir, "a.txt"), 0o755);
    repo.git("add", "a.txt");
    expect(isOpen(repo)).toBe(false);
  });
});

describe("open for", () => {
  const secret = () => `key: ${token("ghp_{github}")}\n`;

  test.each([
    ["a token", "a.txt", secret],
    ["a password behind its name", "conf.yml", () => `db:\n  password: ${token("{password}")}\n`],
    ["a URL with a password", "a.txt", () => `postgres://app:${token("{base62:14}")}@db.corp.net/app\n`],
    // Without a digit only its head tells; the head has a dash in it.
    ["a token whose head holds another's", "a.txt", () => `x ${LETTERS}\n`],
    ["a token behind a terminal's colour", "a.txt", () => `\x1b[m${LETTERS}\n`],
    ["a token of letters", "a.txt", () => `key: sk-ant-${"abcdefghij".repeat(3)}\n`],
    ["a token of letters behind a dash", "a.txt", () => `key: my-sk-ant-${"abcdefghij".repeat(3)}\n`],
    ["UTF-16", "a.txt", () => Buffer.from(`\ufeff${secret()}`, "utf16le")],
    ["a NUL byte", "a.bin", () => Buffer.from("text\0text\n")],
    ["a credential file", ".env", () => "PORT=80\n"],
    ["a name that git quotes", 'a"b.txt', () => "text\n"],
    ["a long change", "long.txt", () => "plain words only\n".repeat(70_000)],
    ["an archive", "a.zip", () => Buffer.concat([Buffer.from("PK\x03\x04"), Buffer.alloc(100)])],
  ])("%s", (_name, path, content) => {
    expect(isOpen(staged(repoWith(), path, content()))).toBe(true);
  });

  test("a change in a value of many lines whose name is old", () => {
    const before = `apiVersion: v1\npassword: |\n  first-${token("{base62:6}")}\nother: 1\n`;
    const repo = repoWith("a.yml", before);
    expect(isOpen(staged(repo, "a.yml", before.replace(/first-.*/, "x9_Tr.qB")))).toBe(true);
  });

  test("a change of the last, short line of a long key", () => {
    const body = token("{pem:20}").split("\n");
    const pem = (last: string) => `-----BEGIN\n${[...body.slice(0, -1), last].join("\n")}\n-----END\n`;
    const repo = repoWith("a.txt", pem("aB"));
    expect(isOpen(staged(repo, "a.txt", pem("aC")))).toBe(true);
  });

  test("a secret beside a key ID that is old", () => {
    const id = `one: ${awsPair().id}\n`;
    const repo = repoWith("a.txt", `${id}two: x\n`);
    // None of its runs is long enough to tell.
    expect(isOpen(staged(repo, "a.txt", `${id}two: ${SHORT_RUNS}\n`))).toBe(true);
  });

  test("a git that fails midway, behind a line that looks like the end", () => {
    const repo = repoWith("a.txt", "#end\n");
    repo.write("z.txt", PROSE).commit("second");
    repo.write("a.txt", "x\n#end");
    staged(repo, "z.txt", `${PROSE}key: ${token("ghp_{github}")}\n`);
    const blob = repo.git("rev-parse", ":z.txt").trim();
    unlinkSync(join(repo.dir, ".git/objects", blob.slice(0, 2), blob.slice(2)));
    expect(isOpen(repo)).toBe(true);
  });

  test("a file that is renamed to a telling name", () => {
    const repo = repoWith("settings.txt", "PORT=80\n");
    repo.git("mv", "settings.txt", ".env");
    expect(isOpen(repo)).toBe(true);
  });

  test("a symbolic link and a submodule", () => {
    const repo = repoWith();
    symlinkSync(`/srv/${token("ghp_{github}")}`, join(repo.dir, "link"));
    repo.git("add", "link");
    expect(isOpen(repo)).toBe(true);
    repo.git("reset", "--quiet", "--hard");
    const id = repo.git("rev-parse", "HEAD").trim();
    repo.git("update-index", "--add", "--cacheinfo", `160000,${id},module`);
    expect(isOpen(repo)).toBe(true);
  });

  test("the first commit, a file in conflict, and a folder that is no repository", () => {
    const first = staged(new TempRepo(), "a.txt", PROSE);
    expect(isOpen(first)).toBe(true);
    const repo = repoWith();
    repo.git("checkout", "--quiet", "-b", "other");
    repo.write("a.txt", "theirs\n").commit("theirs");
    repo.git("checkout", "--quiet", "main");
    repo.write("a.txt", "ours\n").commit("ours");
    expect(repo.run("git", ["merge", "--quiet", "other"]).code).not.toBe(0);
    expect(isOpen(repo)).toBe(true);
    expect(isOpen(new TempRepo(tempDir(), null))).toBe(true);
  });
});

describe("nothing shuts it by mistake", () => {
  const open = () => staged(repoWith(), "a.txt", `${PROSE}key: ${token("ghp_{github}")}\n`);

  test.each([
    ["-diff", "* -diff\n"],
    ["binary", "* binary\n"],
    ["a driver with textconv", "* diff=quiet\n"],
    ["an encoding in the work tree", "* working-tree-encoding=UTF-16\n"],
  ])("attribute: %s", (_name, attributes) => {
    const repo = repoWith();
    repo.write(".git/info/attributes", attributes);
    repo.git("config", "diff.quiet.textconv", "true");
    repo.git("config", "diff.quiet.command", "true");
    repo.git("update-index", "--add", "--cacheinfo", `100644,${blobOf(repo)},a.txt`);
    expect(isOpen(repo)).toBe(true);
  });

  function blobOf(repo: TempRepo): string {
    const input = `key: ${token("ghp_{github}")}\n`;
    return repo.run("git", ["hash-object", "-w", "--stdin", "--no-filters"], { input }).stdout.trim();
  }

  test.each([
    ["diff.external", "true"],
    ["diff.noprefix", "true"],
    ["diff.mnemonicPrefix", "true"],
    ["diff.context", "0"],
    ["diff.suppressBlankEmpty", "true"],
    ["diff.submodule", "log"],
    ["diff.relative", "true"],
    ["diff.orderFile", "missing"],
    ["diff.ignoreSubmodules", "all"],
    ["color.ui", "always"],
    ["color.diff", "always"],
    ["core.pager", "true"],
    ["core.quotePath", "true"],
    ["core.abbrev", "40"],
  ])("configuration: %s", (key, value) => {
    const repo = open();
    repo.git("config", key, value);
    expect(isOpen(repo)).toBe(true);
    // Nor does it keep it open, but where git itself fails.
    expect(isOpen(staged(repo, "a.txt", `${PROSE}more\n\nwords\n`))).toBe(false);
  });

  test("environment", () => {
    const repo = open();
    for (const env of [
      { GIT_EXTERNAL_DIFF: "true" },
      { GIT_DIFF_OPTS: "--unified=0" },
      { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "diff.external", GIT_CONFIG_VALUE_0: "true" },
      { GIT_PAGER: "true" },
      { GREP_OPTIONS: "-v" },
      { LC_ALL: "C.UTF-8", LANG: "de_DE.UTF-8" },
    ])
      expect(isOpen(repo, env)).toBe(true);
  });

  test("replace refs", () => {
    const repo = open();
    const blob = repo.git("rev-parse", ":a.txt").trim();
    const harmless = repo.git("rev-parse", "HEAD:a.txt").trim();
    repo.git("replace", blob, harmless);
    expect(isOpen(repo)).toBe(true);
  });

  test("an index that only the environment names, as git commit -a has it", () => {
    const repo = repoWith();
    repo.write("a.txt", `${PROSE}key: ${token("ghp_{github}")}\n`);
    const index = join(repo.dir, "other-index");
    repo.run("git", ["read-tree", "HEAD"], { env: { GIT_INDEX_FILE: index } });
    repo.run("git", ["add", "a.txt"], { env: { GIT_INDEX_FILE: index } });
    expect(isOpen(repo)).toBe(false);
    expect(isOpen(repo, { GIT_INDEX_FILE: index })).toBe(true);
  });

  const PROGRAMS = ["git", "grep", "sed", "tr", "head", "cmp"];
  test.each(PROGRAMS)("without a working %s", (program) => {
    const repo = repoWith(".leakwarden.toml", "[rules]\n");
    staged(repo, "a.txt", `${PROSE}words\n`);
    repo.cli("staged");
    expect(isOpen(repo)).toBe(false);
    const bin = tempDir();
    writeFileSync(join(bin, program), "#!/bin/sh\nexit 2\n", { mode: 0o755 });
    expect(isOpen(repo, { PATH: `${bin}:${process.env.PATH}` })).toBe(true);
    const others = tempDir();
    for (const other of ["sh", ...PROGRAMS]) {
      if (other === program) continue;
      symlinkSync(repo.run("sh", ["-c", `command -v ${other}`]).stdout.trim(), join(others, other));
    }
    expect(isOpen(repo, { PATH: others })).toBe(true);
    symlinkSync(repo.run("sh", ["-c", `command -v ${program}`]).stdout.trim(), join(others, program));
    expect(isOpen(repo, { PATH: others })).toBe(false);
  });

  test("a shell whose printf is a program", () => {
    const repo = staged(repoWith(), "a.txt", `${PROSE.repeat(4000)}key: ${token("ghp_{github}")}\n`);
    const bin = tempDir();
    // Stands for one that fails on a long text, and only then.
    const script = `printf() { [ \${#2} -lt 1000 ] && command printf "$@"; }\n. '${GATE}'\n`;
    writeFileSync(join(bin, "leakwarden-gate.sh"), script);
    repo.run("cp", ["-r", join(GATE, "../gate"), bin]);
    expect(repo.run("sh", [join(bin, "leakwarden-gate.sh")]).code).not.toBe(0);
  });

  test("a grep that cannot give runs alone", () => {
    const repo = staged(repoWith(), "a.txt", `${PROSE}words\n`);
    const bin = tempDir();
    const grep = repo.run("sh", ["-c", "command -v grep"]).stdout.trim();
    const script = `#!/bin/sh\ncase " $* " in *" -o "*) exit 2;; esac\nexec ${grep} "$@"\n`;
    writeFileSync(join(bin, "grep"), script, { mode: 0o755 });
    expect(isOpen(repo, { PATH: `${bin}:${process.env.PATH}` })).toBe(true);
  });

  test("a pattern file that is gone", () => {
    const repo = staged(repoWith(), "a.txt", `${PROSE}words\n`);
    const copy = tempDir();
    for (const gone of readdirSync(join(GATE, "../gate"))) {
      repo.run("sh", ["-c", `rm -rf '${copy}'/* && cp -r '${join(GATE, "..")}'/gate '${GATE}' '${copy}'`]);
      expect(repo.run("sh", [join(copy, "leakwarden-gate.sh")]).code).toBe(0);
      repo.run("rm", [join(copy, "gate", gone)]);
      expect(repo.run("sh", [join(copy, "leakwarden-gate.sh")]).code, gone).not.toBe(0);
    }
  });
});

describe("switched off and by configuration", () => {
  test("LEAKWARDEN_GATE=off", () => {
    const repo = staged(repoWith(), "a.txt", `${PROSE}words\n`);
    expect(isOpen(repo)).toBe(false);
    expect(isOpen(repo, { LEAKWARDEN_GATE: "off" })).toBe(true);
  });

  const config = (text: string) => {
    const repo = staged(repoWith(), ".leakwarden.toml", text);
    expect(isOpen(repo)).toBe(true);
    repo.cli("staged");
    repo.git("commit", "--quiet", "--no-verify", "-m", "configuration");
    return staged(repo, "a.txt", `${PROSE}words\n`);
  };

  test("a configuration is read by a scan before the gate goes by it, and after each change again", () => {
    const repo = config('[rules]\ndisable = ["jwt"]\n');
    expect(isOpen(repo)).toBe(false);
    repo.write(".leakwarden.toml", '[rules]\ndisable = ["jwt", "npm-token"]\n');
    expect(isOpen(repo)).toBe(true);
  });

  test.each([
    ["gate = false", "gate = false\n"],
    ["archives", "archives = true\n"],
    ["a limit", "[limits]\nmax_file_bytes = 10\n"],
    [
      "own rules",
      '[[rule]]\nid = "own"\ntitle = "Own"\nkind = "structured"\nseverity = "high"\nkeywords = ["zz9-"]\npattern = "zz9-[0-9]{4}"\nsamples = ["zz9-1234"]\n',
    ],
    ["a broken configuration", "rules = 1\n"],
  ])("%s keeps it open", (_name, text) => {
    expect(isOpen(config(text))).toBe(true);
  });

  test("a configuration that was named approves nothing", () => {
    const repo = staged(repoWith(), "b.toml", "[rules]\n");
    repo.write(".leakwarden.toml", "[rules]\n");
    repo.cli("staged", "--config", "b.toml");
    expect(existsSync(join(repo.dir, ".git/leakwarden"))).toBe(false);
  });

  test("in a worktree of its own", () => {
    const repo = repoWith(".leakwarden.toml", "[rules]\n");
    mkdirSync(join(repo.dir, "side"));
    repo.git("worktree", "add", "--quiet", "side/tree");
    const tree = new TempRepo(join(repo.dir, "side/tree"), null);
    staged(tree, "a.txt", PROSE);
    expect(isOpen(tree)).toBe(true);
    tree.cli("staged");
    expect(isOpen(tree)).toBe(false);
  });
});
