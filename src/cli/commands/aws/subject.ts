import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { KeyPair } from "../../../aws/clients.ts";
import { type KeyIdFacts, readKeyId } from "../../../aws/key-id.ts";
import { Engine } from "../../../engine/engine.ts";
import { ContentScanner } from "../../../engine/scanner.ts";
import { UsageError } from "../../../errors.ts";
import type { Finding } from "../../../policy/finding.ts";
import { builtinPack } from "../../../rules/builtin.ts";
import { confirmed } from "../../confirm.ts";
import { addFlags, REPO_FLAG } from "../../flags.ts";
import { IgnoreBook } from "../../ignore-book.ts";
import { readInput, readStandardInput } from "../../input.ts";
import type { Io } from "../../io.ts";
import { pairOfFinding } from "../../verify.ts";
import { ROLE_FLAGS } from "./account-flags.ts";

/** What names the key that a command is about. */
export interface SubjectFlags {
  readonly repo?: string;
  readonly finding?: string;
}

export const WHICH = "a fingerprint or PATH:LINE of a finding, or - for text on standard input that holds it";
export const FINDING_FLAG = new Option(
  "--finding <finding>",
  "the key of a finding, by its fingerprint or PATH:LINE",
);
export const FORMAT_FLAG = new Option("-f, --format <format>", "how to answer")
  .choices(["human", "json"])
  .default("human");
export const YES_FLAG = new Option("--yes", "do not ask");

/** What each command takes that is about one key. */
export function aboutKey(command: Command): Command {
  command.argument("[key]", `a key ID, or ${WHICH}`);
  return addFlags(command, [FINDING_FLAG, REPO_FLAG, ...ROLE_FLAGS]);
}

/** @throws {UsageError} unless exactly one thing is named */
export function subjectOf(named: string | undefined, { finding }: SubjectFlags): string {
  const [only, more] = [named, finding].filter((what) => what !== undefined);
  const what = only?.trim() ?? "";
  if (what === "" || more !== undefined)
    throw new UsageError("which key is meant is not said, or said twice", `name a key ID, or ${WHICH}`);
  return what;
}

export async function factsOf(io: Io, what: string, flags: SubjectFlags): Promise<KeyIdFacts> {
  const named = readKeyId(what);
  if (named !== null) return named;
  if (/^A[KS]IA/i.test(what))
    throw new UsageError(`'${what}' is no access key ID`, "it has 20 characters, capitals and digits");
  if (/^[A-Z0-9]{16,}$/.test(what)) {
    throw new UsageError(
      `'${what}' is no key ID of a kind that AWS has`,
      "they begin with AKIA (of a user), ASIA (temporary), AROA (role), AIDA (user) and the like",
    );
  }
  const id = what === "-" ? idIn(await readStandardInput(io)) : await idAt(io, what, flags);
  if (id !== null) return readKeyId(id)!;
  throw new UsageError(
    `${what === "-" ? "standard input" : `'${what}'`} holds no AWS access key ID`,
    "name the finding of one, or give the text that holds it",
  );
}

/** The pair of a finding, or of a text. */
export async function pairOf(io: Io, what: string, flags: SubjectFlags): Promise<KeyPair> {
  if (/^[A-Z0-9]{16,}$/.test(what))
    throw new UsageError(
      `'${what}' is an ID alone, and only with its secret can anybody tell whether it works`,
      `give ${WHICH}`,
    );
  const pair = what === "-" ? pairIn(await readStandardInput(io)) : await pairAt(io, what, flags);
  if (pair !== null) return pair;
  throw new UsageError(
    `${what === "-" ? "standard input" : `'${what}'`} holds no AWS access key ID with its secret`,
    "both halves are needed; name the finding of one of them, or give the text that holds both",
  );
}

/** The pair of a finding; of a temporary one with the token that its file holds. */
async function pairAt(io: Io, what: string, flags: SubjectFlags): Promise<KeyPair | null> {
  const finding = await (await IgnoreBook.open(io, flags)).find(what);
  const pair = pairOfFinding(finding);
  if (pair === null || !pair.id.startsWith("ASIA")) return pair;
  const file = resolve(io.cwd, flags.repo ?? ".", finding.place.path);
  const whole = existsSync(file) ? pairIn(readInput(io, file)) : null;
  return whole?.id === pair.id ? whole : pair;
}

async function idAt(io: Io, what: string, flags: SubjectFlags): Promise<string | null> {
  return keyIdOfFinding(await (await IgnoreBook.open(io, flags)).find(what));
}

/** The access key ID that a finding is, or is paired with. */
export function keyIdOfFinding(finding: Finding): string | null {
  const halves = finding.partner === null ? [finding] : [finding, finding.partner];
  return (
    halves.map(({ secret }) => secret.reveal()).find((value) => readKeyId(value)?.accessKey === true) ?? null
  );
}

/** What the built-in rules find in a text. */
export function detectionsIn(content: Buffer) {
  return new ContentScanner(new Engine(builtinPack())).scan(content);
}

function idIn(content: Buffer): string | null {
  return detectionsIn(content).find(isKeyId)?.secret.reveal() ?? null;
}

const isKeyId = ({ ruleId }: { readonly ruleId: string }) => ruleId.startsWith("aws-access-key-id");

export function pairIn(content: Buffer): KeyPair | null {
  const detections = detectionsIn(content);
  const ids = detections.filter(isKeyId);
  const id = ids.find(({ partner }) => partner !== null) ?? ids[0];
  const secret = id?.partner == null ? undefined : detections[id.partner];
  const token = detections.find(({ ruleId }) => ruleId === "aws-session-token")?.secret.reveal() ?? null;
  if (id === undefined || secret === undefined) return null;
  return { id: id.secret.reveal(), secret: secret.secret.reveal(), token };
}

/** @throws {UsageError} unless the answer is yes */
export async function confirm(io: Io, yes: boolean | undefined, question: string): Promise<void> {
  if (yes === true) return;
  const answer = await confirmed(io, question);
  if (answer === true) return;
  if (answer === false) throw new UsageError("nothing was done");
  throw new UsageError("nobody is there to be asked", "--yes answers the question");
}

/** One field a line, the values under each other. */
export function fieldLines(fields: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(fields).map((name) => name.length)) + 2;
  return Object.entries(fields)
    .map(([name, value]) => `${`${name}:`.padEnd(width)}${value}\n`)
    .join("");
}
