import * as v from "valibot";
import { ConfigError } from "../errors.ts";
import { crypto } from "../text/crypto.ts";
import { parseJsonish, parseYaml } from "./formats.ts";
import { placing } from "./placing.ts";
import { translateRe2 } from "./re2.ts";
import { Re2SyntaxError } from "./re2-syntax.ts";
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
  const translate = (regex: string, path: (string | number)[]) => {
    try {
      return translateRe2(regex);
    } catch (error) {
      if (!(error instanceof Re2SyntaxError)) throw error;
      const place = document.placeOf(path);
      if (!into.tolerant) throw new ConfigError(place, `'${regex}' cannot be read: ${error.message}`);
      into.remark(place, `'${regex}' is left out: ${error.message}`);
      return null;
    }
  };
  if (file.threshold !== undefined) into.config.fail = { severity: file.threshold };
  if ((file.custom_severities ?? []).length > 0) {
    into.remark(
      document.placeOf(["custom_severities"]),
      "custom_severities are left out: the detectors are others here",
    );
  }
  (file.allowed_patterns ?? []).forEach((regex, index) => {
    const path = ["allowed_patterns", index];
    const pattern = translate(regex, path)?.pattern;
    if (pattern !== undefined)
      into.addAllow({ reason: `allowed_patterns in ${name}`, matches: [pattern] }, () =>
        document.placeOf(path),
      );
  });
  (file.custom_patterns ?? []).forEach((regex, index) => {
    const path = ["custom_patterns", index];
    const pattern = translate(regex, path);
    if (pattern === null) return;
    into.addRule(
      {
        id: into.freshId(`talisman-pattern-${index + 1}`),
        title: `Pattern ${index + 1} of ${name}`,
        kind: "structured",
        severity: "high",
        ...placing(pattern, []),
        pattern: pattern.pattern,
        secret: Math.min(1, pattern.groups),
        bounded: false,
        randomness: "none",
      },
      () => document.placeOf(path),
    );
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
    (entry.allowed_patterns ?? []).forEach((regex, row) => {
      const where = [...path, "allowed_patterns", row];
      const pattern = translate(regex, where)?.pattern;
      if (pattern !== undefined) {
        into.addAllow({ reason: `allowed_patterns in ${name}`, paths, matches: [pattern] }, () =>
          document.placeOf(where),
        );
      }
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
    into.known.push({
      valueSha1: null,
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
