import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { awsBeside, makeKey, URL_OF_SERVICE } from "../support/aws.ts";
import { type FaultyAws, useFaultyAws } from "../support/faulty-aws.ts";
import { TempRepo } from "../support/temp-repo.ts";

const BROWSERS = ["chromium", "chromium-browser", "google-chrome"];
const HOSTILE = `<img src=x onerror="document.title='broken'">`;

let proxy: FaultyAws;
useFaultyAws(URL_OF_SERVICE, (started) => {
  proxy = started;
});

/** The page as a browser has built it, its scripts run and its errors gone through. */
function opened(file: string): string {
  for (const browser of BROWSERS) {
    const { status, stdout, error } = spawnSync(
      browser,
      [
        ...[
          "--headless",
          "--no-sandbox",
          "--disable-gpu",
          "--no-first-run",
          "--disable-background-networking",
        ],
        ...[
          "--disable-component-update",
          "--disable-sync",
          `--user-data-dir=${file}.profile`,
          "--dump-dom",
          `file://${file}`,
        ],
      ],
      { encoding: "utf8" },
    );
    if (error !== undefined) continue;
    expect(status).toBe(0);
    return stdout;
  }
  throw new Error(`this test needs a browser: ${BROWSERS.join(" or ")}`);
}

test("the page of an audit is shown by a browser, whatever users are called", async () => {
  const { user, id } = await makeKey();
  proxy.rewrite = ({ name }, body) =>
    name === "iam:GetCredentialReport"
      ? body.replace(/(<Content>)([^<]*)/, (_, tag: string, content: string) => {
          const [head, ...lines] = Buffer.from(content, "base64").toString("utf8").split("\n");
          const own = lines.filter((line) => line.startsWith(`${user},`));
          const hostile = own.map((line) => line.replaceAll(user, HOSTILE));
          return tag + Buffer.from([head, ...own, ...hostile].join("\n")).toString("base64");
        })
      : body;
  const repo = new TempRepo();
  const page = join(repo.dir, "audit.html");
  const ran = await awsBeside(["aws", "audit", "--unused", "0", "--format", "html", "--output", page], {
    repo,
    env: { AWS_ENDPOINT_URL: proxy.url, AWS_REGION: "us-east-1" },
  });
  expect(ran.code).toBe(1);
  const dom = opened(page);
  expect(dom).toContain("<title>AWS access keys</title>");
  expect(dom.match(/<tr>/g)).toHaveLength(5);
  expect(dom).toContain(id);
  expect(dom).not.toContain("<img");
  expect(dom).toContain("&lt;img src=x");
});
