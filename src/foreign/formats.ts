import * as v from "valibot";
import { parseDocument } from "yaml";
import { ConfigError } from "../errors.ts";
import type { TomlDocument } from "../text/toml.ts";
import { WAY_OUT } from "./guard.ts";

/**
 * Checks a document of another scanner, of which unknown keys say nothing.
 * @throws {ConfigError} at the first value that is of the wrong kind
 */
export function parseJsonish<Schema extends v.GenericSchema>(
  document: TomlDocument,
  schema: Schema,
): v.InferOutput<Schema> {
  // A list is an object to the schemas, and none of these files is one where an object is asked for.
  const value = schema.type === "loose_object" && Array.isArray(document.value) ? null : document.value;
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = (issue.path ?? []).map((item) => item.key as string | number);
  const name = path.filter((key) => typeof key === "string").join(".") || "the file";
  throw new ConfigError(
    document.placeOf(path),
    issue.received === "undefined"
      ? `'${name}' is missing`
      : `'${name}' must be ${(issue.expected ?? "something else").replace(/[">=()]/g, "")}, not ${issue.received}`,
    WAY_OUT,
  );
}

/**
 * Reads YAML, or JSON, which is YAML, with comments or without.
 * @throws {ConfigError}
 */
export function parseYaml(file: string, text: string): TomlDocument {
  const whole = /^\s*[{[]/.test(text) ? text.replace(/^\s*\/\/.*$/gm, "") : text;
  const document = parseDocument(whole, { prettyErrors: true });
  const [error] = document.errors;
  const at = (offset: number) => {
    const before = whole.slice(0, offset);
    return { file, line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
  };
  if (error !== undefined) {
    throw new ConfigError(at(error.pos[0]), `this cannot be read: ${error.message.split("\n")[0]}`, WAY_OUT);
  }
  return {
    value: document.toJS(),
    placeOf(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const node = document.getIn(path.slice(0, length), true);
        const range = typeof node === "object" && node !== null && "range" in node ? node.range : null;
        if (Array.isArray(range)) return at(range[0]);
      }
      return { file, line: 1, column: 1 };
    },
  };
}
