import { crypto } from "../text/crypto.ts";
import type { CompiledFileRule, CompiledRule, RulePack } from "./compiled.ts";

/** Rules sorted by id, with the digest of all that they say. */
export function packOf(rules: readonly CompiledRule[], files: readonly CompiledFileRule[]): RulePack {
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
  const sorted = { rules: [...rules].sort(byId), files: [...files].sort(byId) };
  const digest = crypto().createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, 16);
  return { digest, ...sorted };
}

/** Objects of one shape by columns: `rows[i][j]` is the place in `values` of the `i`th object's `keys[j]`. */
interface Table {
  readonly keys: readonly string[];
  readonly rows: readonly (readonly number[])[];
}

interface EncodedPack {
  readonly digest: string;
  readonly values: readonly unknown[];
  readonly rules: Table;
  readonly files: Table;
}

/** A pack as JSON, each value written once: a third of the plain length, parsed in a third of the time. */
export function encodePack({ digest, rules, files }: RulePack): string {
  const values: unknown[] = [];
  const places = new Map<string, number>();
  const placeOf = (value: unknown) => {
    const key = JSON.stringify(value);
    let place = places.get(key);
    if (place === undefined) {
      place = values.push(value) - 1;
      places.set(key, place);
    }
    return place;
  };
  const tableOf = (objects: readonly object[]): Table => ({
    keys: Object.keys(objects[0] ?? {}),
    rows: objects.map((object) => Object.entries(object).map(([key, value]) => placeOf(written(key, value)))),
  });
  const encoded: EncodedPack = { digest, values, rules: tableOf(rules), files: tableOf(files) };
  return JSON.stringify(encoded);
}

/** Keywords are one text, a line each: thousands of names are parsed in no time so. */
function written(key: string, value: unknown): unknown {
  return key === "keywords" ? (value as string[]).join("\n") : value;
}

export function decodePack(json: string): RulePack {
  const { digest, values, rules, files } = JSON.parse(json) as EncodedPack;
  const objectsOf = <T>({ keys, rows }: Table) =>
    rows.map((row) => {
      const object: Record<string, unknown> = {};
      for (let i = 0; i < keys.length; i += 1) object[keys[i]!] = values[row[i]!];
      if (typeof object.keywords === "string") object.keywords = object.keywords.split("\n");
      return object as T;
    });
  return { digest, rules: objectsOf(rules), files: objectsOf(files) };
}
