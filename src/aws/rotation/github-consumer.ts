import { AwsError, UsageError } from "../../errors.ts";
import type { KeyPair } from "../clients.ts";
import { environmentOf } from "../stored-pair.ts";
import { BlindConsumer } from "./consumer.ts";
import { runWith } from "./run-program.ts";

/** Actions secrets of a repository, which GitHub's command-line tool sets and nobody can read. */
export class GithubConsumer extends BlindConsumer {
  readonly what: string;
  readonly failsWhole = false;
  private readonly repository: string;

  constructor(repository: string) {
    super();
    this.repository = repository;
    this.what = `the Actions secrets of ${repository}`;
  }

  async check(): Promise<string> {
    if (!/^(?:[\w.-]+\/)?[\w.-]+\/[\w.-]+$/.test(this.repository))
      throw new UsageError(`'${this.repository}' is no repository`, "give it as OWNER/REPO");
    try {
      await runWith("gh", ["secret", "list", "--repo", this.repository], "", "");
    } catch (error) {
      throw new AwsError((error as Error).message, {
        reason: "consumer",
        hint: "--to-github needs GitHub's 'gh', signed in ('gh auth login') as somebody who may set secrets there",
        cause: error,
      });
    }
    return "";
  }

  async put(pair: KeyPair): Promise<void> {
    const lines = Object.entries(environmentOf(pair)).map(([name, value]) => `${name}=${value}\n`);
    await runWith(
      "gh",
      ["secret", "set", "--env-file", "-", "--repo", this.repository],
      lines.join(""),
      pair.secret,
    );
  }
}
