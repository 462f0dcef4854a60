import * as v from "valibot";
import { ConfigError } from "../errors.ts";
import type { TomlDocument } from "./toml.ts";

/**
 * Checks a TOML document against a schema.
 * @throws {ConfigError} at the line of the first thing that is wrong; unknown keys are wrong
 */
export function validateToml<Schema extends v.GenericSchema>(
  document: TomlDocument,
  schema: Schema,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, document.value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = (issue.path ?? []).map((item) => item.key as string | number);
  const name = path.filter((key) => typeof key === "string").join(".");
  const place = document.placeOf(path);
  if (issue.type === "strict_object" && issue.expected === "never") {
    throw new ConfigError(place, `unknown key '${name}'`, knownKeys(schema, path));
  }
  if (issue.received === "undefined") {
    throw new ConfigError(place, `'${name}' is missing`);
  }
  const what =
    issue.kind === "schema"
      ? `'${name}' must be ${(issue.expected ?? "something else").replace(/["()]/g, "").replaceAll(" | ", ", ")}, not ${issue.received.replaceAll('"', "'")}`
      : `'${name}': ${lowerFirst(issue.message)}`;
  throw new ConfigError(place, what);
}

/** Names the keys that are allowed where an unknown one stood, if the schema tells. */
function knownKeys(schema: v.GenericSchema, path: readonly (string | number)[]): string | undefined {
  let at: unknown = schema;
  for (const key of path.slice(0, -1)) at = entryOf(at, key);
  const entries = unwrap(at)?.entries;
  return entries === undefined ? undefined : `known here: ${Object.keys(entries).join(", ")}`;
}

interface SchemaNode {
  readonly entries?: Record<string, unknown>;
  readonly item?: unknown;
  readonly wrapped?: unknown;
  readonly pipe?: readonly unknown[];
}

/** Optional and pipe wrappers peeled off, down to the object or array. */
function unwrap(node: unknown): SchemaNode | undefined {
  let current = node as SchemaNode | undefined;
  while (current !== undefined && current.entries === undefined && current.item === undefined) {
    const inner = current.wrapped ?? current.pipe?.[0];
    if (inner === undefined || inner === current) return undefined;
    current = inner as SchemaNode;
  }
  return current;
}

function entryOf(node: unknown, key: string | number): unknown {
  const plain = unwrap(node);
  return typeof key === "number" ? plain?.item : plain?.entries?.[key];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
