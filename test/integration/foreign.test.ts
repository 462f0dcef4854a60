import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TempRepo } from "../support/temp-repo.ts";
import { awsPair, token } from "../support/tokens.ts";

const quark = () => token("qk_{base62:24}");
const RULE = `[[rules]]
id = "quark-key"
description = "A quark key."
regex = '''\\b(qk_[a-zA-Z0-9]{24})\\b'''
keywords = ["qk_"]
`;

/** What a scan of the files reports, as rule ids with paths. */
function found(repo: TempRepo, ...args: string[]): string[] {
  const { report } = repo.scan("files", ...args);
  return report.findings.map(({ ruleId, path }) => `${ruleId} ${path}`).sort();
}

describe(".gitleaks.toml", () => {
  test("counts where there is no configuration of ours, and says so", () => {
    const repo = new TempRepo()
      .write(".gitleaks.toml", RULE)
      .write("a.txt", `k = ${quark()}\n`)
      .write("b.txt", awsPair().lines);
    const { report, code } = repo.scan("files");
    expect(code).toBe(1);
    // It does not extend the default rules.
    expect(report.findings.map(({ ruleId }) => ruleId)).toEqual(["quark-key"]);
    expect(report.warnings[0]).toMatch(/^read as configuration: \.gitleaks\.toml; 1 thing/);
    repo.write(".gitleaks.toml", `[extend]\nuseDefault = true\n${RULE}`);
    expect(found(repo)).toHaveLength(3);
    repo.write(".leakwarden.toml", "");
    expect(found(repo).join()).not.toContain("quark");
  });

  test("is named by --config as well, whatever it is called", () => {
    const repo = new TempRepo().write("conf/scan.toml", RULE).write("a.txt", `k = ${quark()}\n`);
    expect(found(repo, "--config", join(repo.dir, "conf/scan.toml"))).toEqual(["quark-key a.txt"]);
  });

  test("entropy, paths, groups and words beside the match decide", () => {
    const repo = new TempRepo()
      .write(
        ".gitleaks.toml",
        `[[rules]]
id = "Low_Entropy"
regex = 'low=(\\w{16})'
entropy = 3.0
[[rules]]
id = "only-yml"
regex = 'yml=(\\w{16})'
path = '\\.yml$'
[[rules]]
id = "second"
regex = 'user=(\\w+) pass=(\\w+)'
secretGroup = 2
[[rules]]
id = "worded"
regex = '\\b[a-f0-9]{40}\\b'
keywords = ["quark"]
[[rules]]
id = "key-file"
path = '(^|/)secret\\.bin$'
`,
      )
      .write("a.txt", "low=aaaaaaaaaaaaaaab\nlow=a8Kd0fLq2mZx7PwT\nuser=joe pass=wohLi3ex\n")
      .write("b.yml", "yml=a8Kd0fLq2mZx7PwT\n")
      .write("c.txt", "yml=a8Kd0fLq2mZx7PwT\n")
      .write("d.txt", `quark\n${"0a1b2c3d4e".repeat(4)}\n`)
      .write("e.txt", `${"0a1b2c3d4e".repeat(4)}\n`)
      .write("sub/secret.bin", "anything\n");
    expect(found(repo)).toEqual([
      "key-file sub/secret.bin",
      "low-entropy a.txt",
      "only-yml b.yml",
      "second a.txt",
      "worded d.txt",
    ]);
    const out = join(repo.dir, "..", "out.json");
    repo.cli("files", "--format", "json", "--reveal", "--output", out);
    const revealed = JSON.parse(readFileSync(out, "utf8")) as { findings: Record<string, string>[] };
    expect(revealed.findings.find(({ ruleId }) => ruleId === "second")?.secret).toBe("wohLi3ex");
  });

  test("allowlists: of a rule and of all, by secret, match, line, word, path and commit, any or all of them", () => {
    const lists = [
      ["regexes = ['zz9zz']", "qk_zz9zz", ""],
      ["regexTarget = 'line'\nregexes = ['# sample']", "", " # sample"],
      ["stopwords = ['Stopp']", "qk_stOPp", ""],
    ] as const;
    for (const [list, start, behind] of lists) {
      const value = (start || "qk_") + quark().slice((start || "qk_").length);
      for (const where of [
        `[rules.allowlist]\n${list}\n`,
        `[[rules.allowlists]]\n${list}\n`,
        `[allowlist]\n${list}\n`,
      ]) {
        const repo = new TempRepo().write(".gitleaks.toml", `${RULE}${where}`);
        repo.write("a.txt", `k = ${value}${behind}\n`).write("b.txt", `k = ${quark()}\n`);
        expect(found(repo), where).toEqual(["quark-key b.txt"]);
      }
    }
    const both = new TempRepo()
      .write(
        ".gitleaks.toml",
        `${RULE}[[rules.allowlists]]\ncondition = "AND"\npaths = ['^docs/']\nregexTarget = "match"\nregexes = ['^qk_zz']\n`,
      )
      .write("docs/a.txt", `k = qk_zz${quark().slice(5)}\n`)
      .write("docs/b.txt", `k = qk_yy${quark().slice(5)}\n`)
      .write("c.txt", `k = qk_zz${quark().slice(5)}\n`);
    expect(found(both)).toEqual(["quark-key c.txt", "quark-key docs/b.txt"]);
    const repo = new TempRepo().write("a.txt", `k = ${quark()}\n`);
    const id = repo.commit("first");
    repo.write("b.txt", `k = ${quark()}\n`).commit("second");
    repo.write(".gitleaks.toml", `${RULE}[allowlist]\ncommits = ["${id}"]\n`);
    const { report } = repo.scan("history");
    expect(report.findings.map(({ path }) => path)).toEqual(["b.txt"]);
    expect(report.suppressed).toMatchObject([{ path: "a.txt", by: "config" }]);
  });

  test("a rule that requires another, near, is found with it only", () => {
    const repo = new TempRepo()
      .write(
        ".gitleaks.toml",
        `${RULE}[[rules.required]]\nid = "quark-user"\nwithinLines = 2\n[[rules]]\nid = "quark-user"\nregex = 'qu_[a-z]{8}'\nskipReport = true\n`,
      )
      .write("near.txt", `u = qu_abcdefgh\n\nk = ${quark()}\n`)
      .write("far.txt", `u = qu_abcdefgh\n\n\nk = ${quark()}\n`)
      .write("alone.txt", `k = ${quark()}\n`);
    expect(found(repo)).toEqual(["quark-key near.txt"]);
  });

  test("extends another file, takes rules out and adds to others", () => {
    const repo = new TempRepo()
      .write("base.toml", `${RULE}[[rules]]\nid = "other"\nregex = 'ot_[a-z]{10}'\n`)
      .write(
        ".gitleaks.toml",
        `[extend]\npath = "base.toml"\ndisabledRules = ["other"]\n[[rules]]\nid = "quark-key"\n[[rules.allowlists]]\npaths = ['^docs/']\n`,
      )
      .write("a.txt", `k = ${quark()}\nx ot_abcdefghij\n`)
      .write("docs/a.txt", `k = ${quark()}\n`);
    expect(found(repo)).toEqual(["quark-key a.txt"]);
  });

  test("disabledRules and allowlists for default rules go to the rules here that are like them", () => {
    const repo = new TempRepo()
      .write("a.txt", awsPair().lines)
      .write("docs/b.txt", `t = ${token("ghp_{github}")}\n`)
      .write(
        ".gitleaks.toml",
        `[extend]\nuseDefault = true\ndisabledRules = ["private-key", "no-such-thing"]\n[[rules]]\nid = "github-pat"\n[rules.allowlist]\npaths = ['^docs/']\n`,
      );
    const ids = found(repo).join();
    expect(ids).toContain("aws-access-key-id");
    expect(ids).not.toContain("github");
    expect(repo.cli("migrate", "--dry-run").stdout).toMatch(
      /'no-such-thing' \(there is none like it\); it stays on/,
    );
  });

  test("what cannot be read is named, with the line, and nothing is scanned", () => {
    const cases = [
      [
        "[[rules]]\nid = 'x'\nregex = 'a(?=b)'\n",
        /\.gitleaks\.toml:3:1: rule 'x' cannot be read: RE2 has no look-around: \(\?=b/,
      ],
      [
        "[[rules]]\nid = 'x'\nregex = 'a('\n",
        /\.gitleaks\.toml:3:1: rule 'x' cannot be read: a '\(' is not closed/,
      ],
      ["[[rules]]\nid = 'x'\nregex = 'abc'\nsecretGroup = 2\n", /:4:1: rule 'x' has 0 groups, no group 2/],
      [
        "[[rules]]\nid = 'x'\nregex = 'abc'\n[[rules.required]]\nid = 'y'\n",
        /requires 'y', which is no rule/,
      ],
      ["[[rules]]\nid = 'x'\nregex = 5\n", /'rules.regex' must be string, not 5/],
      ["[extend]\npath = 'none.toml'\n", /'none.toml', which it extends, does not exist/],
      [
        "[[rules]]\nid = 'x'\nregex = 'abc'\n[allowlist]\ncondition = 'xor'\npaths = ['a']\n",
        /'and' or 'or', not 'xor'/,
      ],
      ["[[rules\n", /not valid TOML/],
    ] as const;
    for (const [text, message] of cases) {
      const repo = new TempRepo().write(".gitleaks.toml", text);
      const { code, stderr } = repo.cli("files");
      expect({ code, stderr }, text).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
    }
  });

  test("its rules open the gate of the hook", () => {
    const repo = new TempRepo().write(".gitleaks.toml", "[[rules]]\nid = 'x'\nregex = 'zz:\\w'\n");
    repo.commit("configuration");
    expect(repo.cli("init").code).toBe(0);
    repo.write("a.txt", "zz:a\n");
    repo.git("add", "a.txt");
    expect(repo.run("git", ["commit", "-m", "x"]).code).toBe(1);
  });
});

describe("what a rule of theirs means", () => {
  /** Whether something is found in each of the files. */
  const foundIn = (config: string, files: Record<string, string>) => {
    const repo = new TempRepo().write(".gitleaks.toml", config);
    for (const [path, text] of Object.entries(files)) repo.write(path, text);
    return found(repo).map((line) => line.split(" ")[1]);
  };
  const rule = (id: string, regex: string, more = "") =>
    `[[rules]]\nid = '${id}'\nregex = '''${regex}'''\n${more}\n`;

  test("the first group that holds something is the secret, or else all of the match", () => {
    expect(foundIn(rule("a", "foo(bar)?baz-[0-9]+"), { x: "foobaz-123\n" })).toEqual(["x"]);
    expect(foundIn(rule("a", "zap([a-z]*)zip-[0-9]+"), { x: "zapzip-9\n" })).toEqual(["x"]);
    expect(foundIn(rule("a", "tik([a-z]*)tok-([0-9]+)"), { x: "tiktok-55\n" })).toEqual(["x"]);
  });

  test("an allowlist whose conditions cannot all be met allows nothing", () => {
    const list = "[[rules.allowlists]]\ncondition = 'AND'\ncommits = ['abc1234']\npaths = ['x']";
    expect(foundIn(rule("a", "foo-[0-9]{9}", list), { x: "foo-123456789\n" })).toEqual(["x"]);
  });

  test("a rule that is not for a path hides no other there", () => {
    const rules =
      rule("a", "tok_([a-z0-9]{10}_[0-9]{6})", "path = '\\.tf$'") + rule("b", "tok_([a-z0-9]{10})");
    expect(foundIn(rules, { x: "tok_abcdefghi1_123456\n" })).toEqual(["x"]);
  });

  test("disabledRules takes out what is extended, not what is written beside it; of two the last counts", () => {
    const repo = new TempRepo()
      .write("base.toml", rule("a", "foo-[0-9]{9}"))
      .write(
        ".gitleaks.toml",
        `[extend]\npath = "base.toml"\ndisabledRules = ["a"]\n${rule("a", "bar-[0-9]{9}")}`,
      )
      .write("x", "foo-123456789\n")
      .write("y", "bar-123456789\n");
    expect(found(repo)).toEqual(["a y"]);
    const twice =
      rule("a", "foo-[0-9]{9}", "[rules.allowlist]\nstopwords = ['123']") + rule("a", "bar-[0-9]{9}");
    expect(foundIn(twice, { x: "bar-123456789\n" })).toEqual(["x"]);
  });

  test("letters beyond ASCII: in what is between, in keywords, in paths and in words", () => {
    expect(foundIn(rule("a", "start([0-9]{6})[\\s\\S]*END"), { x: "start123456 à \u00a0\v END\n" })).toEqual([
      "x",
    ]);
    expect(
      foundIn(rule("a", "[0-9]{5}-[a-z]{5}", "keywords = ['schlüssel']"), {
        x: "der SCHLÜSSEL\n12345-abcde\n",
      }),
    ).toEqual(["x"]);
    expect(foundIn(rule("a", "foo-[0-9]{9}", "path = 'straße/'"), { "straße/x": "foo-123456789\n" })).toEqual(
      ["straße/x"],
    );
    const list = "[rules.allowlist]\nstopwords = ['größe']";
    expect(foundIn(rule("a", "foo-(\\S+)", list), { x: "foo-GRÖSSEgröße\n", y: "foo-klein\n" })).toEqual([
      "y",
    ]);
  });

  test("groups without end and a file outside are refused with a place", () => {
    const deep = new TempRepo().write(".gitleaks.toml", rule("a", "(".repeat(5000)));
    expect(deep.cli("files")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/:3:1: rule 'a' cannot be read: groups are nested/),
    });
    const outside = new TempRepo().write(".gitleaks.toml", "[extend]\npath = '../../x.toml'\n");
    expect(outside.cli("files")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/:2:1: .* not a file of the repository/),
    });
  });
});

