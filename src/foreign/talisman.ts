import * as v from "valibot";
import type { SourcePlace } from "../errors.ts";
import { crypto } from "../text/crypto.ts";
import { parseJsonish, parseYaml } from "./formats.ts";
import { guarded, translated } from "./guard.ts";
import { ruleOf } from "./placing.ts";
import type { TranslatedPattern } from "./re2.ts";
import type { ReadFile, Translation } from "./translation.ts";

/*
 * `.talismanrc`:
 *
 *     threshold: medium
 *     allowed_patterns: [regex]            custom_patterns: [regex]
 *     scopeconfig: [{scope: node}]
 *     fileignoreconfig:
 *     - filename: glob, checksum: hex, ignore_detectors: [filecontent], allowed_patterns: [regex]
 */
const Texts = v.optional(v.nullable(v.array(v.string())), []);
const Schema = v.looseObject({
  threshold: v.optional(v.picklist(["low", "medium", "high"])),
  allowed_patterns: Texts,
  custom_patterns: Texts,
  custom_severities: v.optional(v.nullable(v.array(v.unknown())), []),
  scopeconfig: v.optional(v.nullable(v.array(v.looseObject({ scope: v.string() }))), []),
  fileignoreconfig: v.optional(
    v.nullable(
      v.array(
        v.looseObject({
          filename: v.pipe(v.string(), v.minLength(1)),
          checksum: v.optional(v.nullable(v.string()), ""),
          ignore_detectors: Texts,
          allowed_patterns: Texts,
        }),
      ),
    ),
    [],
  ),
});

/** What is done with a pattern. */
type Use = (pattern: TranslatedPattern, placeOf: () => SourcePlace, index: number) => void;

/** The files that a scope of Talisman's leaves out, wherever they are. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  node: ["pnpm-lock.yaml", "yarn.lock", "package-lock.json"],
  go: ["makefile", "go.mod", "go.sum", "Gopkg.toml", "Gopkg.lock", "glide.yaml", "glide.lock"],
  images: ["*.jpeg", "*.jpg", "*.png", "*.tiff", "*.bmp"],
  bazel: ["*.bzl"],
  terraform: [".terraform.lock.hcl"],
  php: ["composer.lock"],
  python: ["poetry.lock", "Pipfile.lock", "requirements.txt", "uv.lock"],
};

/** @throws {ConfigError} unless the translation is tolerant */
export function addTalisman(name: string, text: string, read: ReadFile, into: Translation): void {
  into.files.push(name);
  const document = parseYaml(name, text);
  const file = parseJsonish({ ...document, value: document.value ?? {} }, Schema);
  const each = (regexes: readonly string[] | null, path: (string | number)[], use: Use) => {
    (regexes ?? []).forEach((regex, index) => {
      const place = document.placeOf([...path, index]);
      guarded(into, () => use(translated(regex, place, `'${regex}'`), () => place, index));
    });
  };
  if (file.threshold !== undefined) into.config.fail = { severity: file.threshold };
  if ((file.custom_severities ?? []).length > 0) {
    into.remark(
      document.placeOf(["custom_severities"]),
      "custom_severities are left out: the detectors are others here",
    );
  }
  each(file.allowed_patterns, ["allowed_patterns"], ({ pattern }, placeOf) => {
    into.addAllow({ reason: `allowed_patterns in ${name}`, matches: [pattern] }, placeOf);
  });
  each(file.custom_patterns, ["custom_patterns"], (pattern, placeOf, index) => {
    const title = `Pattern ${index + 1} of ${name}`;
    into.addRule(ruleOf(into.freshId(`talisman-pattern-${index + 1}`), title, pattern), placeOf);
  });
  (file.scopeconfig ?? []).forEach(({ scope }, index) => {
    const path = ["scopeconfig", index];
    const names = SCOPES[scope];
    if (names === undefined) into.remark(document.placeOf(path), `no scope is called '${scope}'`);
    else
      into.addAllow({ reason: `scope '${scope}' in ${name}`, paths: names.map((glob) => `**/${glob}`) }, () =>
        document.placeOf(path),
      );
  });
  (file.fileignoreconfig ?? []).forEach((entry, index) => {
    const path = ["fileignoreconfig", index];
    const place = document.placeOf(path);
    const paths = [globOf(entry.filename)];
    const detectors = entry.ignore_detectors ?? [];
    if (detectors.includes("filecontent")) {
      into.addAllow({ reason: `ignore_detectors in ${name}`, paths }, () => place);
    } else if (detectors.includes("filename")) {
      const rules = into.ours.filter(({ kind }) => kind === "file").map(({ id }) => id);
      into.addAllow({ reason: `ignore_detectors in ${name}`, paths, rules }, () => place);
    }
    each(entry.allowed_patterns, [...path, "allowed_patterns"], ({ pattern }, placeOf) => {
      into.addAllow({ reason: `allowed_patterns in ${name}`, paths, matches: [pattern] }, placeOf);
    });
    if (!entry.checksum) return;
    if (/[*?[\]\\]|\/$/.test(entry.filename)) {
      into.remark(place, `the checksum of '${entry.filename}' is one of several files, and is not compared`);
      return;
    }
    const content = read(entry.filename);
    if (content === null || checksumOf(entry.filename, content) !== entry.checksum) {
      into.remark(
        place,
        `'${entry.filename}' is not there, or not as it was when its checksum was written down`,
      );
      return;
    }
    into.addKnown({
      valueSha1: null,
      rules: null,
      path: entry.filename,
      line: null,
      commit: null,
      blob: blobIdOf(content),
      reason: `checksum of '${entry.filename}' in ${name}`,
    });
  });
}

/** Talisman takes a name with a `/` from the root and a pattern without one for a file's own name. */
function globOf(filename: string): string {
  if (filename.endsWith("/")) return `${filename}**`;
  return !filename.includes("/") && /[*?[\]\\]/.test(filename) ? `**/${filename}` : filename;
}

const sha256 = (data: string | Buffer) => crypto().createHash("sha256").update(data).digest("hex");

/** SHA-256 of three digests in a row: of nothing, of the content, of the name. */
function checksumOf(filename: string, content: Buffer): string {
  return sha256(sha256("") + sha256(content) + sha256(filename));
}

/** As git names it, in a repository of SHA-1. */
function blobIdOf(content: Buffer): string {
  return crypto().createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}
