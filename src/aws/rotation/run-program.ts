import { spawn } from "node:child_process";
import { AwsError, systemReason } from "../../errors.ts";

/** Of what a program said, in an error; and what is kept of it until then. */
const SAID = 300;
const MOST_KEPT = 1 << 20;
/** A program that hangs holds the rotation of its user. */
const TIME_LIMIT_MS = 10 * 60_000;
/** What a program that has ended may still have in its pipes; one that it has left running keeps them open. */
const DRAIN_MS = 200;

/**
 * Runs a program and gives it something on standard input.
 * @param args null: `command` is a line for the shell
 * @param secret what must not be printed of what it says
 * @throws {AwsError} when it cannot be started, or ends with something else than 0
 */
export async function runWith(
  command: string,
  args: readonly string[] | null,
  input: string,
  secret: string,
): Promise<void> {
  const { status, said } = await new Promise<{ status: string | null; said: string }>((resolve) => {
    let said = "";
    const child = spawn(command, [...(args ?? [])], {
      shell: args === null,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const limit = setTimeout(() => child.kill("SIGKILL"), TIME_LIMIT_MS);
    const hear = (chunk: Buffer) => {
      if (said.length < MOST_KEPT) said += chunk.toString("latin1");
    };
    const end = (status: string | null) => {
      clearTimeout(limit);
      for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy();
      resolve({ status, said });
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    // A program that does not read what it gets may be right all the same.
    child.stdin.on("error", () => {});
    child.on("error", (error) => end(`could not be started: ${systemReason(error)}`));
    child.on("exit", (code, signal) => {
      setTimeout(() => end(code === 0 ? null : `ended with ${code ?? signal}`), DRAIN_MS);
    });
    child.on("close", (code, signal) => end(code === 0 ? null : `ended with ${code ?? signal}`));
    child.stdin.end(input);
  });
  if (status === null) return;
  const words = tellsSecret(said, secret)
    ? "what it said holds the secret and is not shown"
    : Buffer.from(said, "latin1").toString("utf8").trim().replace(/\s+/g, " ").slice(-SAID);
  throw new AwsError(`'${command}' ${status}${words === "" ? "" : `: ${words}`}`, { reason: "consumer" });
}

/** As many characters of a secret in a row are no chance. */
const TELLING = 6;

/** Whether a text has a part of a secret, as it is or encoded. */
function tellsSecret(text: string, secret: string): boolean {
  const bytes = Buffer.from(secret);
  const forms = [
    secret,
    encodeURIComponent(secret),
    secret.replaceAll("/", "\\/"),
    bytes.toString("hex"),
    // As base64 it depends on how many bytes stand before it.
    ...[0, 1, 2].map((before) =>
      Buffer.concat([Buffer.alloc(before), bytes])
        .toString("base64")
        .slice(before === 0 ? 0 : 4, -4),
    ),
  ];
  const folded = text.toLowerCase();
  return forms.some((form) => {
    for (let at = 0; at + TELLING <= form.length; at += 1)
      if (folded.includes(form.slice(at, at + TELLING).toLowerCase())) return true;
    return false;
  });
}