test("a pattern of ours that a backtracking engine takes for ever runs as an automaton", () => {
  const repo = new TempRepo()
    .write(
      ".leakwarden.toml",
      "[[rule]]\nid = 'x'\ntitle = 'x'\nkind = 'structured'\nseverity = 'high'\nkeywords = ['qq:']\npattern = 'qq:((?:A|AK|K|I)*[0-9])\\b'\nrandomness = 'none'\n[[allow]]\nreason = 'x'\nvalues = ['^(A|AK|K)*1$']\n",
    )
    .write("a.txt", `qq:${"AK".repeat(60)}\n`)
    .write("b.txt", `qq:${"AK".repeat(60)}7\n`)
    .write("c.txt", `qq:${"AK".repeat(60)}1\n`);
  expect(found(repo)).toEqual(["x b.txt"]);
});

describe("lists of what is known", () => {
  test(".gitleaksignore: places, with a commit or without", () => {
    const repo = new TempRepo().write("a.txt", `\nk = ${token("ghp_{github}")}\n`);
    const id = repo.commit("first");
    repo.write("b.txt", `k = ${token("ghp_{github}")}\n`).commit("second");
    repo.write(".gitleaksignore", `# known\n${id}:a.txt:github-pat:2\n`);
    expect(repo.scan("history").report).toMatchObject({
      findings: [{ path: "b.txt" }],
      suppressed: [{ path: "a.txt", by: "ignore-file", reason: "line 2 of .gitleaksignore" }],
    });
    repo.write(".gitleaksignore", "b.txt:github-pat:1\n");
    expect(found(repo)).toEqual(["github-token a.txt"]);
    repo.write(".gitleaksignore", "b.txt\n");
    expect(repo.cli("files")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/\.gitleaksignore:1:1: this is neither/),
    });
  });

  test("a baseline of detect-secrets and a report of gitleaks name secrets, wherever they go", () => {
    const [one, two] = [token("ghp_{github}"), token("ghp_{github}")];
    const repo = new TempRepo().write("a.txt", `k = ${one}\n`).write("b.txt", `k = ${two}\n`);
    const hashed = createHash("sha1").update(one).digest("hex");
    repo.write(
      ".secrets.baseline",
      JSON.stringify({
        version: "1.5.0",
        results: { "a.txt": [{ type: "GitHub Token", hashed_secret: hashed, line_number: 1 }] },
      }),
    );
    repo.commit("first");
    expect(found(repo)).toEqual(["github-token b.txt"]);
    const report = join(repo.dir, "..", "report.json");
    writeFileSync(
      report,
      JSON.stringify([{ RuleID: "github-pat", File: "old.txt", StartLine: 9, Secret: two, Commit: "" }]),
    );
    expect(found(repo, "--baseline", report)).toEqual([]);
    expect(repo.cli("files", "--baseline", "none.json")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("does not exist"),
    });
    writeFileSync(report, "{");
    expect(repo.cli("files", "--baseline", report)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("not valid JSON"),
    });
  });

  test("an entry is for its rule: what another one finds in its place is reported", () => {
    const repo = new TempRepo()
      .write("a.txt", `k = ${token("ghp_{github}")}\n`)
      .write(".gitleaksignore", "a.txt:aws-access-token:1\n");
    expect(found(repo)).toEqual(["github-token a.txt"]);
  });

  test(".secretlintignore: what a later line takes out again is scanned", () => {
    const repo = new TempRepo()
      .write("a.py", `k = "${token("ghp_{github}")}"\n`)
      .write("vendor/b.txt", `k = ${token("ghp_{github}")}\n`)
      .write(".secretlintignore", "*.py\nvendor\n!a.py\n");
    expect(found(repo)).toEqual(["github-token a.py"]);
  });

  test("in a range those of the base count", () => {
    const repo = new TempRepo().write("x.txt", "x\n");
    repo.commit("base");
    repo.git("checkout", "-q", "-b", "topic");
    repo
      .write("a.txt", `k = ${token("ghp_{github}")}\n`)
      .write(".gitleaksignore", "a.txt:github-pat:1\n")
      .commit("hides itself");
    const { code, report } = repo.scan("range", "main..topic");
    expect({ code, warnings: report.warnings }).toMatchObject({
      code: 1,
      warnings: [expect.stringContaining("these commits change .gitleaksignore")],
    });
  });
});

