import { expandTemplate, seededRandom } from "../../src/rules/samples.ts";

let seed = Date.now() % 1_000_000;

/** A fresh token of a template; different in every run, so no test leans on one value. */
export function token(template: string): string {
  seed += 1;
  return expandTemplate(template, seededRandom(seed)).text;
}

/** A fresh AWS key pair, as lines of a credentials file. */
export function awsPair(): { id: string; secret: string; lines: string } {
  const id = token("AKIA{aws-account}");
  const secret = token("{aws-secret}");
  return { id, secret, lines: `aws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n` };
}
