import { packKeyIdBody } from "../engine/aws-key-id.ts";
import { ageChecksum, crc62Digits } from "../engine/checksums.ts";

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";

/** Alphabets by the name that templates give them. */
const ALPHABETS: Readonly<Record<string, string>> = {
  base58: "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
  digits: DIGITS,
  hex: "0123456789abcdef",
  HEX: "0123456789ABCDEF",
  alpha: UPPER + LOWER,
  lower36: LOWER + DIGITS,
  HEX36: UPPER + DIGITS,
  base32: `${UPPER}234567`,
  lower32: `${LOWER}234567`,
  base62: UPPER + LOWER + DIGITS,
  base64: `${UPPER}${LOWER}${DIGITS}+/`,
  base64url: `${UPPER}${LOWER}${DIGITS}_-`,
};

/** Draws numbers from a seed: the same samples in every run (mulberry32). */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

/** A sample made from a template: its text, and which part of it is the secret. */
export interface Sample {
  readonly text: string;
  readonly secret: string;
  /** The template says itself where the secret is used; no surrounding is added. */
  readonly placed: boolean;
}

/**
 * Expands a template. `{base62:36}` is so many random characters; some names make a structure:
 * `{uuid}`, `{github}` (30 characters and their checksum), `{aws-account}`, `{aws-secret}`, `{age}`,
 * `{jwt}`, `{pem:20}` (lines), `{pemline:900}`, `{password}`, `{b64userpass}`, `{b64text:9}`,
 * `{oneof:a|b}`. `[[…]]` marks the secret; without a mark all of it is the secret.
 *
 * @throws {Error} naming a placeholder that does not exist
 */
export function expandTemplate(template: string, random: (below: number) => number): Sample {
  const text = template.replace(
    /\{([A-Za-z][A-Za-z0-9-]*)(?::([^{}]*))?\}/g,
    (whole, name: string, argument?: string) => {
      const made = expandOne(name, argument, random);
      return made ?? whole;
    },
  );
  const marked = /\[\[([\s\S]*?)\]\]/.exec(text);
  if (marked === null) return { text, secret: text, placed: false };
  return { text: text.replace(/\[\[|\]\]/g, ""), secret: marked[1]!, placed: true };
}

function expandOne(
  name: string,
  argument: string | undefined,
  random: (below: number) => number,
): string | null {
  const draw = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[random(alphabet.length)]!).join("");
  const count = Number(argument);
  const alphabet = ALPHABETS[name];
  if (alphabet !== undefined && argument !== undefined) return draw(alphabet, count);
  const base64 = ALPHABETS.base64!;
  const hex = ALPHABETS.hex!;
  switch (name) {
    case "oneof": {
      const choices = argument!.split("|");
      return choices[random(choices.length)]!;
    }
    case "uuid":
      return [8, 4, 4, 4, 12].map((length) => draw(hex, length)).join("-");
    case "github": {
      const body = draw(ALPHABETS.base62!, 30);
      return body + crc62Digits(body);
    }
    case "aws-account":
      return packKeyIdBody(BigInt(draw("123456789", 1) + draw(DIGITS, 11)), BigInt(`0x${draw(hex, 10)}`));
    case "aws-secret":
      return `${draw(LOWER, 1)}${draw(base64, 36)}${draw(UPPER, 2)}${draw(DIGITS, 1)}`;
    case "age": {
      const data = draw("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 52);
      return data + ageChecksum(data);
    }
    case "pem":
      return Array.from({ length: count }, () => draw(base64, 64))
        .join("\n")
        .slice(3);
    case "pemline":
      return draw(base64, count);
    case "password":
      return `${draw(LOWER, 3)}${draw(UPPER, 2)}${draw(DIGITS, 3)}${draw("-_+", 1)}${draw(ALPHABETS.base62!, 6)}`;
    case "b64userpass":
      return Buffer.from(`deploy:${draw(ALPHABETS.base62!, 14)}`).toString("base64");
    case "b64text":
      return Buffer.from(draw(ALPHABETS.base62!, count)).toString("base64");
    case "b64digits":
      return Buffer.from(draw("123456789", 1) + draw(DIGITS, count - 1)).toString("base64url");
    case "jwt":
      return [
        { alg: "HS256", typ: "JWT" },
        { sub: draw(DIGITS, 8), iss: "corp" },
      ]
        .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
        .concat(draw(ALPHABETS.base64url!, 43))
        .join(".");
    case "jwt-k8s":
      return [
        { alg: "RS256", kid: draw(ALPHABETS.base62!, 43) },
        {
          iss: "kubernetes/serviceaccount",
          sub: `system:serviceaccount:default:${draw(LOWER, 8)}`,
          uid: draw(hex, 32),
        },
      ]
        .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
        .concat(draw(ALPHABETS.base64url!, 342))
        .join(".");
    default:
      return null;
  }
}

/** How people write a token: each must be found in every one of these. */
export const SURROUNDINGS: readonly { readonly name: string; readonly wrap: (token: string) => string }[] = [
  { name: "bare", wrap: (token) => token },
  { name: "line", wrap: (token) => `first line\n${token}\nlast line\n` },
  { name: "env", wrap: (token) => `# settings\nTHE_VALUE=${token}\nOTHER=1\n` },
  { name: "export", wrap: (token) => `export THE_VALUE="${token}"\n` },
  { name: "yaml", wrap: (token) => `service:\n  value: ${token}\n  port: 80\n` },
  { name: "json", wrap: (token) => `{"a": 1, "value": ${JSON.stringify(token)}, "b": [2]}` },
  { name: "code", wrap: (token) => `const client = connect('${token}', { retry: 3 });\n` },
  { name: "url", wrap: (token) => `https://api.corp.net/v1/items?value=${token}&page=2\n` },
  { name: "shell", wrap: (token) => `$ deploy --value ${token} --dry-run\n` },
  { name: "xml", wrap: (token) => `<entry><value>${token}</value></entry>\n` },
  { name: "comment", wrap: (token) => `    // was: ${token}\n    run();\n` },
  { name: "crlf", wrap: (token) => `[main]\r\nvalue = ${token}\r\nnext = 1\r\n` },
  { name: "diff", wrap: (token) => `-old\n+value: "${token}"\n` },
];
