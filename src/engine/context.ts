/**
 * What stands between a provider's name and a value of the provider's form.
 *
 *     DATADOG_API_KEY=<hex>          the name itself goes on: "_API_KEY="
 *     datadog: "<hex>"               nothing but signs: an assignment, or a list
 *     datadog:\n  site: eu\n  api_key: <hex>
 *     # datadog, see commit <hex>    the word before the value says what it is instead
 *
 * The form alone (32 hex digits, a UUID) says little, so the words must say the rest: a word for
 * a secret somewhere between, or nothing at all; and the value's own label must not call it
 * something else. Labels are the words next to the value, on its line.
 */
export type ContextVerdict =
  | { readonly reason: string; readonly evidence?: never }
  | { readonly reason: null; readonly evidence: string };

const SECRET_WORD =
  /key|tok|secret|pass|pwd|pw\b|auth|cred|api|bearer|access|priv|hook|dsn|sign|salt|licen|(?:\b|_)pat\b|jwt/i;
/** A word that says of the value next to it that it is a digest or a revision. */
const DIGEST =
  /md5|h1:|sha-?[0-9]|\bsha\b|checksum|digest|commit|etag|integrity|\brev(?:ision)?\b|fingerprint|hash|\bref\b|blob|tree\/|index [0-9a-f]|site_?key/i;
/** What ends in front of a revision, or of a file that is named by its digest. */
const REVISION = /[#@]$|[?&]v(?:er)?=$/;
/** Keys that are made to be shown to everybody. */
const PUBLIC_KEY = /^(?:pk_(?:test|live)_|sb_publishable_|phc_)/;
/** The end of a label that names something public. */
const PUBLIC_LABEL =
  /(?:[_\-. ]|^)(?:u?u?id|ids|guid|name|version|region|url|uri|host|site|public|publishable|org|organi[sz]ation|project|account|tenant|subscription|user|username|email|trace|request|session|build|job|run|event|message|object|document|page|post|video|image|item|order|ticket|issue|team|workspace)["'`)\]]*\s*$|[a-z](?:Id|ID|Uuid|UUID|Guid|Url|Name|Hash)["'`)\]]*\s*$|public_?key["'`)\]]*\s*$/i;
/** What an image shows is for everybody. */
const SHOWN = /!\[[^\]\n]*\]\(|<img\b|\/(?:badges?|avatars?|status)\//i;
/** `new AcmeClient("…")`, `acme.NewClient("…")`: the first thing that a client is told is its key. */
const CLIENT = /^(?:[._]?(?:[nN]ew)?_?(?:[cC]lient|API|Api|api|SDK|Sdk|[cC]onnection))\(["'`]$/;
const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-/;

export function readContext(name: string, gap: string, value: string): ContextVerdict {
  const line = gap.slice(gap.lastIndexOf("\n") + 1);
  const label = line.replace(/(?:[:=>,(]|=>|:=|\s|["'`\\])*$/, "");
  const labelled = line === gap ? name + label : label;
  if (PUBLIC_KEY.test(value)) return { reason: "it is a key for the public" };
  if (/[ \t]\($/.test(gap) && /^[0-9a-f]{40}$/.test(value)) return { reason: "it is a revision in prose" };
  if (/<\/t[dr]>/.test(gap)) return { reason: "it stands in another cell" };
  if (SHOWN.test(gap)) return { reason: "it is part of a picture's address" };
  if (REVISION.test(gap) || DIGEST.test(labelled.slice(-48)))
    return { reason: "its label calls it a digest or a revision" };
  if (PUBLIC_LABEL.test(labelled)) return { reason: "its label names something public" };
  // Words in host names, paths and packages say nothing, and those of other lines nothing of this value.
  if (SECRET_WORD.test(line.replace(/[\w-]+(?:[./][\w-]+)+/g, " ")))
    return { reason: null, evidence: `it stands by '${name}' and a word for a secret` };
  if (CLIENT.test(gap)) return { reason: null, evidence: `a client of '${name}' is made with it` };
  if (UUID.test(value)) return { reason: `nothing between '${name}' and it speaks of a secret` };
  if (gap.includes("\n") && !/[=:,]\s*["'`]?\s*$|^\s*$/.test(gap)) {
    return { reason: `nothing on its own line speaks of a secret` };
  }
  if (!/[A-Za-z]/.test(gap.replace(/\\[nrt]|%[0-9A-F]{2}/g, ""))) {
    return { reason: null, evidence: `it is given to '${name}'` };
  }
  return { reason: `nothing between '${name}' and it speaks of a secret` };
}
