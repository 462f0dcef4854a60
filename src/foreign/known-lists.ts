import { basename } from "node:path";
import * as v from "valibot";
import { ConfigError } from "../errors.ts";
import { crypto } from "../text/crypto.ts";
import type { TomlDocument } from "../text/toml.ts";
import { parseJsonish } from "./formats.ts";
import { WAY_OUT } from "./guard.ts";
import { rulesLike, type Translation } from "./translation.ts";

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;

/**
 * Adds `.gitleaksignore` (or betterleaks'), a place on each line:
 *
 *     commit:file:rule:line
 *     file:rule:line
 *
 * @throws {ConfigError} at a line that is none, unless the translation is tolerant
 */
export function addGitleaksIgnore(name: string, text: string, into: Translation): void {
  into.files.push(name);
  let places = 0;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const place = { file: name, line: index + 1, column: 1 };
    const parts = line.split(":");
    const number = /^\d+$/.test(parts.at(-1)!) ? Number(parts.at(-1)) : 0;
    const commit = parts.length > 3 && COMMIT.test(parts[0]!) ? parts[0]!.toLowerCase() : null;
    const path = parts
      .slice(commit === null ? 0 : 1, -2)
      .join(":")
      .replaceAll("\\", "/");
    if (parts.length < 3 || number === 0 || path === "") {
      const problem = "this is neither commit:file:rule:line nor file:rule:line";
      if (!into.tolerant) throw new ConfigError(place, problem, WAY_OUT);
      into.remark(place, problem);
      continue;
    }
    if (commit === null) places += 1;
    into.addKnown({
      valueSha1: null,
      rules: rulesOf(parts.at(-2)!, into),
      path,
      line: number,
      commit,
      blob: null,
      reason: `line ${index + 1} of ${name}`,
    });
  }
  if (places > 0) {
    into.remark(
      { file: name, line: 1, column: 1 },
      `${places} ${places === 1 ? "entry names a place and no secret: another" : "entries name places and no secrets: another"} secret there is let be as well`,
    );
  }
}

const Finding = v.looseObject({
  RuleID: v.string(),
  File: v.string(),
  StartLine: v.number(),
  Secret: v.optional(v.string(), ""),
  Commit: v.optional(v.nullable(v.string()), ""),
});
const DetectSecrets = v.looseObject({
  results: v.record(
    v.string(),
    v.array(
      v.looseObject({ type: v.string(), hashed_secret: v.string(), line_number: v.optional(v.number()) }),
    ),
  ),
});

/** A report of gitleaks or betterleaks, or a baseline of detect-secrets. */
export function addBaseline(name: string, text: string, into: Translation): void {
  into.files.push(name);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(
      { file: name, line: 1, column: 1 },
      `this is not valid JSON: ${(error as Error).message}`,
      "a baseline is the JSON report of gitleaks or betterleaks, or what 'detect-secrets scan' writes",
    );
  }
  const document: TomlDocument = { value, placeOf: () => ({ file: name, line: 1, column: 1 }) };
  if (Array.isArray(value)) addGitleaksReport(name, parseJsonish(document, v.array(Finding)), into);
  else addDetectSecrets(name, parseJsonish(document, DetectSecrets), into);
}

function addGitleaksReport(name: string, findings: v.InferOutput<typeof Finding>[], into: Translation): void {
  let vague = 0;
  for (const [index, { Secret, File, StartLine, Commit, RuleID }] of findings.entries()) {
    const common = { blob: null, reason: `${RuleID}, finding ${index + 1} of ${basename(name)}` };
    const commit = Commit ? Commit.toLowerCase() : null;
    const shown = Secret !== "" && !/^REDACTED$|\.\.\.$/.test(Secret);
    if (shown)
      into.addKnown({
        ...common,
        valueSha1: sha1(Secret),
        rules: null,
        path: null,
        line: null,
        commit: null,
      });
    // Where the secret was cut otherwise than here, its place in a commit, which never changes, says the same.
    if (commit !== null)
      into.addKnown({
        ...common,
        valueSha1: null,
        rules: rulesOf(RuleID, into),
        path: File,
        line: StartLine,
        commit,
      });
    if (!shown && commit === null) vague += 1;
  }
  if (vague > 0) {
    into.remark(
      { file: name, line: 1, column: 1 },
      `${vague} findings hold neither their secret nor a commit, and cannot be told from others`,
    );
  }
}

function addDetectSecrets(
  name: string,
  { results }: v.InferOutput<typeof DetectSecrets>,
  into: Translation,
): void {
  for (const [path, secrets] of Object.entries(results)) {
    for (const { type, hashed_secret: hashed, line_number: line } of secrets) {
      into.addKnown({
        valueSha1: hashed.toLowerCase(),
        rules: null,
        path: path.replaceAll("\\", "/"),
        line: null,
        commit: null,
        blob: null,
        reason: `${type} in ${path}:${line ?? "?"}, by ${basename(name)}`,
      });
    }
  }
}

/** The rules of ours that a place may be of; null where theirs is not known here, or takes anything with a name. */
function rulesOf(id: string, into: Translation): readonly string[] | null {
  const own = into.renamed.get(id);
  if (own !== undefined) return [own];
  const like = /generic/i.test(id) ? [] : rulesLike(id, into.ours);
  return like.length === 0 ? null : like;
}

function sha1(text: string): string {
  return crypto().createHash("sha1").update(text).digest("hex");
}
