import { homedir } from "node:os";
import { join } from "node:path";
import type { KeyPair } from "./clients.ts";

/** Where the SDKs look for pairs. */
export function credentialsPath(env: NodeJS.ProcessEnv): string {
  const named = env.AWS_SHARED_CREDENTIALS_FILE;
  const home = homeOf(env);
  if (!named) return join(home, ".aws/credentials");
  return named.startsWith("~/") ? join(home, named.slice(2)) : named;
}

/** As the SDK finds it. */
export function homeOf(env: NodeJS.ProcessEnv): string {
  return env.HOME || env.USERPROFILE || homedir();
}

/** Lines of the shared credentials file that a pair takes, and what is in them. */
const ID = "aws_access_key_id";
const SECRET = "aws_secret_access_key";
/** Tokens belong to one pair: with another the SDKs send what AWS refuses. */
const TOKENS = ["aws_session_token", "aws_security_token"];

/** One profile as it stands in the file. */
interface Section {
  /** Index of its header, and of the line behind its last. */
  readonly from: number;
  readonly to: number;
}

/**
 * The text of a shared credentials file, with profiles read and changed where they stand: what else is in it, comments and
 * order included, stays as it is.
 *
 *     [deploy]
 *     aws_access_key_id = AKIA…
 *     aws_secret_access_key = …
 */
export class SharedCredentials {
  private readonly lines: string[];
  private readonly end: string;

  constructor(text: string) {
    this.end = text.includes("\r\n") ? "\r\n" : "\n";
    this.lines = text.split(/\r?\n/);
    if (this.lines.at(-1) === "") this.lines.pop();
  }

  toString(): string {
    return this.lines.map((line) => `${line}${this.end}`).join("");
  }

  /** @returns null when there is no such profile, or no pair in it */
  read(profile: string): KeyPair | null {
    const values = new Map<string, string>();
    for (const section of this.sections(profile).reverse())
      for (const { name, value } of this.pairLines(section)) values.set(name, value);
    const [id, secret] = [values.get(ID), values.get(SECRET)];
    return id === undefined || secret === undefined
      ? null
      : { id, secret, token: values.get(TOKENS[0]!) ?? null };
  }

  has(profile: string): boolean {
    return this.sections(profile).length > 0;
  }

  /** One half of a pair alone. */
  hasHalf(profile: string): boolean {
    return (
      this.read(profile) === null &&
      this.sections(profile).some((section) => this.pairLines(section).length > 0)
    );
  }

  write(profile: string, { id, secret }: KeyPair): void {
    this.removePair(profile);
    const pair = [`${ID} = ${id}`, `${SECRET} = ${secret}`];
    const [section] = this.sections(profile);
    if (section !== undefined) this.lines.splice(section.from + 1, 0, ...pair);
    else {
      if (this.lines.length > 0 && this.lines.at(-1) !== "") this.lines.push("");
      this.lines.push(`[${profile}]`, ...pair);
    }
  }

  /** Takes the pair out, and leaves what else the profile has. */
  removePair(profile: string): void {
    for (const section of this.sections(profile))
      for (const { at } of this.pairLines(section).reverse()) this.lines.splice(at, 1);
  }

  remove(profile: string): void {
    for (const { from, to } of this.sections(profile)) this.lines.splice(from, to - from);
    while (this.lines.at(-1) === "") this.lines.pop();
  }

  /** Those of a name are read as one. The last comes first, so that lines can be changed from the end on. */
  private sections(profile: string): Section[] {
    const headers = this.lines.flatMap((line, at) => (headerOf(line) === null ? [] : [at]));
    return headers
      .map((from, i) => ({ from, to: headers[i + 1] ?? this.lines.length }))
      .filter(({ from }) => headerOf(this.lines[from]!) === profile)
      .reverse();
  }

  /**
   * The lines of a section that are of a pair. Lines that are indented behind a name without a value belong to that name.
   *
   *     s3 =
   *       max_concurrent_requests = 20
   */
  private pairLines({
    from,
    to,
  }: Section): { readonly at: number; readonly name: string; readonly value: string }[] {
    const found: { at: number; name: string; value: string }[] = [];
    let nested = false;
    for (let at = from + 1; at < to; at += 1) {
      const line = this.lines[at]!;
      const [, name, value] = /^([^=]+?)\s*=\s*(.*)$/.exec(line.replace(COMMENT, "").trim()) ?? [];
      if (name === undefined) continue;
      if (value === "") nested = true;
      else {
        if (!/^\s/.test(line)) nested = false;
        if (!nested && [ID, SECRET, ...TOKENS].includes(name)) found.push({ at, name, value: value! });
      }
    }
    return found;
  }
}

const COMMENT = /(?:^|\s)[;#].*$/;

function headerOf(line: string): string | null {
  return /^\[(.*)\]$/.exec(line.replace(COMMENT, "").trim())?.[1] ?? null;
}