describe("other configurations", () => {
  test(".talismanrc: patterns, files by checksum, scopes, own patterns", () => {
    const secret = `k = ${token("ghp_{github}")}\n`;
    const sha = (data: string) => createHash("sha256").update(data).digest("hex");
    const checksum = sha(sha("") + sha(secret) + sha("known.txt"));
    const repo = new TempRepo()
      .write("known.txt", secret)
      .write("other.txt", `k = ${token("ghp_{github}")}\n`)
      .write("sub/go.sum", `k = ${token("ghp_{github}")}\n`)
      .write("let/a.txt", `k = ${token("ghp_{github}")}\n`)
      .write("own.txt", `my ${quark()}\n`)
      .write("allowed.txt", `k = ghp_AAAA${token("ghp_{github}").slice(8)}\n`)
      .write(
        ".talismanrc",
        `threshold: medium\nallowed_patterns:\n- ghp_AAAA\ncustom_patterns:\n- qk_[a-zA-Z0-9]{24}\nscopeconfig:\n- scope: go\nfileignoreconfig:\n- filename: known.txt\n  checksum: ${checksum}\n- filename: let/*.txt\n  ignore_detectors: [filecontent]\n`,
      );
    expect(found(repo)).toEqual(["github-token other.txt", "talisman-pattern-1 own.txt"]);
    repo.write("known.txt", `k = ${token("ghp_{github}")}\n`);
    expect(found(repo)).toContain("github-token known.txt");
    repo.write(".talismanrc", "allowed_patterns: [\n");
    expect(repo.cli("files")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/\.talismanrc:\d+:\d+: this cannot be read/),
    });
  });

  test(".gitallowed: lines, with a path or without", () => {
    const repo = new TempRepo()
      .write("a.txt", `k = ${token("ghp_{github}")} # sample\n`)
      .write("docs/b.txt", `k = ${token("ghp_{github}")}\n`)
      .write("c.txt", `k = ${token("ghp_{github}")}\n`)
      .write(".gitallowed", "# known\nsample$\ndocs/.*:[0-9]+:.*\n");
    expect(found(repo)).toEqual(["github-token c.txt"]);
  });

  test(".secretlintrc and .secretlintignore", () => {
    const repo = new TempRepo()
      .write("a.txt", `k = ghp_AAAA${token("ghp_{github}").slice(8)}\n`)
      .write("b.txt", `k = ${token("ghp_{github}")}\n`)
      .write("vendor/c.txt", `k = ${token("ghp_{github}")}\n`)
      .write("d.txt", `${quark()}\n`)
      .write(
        ".secretlintrc.json",
        `{
  // with a comment
  "rules": [
    {"id": "@secretlint/secretlint-rule-preset-recommend",
     "rules": [{"id": "@secretlint/secretlint-rule-github", "options": {"allows": ["/^ghp_aaaa/i"]}}]},
    {"id": "@secretlint/secretlint-rule-pattern", "options": {"patterns": [{"name": "Quark", "pattern": "/qk_[a-z0-9]+/i"}]}}
  ]
}`,
      )
      .write(".secretlintignore", "vendor/\n");
    expect(found(repo)).toEqual(["github-token b.txt", "quark d.txt"]);
  });
});

