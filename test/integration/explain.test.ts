import { expect, test } from "vitest";
import { CLI, TempRepo, tempDir } from "../support/temp-repo.ts";
import { token } from "../support/tokens.ts";

const secret = token("xoxb-{digits:12}-{digits:12}-{base62:24}");

/** A folder with one file of four telling lines, and `explain` run there. */
function explainer() {
  const repo = new TempRepo(tempDir(), null);
  const allowed = `TOKEN=${token("ghp_{github}")} # leakwarden:allow github-token -- revoked`;
  repo.write("app.conf", `SLACK=${secret}\nAPI_KEY=your-api-key-here\nPORT=80\n${allowed}\n`);
  return (...args: string[]) => repo.run(process.execPath, [CLI, "explain", ...args]);
}

test("what is reported, with its steps, and without the secret", () => {
  const explain = explainer();
  const ran = explain("app.conf:1");
  expect(ran.stdout).toContain("app.conf:1  reported  slack-token (Slack token)");
  expect(ran.stdout).toContain("reported with high severity");
  expect(ran.stdout).not.toContain(secret);
  expect(ran.code).toBe(1);
});

test("what is not, and why", () => {
  const explain = explainer();
  const placeholder = explain("app.conf:2");
  expect(placeholder.stdout).toMatch(/app\.conf:2 {2}not reported {2}generic-secret[\s\S]*dropped: it /);
  expect(placeholder.code).toBe(0);
  expect(explain("app.conf:4").stdout).toContain(
    "not reported: the leakwarden:allow comment allows it (revoked)",
  );
  expect(explain("app.conf:3").stdout).toContain("no rule's keyword stands there");
});

test("a text, a place that is none, and nothing at all", () => {
  const explain = explainer();
  expect(explain("--text", `x ${secret}`).stdout).toContain("text:1  reported  slack-token");
  const missing = explain("missing.env:3");
  expect(missing.stderr).toContain("'missing.env' cannot be read");
  expect(missing.code).toBe(2);
  expect(explain().stderr).toContain("explain needs a place or --text");
});

test("one rule tried on a file and on standard input", () => {
  const repo = new TempRepo(tempDir(), null);
  repo.write("app.conf", `# é\nSLACK=${secret}\n`);
  const ran = repo.run(process.execPath, [CLI, "rules", "try", "slack-token", "app.conf"]);
  expect(ran.stdout).toContain("app.conf:2  reported  slack-token (Slack token)");
  expect(ran.code).toBe(1);
  const none = repo.run(process.execPath, [CLI, "rules", "try", "npm-token", "app.conf"]);
  expect(none.stdout).toContain("matches nowhere beside one of its keywords");
  expect(none.code).toBe(0);
  expect(repo.run(process.execPath, [CLI, "rules", "try", "nothing"]).stderr).toContain("no content rule");
});
