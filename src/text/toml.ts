import { type AST, getStaticTOMLValue, ParseError, parseTOML } from "toml-eslint-parser";
import { ConfigError, type SourcePlace } from "../errors.ts";

type Path = readonly (string | number)[];

/** A parsed TOML file that remembers where each value stands. */
export interface TomlDocument {
  readonly value: unknown;
  /** The place of the value at `path`, or of its nearest ancestor that stands in the file. */
  placeOf(path: Path): SourcePlace;
}

/** @throws {ConfigError} with line and column when `text` is not TOML 1.0 */
export function parseTomlDocument(file: string, text: string): TomlDocument {
  let ast: AST.TOMLProgram;
  try {
    ast = parseTOML(text, { tomlVersion: "1.0.0" });
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new ConfigError(
      { file, line: error.lineNumber, column: error.column + 1 },
      `this is not valid TOML: ${error.message}`,
      "see https://toml.io for the syntax; patterns are easiest in '''three single quotes'''",
    );
  }
  const places = new Map<string, SourcePlace>();
  const note = (path: Path, node: AST.TOMLNode) => {
    const key = JSON.stringify(path);
    if (!places.has(key)) {
      places.set(key, { file, line: node.loc.start.line, column: node.loc.start.column + 1 });
    }
  };
  const visitValue = (path: Path, node: AST.TOMLContentNode) => {
    if (node.type === "TOMLArray") {
      node.elements.forEach((element, index) => {
        note([...path, index], element);
        visitValue([...path, index], element);
      });
    } else if (node.type === "TOMLInlineTable") {
      visitPairs(path, node.body);
    }
  };
  const visitPairs = (path: Path, pairs: readonly AST.TOMLKeyValue[]) => {
    for (const pair of pairs) {
      const keys = pair.key.keys.map((key) => (key.type === "TOMLBare" ? key.name : key.value));
      keys.forEach((_, index) => {
        note([...path, ...keys.slice(0, index + 1)], pair);
      });
      visitValue([...path, ...keys], pair.value);
    }
  };
  for (const item of ast.body[0].body) {
    if (item.type === "TOMLKeyValue") {
      visitPairs([], [item]);
    } else {
      const path = item.resolvedKey;
      path.forEach((_, index) => {
        note(path.slice(0, index + 1), item);
      });
      visitPairs(path, item.body);
    }
  }
  return {
    value: getStaticTOMLValue(ast),
    placeOf(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const place = places.get(JSON.stringify(path.slice(0, length)));
        if (place !== undefined) return place;
      }
      return { file, line: 1, column: 1 };
    },
  };
}
