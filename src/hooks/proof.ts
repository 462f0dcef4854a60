import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Repository } from "../git/repository.ts";
import { type ScratchFile, withScratchIndex } from "../git/scratch-index.ts";
import { expandTemplate, seededRandom } from "../rules/samples.ts";

/** A file with a made-up secret. */
export interface Bait extends ScratchFile {
  readonly kind: string;
}

/** Fresh secrets of several kinds, none of which opens anything. */
export function baits(seed: number): Bait[] {
  const random = seededRandom(seed);
  const made = (template: string) => expandTemplate(template, random).text;
  // In two pieces, so that this file is not what it makes.
  const dashes = "-".repeat(5);
  return [
    {
      kind: "an AWS key pair",
      path: "leakwarden-doctor.ini",
      content: `aws_access_key_id = ${made("AKIA{aws-account}")}\naws_secret_access_key = ${made("{aws-secret}")}\n`,
    },
    {
      kind: "a GitHub token in code",
      path: "leakwarden-doctor.ts",
      content: `const token = "${made("ghp_{github}")}";\n`,
    },
    {
      kind: "a private key",
      path: "leakwarden-doctor.key",
      content: `${made(`${dashes}BEGIN RSA PRIVATE KEY${dashes}\nMII{pem:20}\n${dashes}END RSA PRIVATE KEY${dashes}`)}\n`,
    },
    {
      kind: "a secret in base64",
      path: "leakwarden-doctor.yaml",
      content: `data:\n  token: ${Buffer.from(`token=${made("ghp_{github}")}\n`).toString("base64")}\n`,
    },
    {
      kind: "a connection string",
      path: "leakwarden-doctor.py",
      content: `URL = "postgres://app:${made("{base62:20}")}@db.internal/app"\n`,
    },
  ];
}

/** How a hook, or what stands for it, ended with something staged. */
export interface Trial {
  readonly status: number | null;
  readonly output: string;
}

/** How a hook, or what stands for it, ended with something staged. */
export interface Trial {
  readonly status: number | null;
  readonly output: string;
}

/**
 * Runs `command` in `sh`, as git would run a hook, with `bait` staged on top of HEAD.
 *
 * @param bait null: nothing is staged
 * @param path instead of the user's PATH
 */
export function tryHook(repository: Repository, command: string, bait: Bait | null, path?: string): Trial {
  return withScratchIndex(repository, bait, (env, dir) => {
    const script = join(dir, "hook");
    writeFileSync(script, command);
    const { status, stdout, stderr } = spawnSync("/bin/sh", [script], {
      cwd: repository.worktree ?? repository.dir,
      env: path === undefined ? env : { ...env, PATH: path },
      encoding: "utf8",
    });
    return { status, output: `${stdout}${stderr}` };
  });
}
