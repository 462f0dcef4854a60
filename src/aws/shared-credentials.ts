import { homedir } from "node:os";
import { join } from "node:path";
import type { KeyPair } from "./clients.ts";

/** Where the SDKs look for pairs. */
export function credentialsPath(env: NodeJS.ProcessEnv): string {
  const named = env.AWS_SHARED_CREDENTIALS_FILE;
  const home = env.HOME || env.USERPROFILE || homedir();
  if (!named) return join(home, ".aws/credentials");
  return named.startsWith("~/") ? join(home, named.slice(2)) : named;
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
    const lines = this.sections(profile)
      .reverse()
      .flatMap(({ from, to }) => this.lines.slice(from + 1, to));
    const value = (name: string) => {
      const line = lines.findLast((text) => nameOf(text) === name) ?? "";
      return (
        line
          .slice(line.indexOf("=") + 1)
          .replace(COMMENT, "")
          .trim() || null
      );
    };
    const id = value(ID);
    const secret = value(SECRET);
    return id === null || secret === null ? null : { id, secret, token: value(TOKENS[0]!) };
  }

  has(profile: string): boolean {
    return this.sections(profile).length > 0;
  }

  write(profile: string, { id, secret }: KeyPair): void {
    const pair = [`${ID} = ${id}`, `${SECRET} = ${secret}`];
    const sections = this.sections(profile);
    if (sections.length === 0) {
      if (this.lines.length > 0 && this.lines.at(-1) !== "") this.lines.push("");
      this.lines.push(`[${profile}]`, ...pair);
    }
    for (const [index, { from, to }] of sections.entries()) {
      const body = this.lines.slice(from + 1, to);
      const kept = body.filter((line) => !isOfPair(line));
      this.lines.splice(from + 1, body.length, ...(index === 0 ? pair : []), ...kept);
    }
  }

  /** Takes the pair out, and leaves what else the profile has. */
  removePair(profile: string): void {
    for (const { from, to } of this.sections(profile)) {
      const body = this.lines.slice(from + 1, to);
      this.lines.splice(from + 1, body.length, ...body.filter((line) => !isOfPair(line)));
    }
  }

  /** One half of a pair alone. */
  hasHalf(profile: string): boolean {
    return (
      this.read(profile) === null &&
      this.sections(profile).some(({ from, to }) => this.lines.slice(from + 1, to).some(isOfPair))
    );
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
}

const COMMENT = /(?:^|\s)[;#].*$/;

function headerOf(line: string): string | null {
  return /^\[(.*)\]$/.exec(line.replace(COMMENT, "").trim())?.[1] ?? null;
}

function isOfPair(line: string): boolean {
  return [ID, SECRET, ...TOKENS].includes(nameOf(line) ?? "");
}

function nameOf(line: string): string | null {
  return /^\s*([^\s#;=]+)\s*=/.exec(line)?.[1] ?? null;
}