describe("migrate", () => {
  test("writes files of ours by which the same is found, and lists what is left out", () => {
    const known = token("ghp_{github}");
    const repo = new TempRepo().write("a.txt", `k = ${known}\n`);
    repo.commit("first");
    repo
      .write("b.txt", `k = ${quark()}\n`)
      .write("docs/c.txt", `k = ${quark()}\n`)
      .write(
        ".gitleaks.toml",
        `[extend]\nuseDefault = true\n${RULE}tags = ["x"]\n[[rules.allowlists]]\ndescription = "documentation"\npaths = ['^docs/']\n[[rules]]\nid = "broken"\nregex = 'a(?=b)'\n[[rules]]\nid = "filtered"\nregex = 'it''s'\nfilter = "true"\n`.replace(
          "'it''s'",
          `"it's [\\"x]"`,
        ),
      )
      .write(".gitleaksignore", "a.txt:github-pat:1\nz.txt:github-pat:7\n");
    repo.commit("second");
    const dry = repo.cli("migrate", "--dry-run");
    expect(dry.code).toBe(0);
    expect(existsSync(join(repo.dir, ".leakwarden.toml"))).toBe(false);
    const { code, stdout } = repo.cli("migrate");
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toContain("written to .leakwarden.toml: 2 rules, 1 exceptions");
    expect(stdout).toContain("written to .leakwardenignore: 1 known secrets");
    expect(stdout).toMatch(
      /1 known secrets are neither in the history nor on disk.*\n {2}line 2 of \.gitleaksignore/,
    );
    expect(stdout).toMatch(/\.gitleaks\.toml:\d+: rule 'broken' cannot be read/);
    expect(stdout).toMatch(/\.gitleaks\.toml:\d+: 'filter' is left out/);
    repo.git("rm", "-q", "--cached", ".gitleaks.toml", ".gitleaksignore");
    expect(found(repo)).toEqual(["quark-key b.txt"]);
    const again = repo.cli("migrate");
    expect(again).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("there is a .leakwarden.toml already"),
    });
  });

  test("a report alone becomes the ignore file", () => {
    const known = token("ghp_{github}");
    const repo = new TempRepo().write("a.txt", `k = ${known}\n`);
    repo.commit("first");
    const report = join(repo.dir, "..", "gitleaks-report.json");
    writeFileSync(
      report,
      JSON.stringify([{ RuleID: "github-pat", File: "a.txt", StartLine: 1, Secret: known, Commit: "" }]),
    );
    expect(repo.cli("migrate", report)).toMatchObject({ code: 0 });
    expect(readFileSync(join(repo.dir, ".leakwardenignore"), "utf8")).toContain(
      "github-token a.txt -- github-pat, finding 1 of gitleaks-report.json",
    );
    expect(repo.scan("history").code).toBe(0);
  });

  test("an ignore file that is there keeps its key and its entries, and a list cannot write lines of its own", () => {
    const repo = new TempRepo()
      .write("a.txt", `k = ${token("ghp_{github}")}\n`)
      .write("b.txt", `k = ${token("ghp_{github}")}\n`);
    repo.commit("first");
    repo.cli("allow", "a.txt:1", "--reason", "mine");
    const before = readFileSync(join(repo.dir, ".leakwardenignore"), "utf8").replace(
      /^root .*$/m,
      `root ${"1".repeat(40)}`,
    );
    repo.write(".leakwardenignore", before).write(".gitleaksignore", "b.txt:github-pat:1\n");
    const report = join(repo.dir, "..", "r.json");
    const secret = readFileSync(join(repo.dir, "b.txt"), "utf8").slice(4).trim();
    writeFileSync(
      report,
      JSON.stringify([{ RuleID: "x\nroot 2", File: "b.txt", StartLine: 1, Secret: secret, Commit: "" }]),
    );
    expect(repo.cli("migrate", report).code).toBe(0);
    const after = readFileSync(join(repo.dir, ".leakwardenignore"), "utf8");
    expect(after).toContain(`root ${"1".repeat(40)}`);
    expect(after).toContain("-- mine");
    expect(after.split("\n").filter((line) => line.startsWith("root "))).toHaveLength(1);
    expect(repo.scan("files").report.findings.map(({ path }) => path)).toEqual(["a.txt"]);
  });

  test("with nothing to read it says what it looked for", () => {
    const repo = new TempRepo().write("a.txt", "x\n");
    expect(repo.cli("migrate")).toMatchObject({ code: 2, stderr: expect.stringContaining(".gitleaks.toml") });
    expect(repo.cli("migrate", "none.json")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("'none.json' does not exist"),
    });
  });
});
