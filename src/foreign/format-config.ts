import type { ConfigInput } from "./translation.ts";

/** The text of a `.leakwarden.toml`, patterns as they are. */
export function formatConfig(config: ConfigInput): string {
  const { allow = [], rule = [], file = [], ...tables } = config;
  const blocks: string[] = [];
  for (const [name, table] of Object.entries(tables)) blocks.push(`[${name}]\n${pairs(table)}`);
  for (const [name, rows] of Object.entries({ allow, rule, file }))
    for (const row of rows) blocks.push(`[[${name}]]\n${pairs(row)}`);
  return blocks.join("\n");
}

function pairs(table: object): string {
  return Object.entries(table)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} = ${written(value)}\n`)
    .join("");
}

function written(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (!Array.isArray(value)) {
    return typeof value === "object" && value !== null
      ? `{ ${Object.entries(value)
          .map(([key, inner]) => `${key} = ${written(inner)}`)
          .join(", ")} }`
      : String(value);
  }
  const items = value.map(written);
  const line = `[${items.join(", ")}]`;
  return line.length <= 100 ? line : `[\n${items.map((item) => `  ${item},\n`).join("")}]`;
}

/** Between single quotes nothing needs an escape, and a pattern stays as it is. */
function quoted(text: string): string {
  const plain = /^[\t\x20-\x7e\x80-\u{10ffff}]*$/u.test(text);
  if (plain && /["\\]/.test(text)) {
    if (!text.includes("'")) return `'${text}'`;
    if (!text.includes("'''") && !text.endsWith("'")) return `'''${text}'''`;
  }
  return JSON.stringify(text).replaceAll("\x7f", "\\u007f");
}
