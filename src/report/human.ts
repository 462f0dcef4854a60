import { GAP_REASONS } from "../policy/coverage.ts";
import type { Finding } from "../policy/finding.ts";
import type { ScanResult } from "../policy/result.ts";
import { fails } from "../policy/severity.ts";
import type { ReportOptions } from "./index.ts";

type Paint = (text: string) => string;
export interface Palette {
  readonly bad: Paint;
  readonly warn: Paint;
  readonly good: Paint;
  readonly strong: Paint;
  readonly faint: Paint;
}

export function palette(colour: boolean): Palette {
  const paint = (code: string) => (text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  return { bad: paint("1;31"), warn: paint("33"), good: paint("32"), strong: paint("1"), faint: paint("2") };
}

/** What and where, why it is held to be a secret, what to do now, and how to say that it is none. */
export function* humanReport(result: ScanResult, options: ReportOptions): Generator<string> {
  const paint = palette(options.colour);
  const failing = result.findings.filter((finding) => fails(finding, result.threshold));
  const notes = result.findings.filter((finding) => !fails(finding, result.threshold));
  const shown = new Set<Finding>();
  const stateText = result.mode === "range" ? { ...STATE_TEXT, ...RANGE_STATE } : STATE_TEXT;
  for (const finding of failing) {
    if (shown.has(finding)) continue;
    shown.add(finding);
    const { partner } = finding;
    const folded = partner?.partner === finding && !shown.has(partner) ? partner : undefined;
    if (folded !== undefined) shown.add(folded);
    yield* describe(finding, folded, stateText, options, paint);
  }
  if (notes.length > 0) {
    yield `${paint.faint("Notes (these do not fail the run):")}\n`;
    for (const { title, severity, confidence, place, evidence } of notes) {
      yield `  ${visible(place.path)}:${place.line}  ${title} (${severity}, ${confidence} confidence)${evidence[0] === undefined ? "" : `: ${evidence[0]}`}\n`;
    }
    yield "\n";
  }
  for (const warning of result.warnings) yield `${paint.warn("warning")} ${visible(warning)}\n`;
  yield* closing(result, failing.length, notes.length, paint);
  if (failing.length > 0 && result.mode === "staged") {
    const paths = [...new Set(failing.map(({ place }) => place.path))].slice(0, 5).map(quote).join(" ");
    yield `\nNothing was committed. Take the secret out of the file and stage it again, or unstage it:\n  git reset -q -- ${paths}\nIf it is no secret, write down why:\n  leakwarden allow ${quote(`${failing[0]!.place.path}:${failing[0]!.place.line}`)} --reason '…'\n`;
  }
}

export function* describe(
  finding: Finding,
  partner: Finding | undefined,
  stateText: Record<Finding["state"], string>,
  options: ReportOptions,
  paint: Palette,
): Generator<string> {
  const { place } = finding;
  const title = partner === undefined ? finding.title : `${finding.title} with its ${partner.title}`;
  yield `${paint.bad(finding.severity.toUpperCase())} ${paint.strong(title)}  ${paint.faint(`${finding.ruleId}, ${finding.confidence} confidence`)}\n`;
  yield `  ${paint.strong(`${visible(place.path)}:${place.line}:${place.column}`)}\n`;
  yield `    ${cut(place.preview, options.width - 4)}\n`;
  if (options.reveal) yield `    secret: ${finding.secret.reveal()}\n`;
  if (partner !== undefined) {
    const { path, line, column, preview } = partner.place;
    if (path !== place.path) yield `  ${paint.strong(`${visible(path)}:${line}:${column}`)}\n`;
    yield `    ${cut(preview, options.width - 4)}\n`;
  }
  if (finding.commit !== null) {
    const { id, date, author, summary } = finding.commit;
    yield `  came in with ${id.slice(0, 12)} on ${date.slice(0, 10)} by ${visible(author)}: ${cut(visible(summary), 60)}\n`;
  }
  if (finding.state !== "staged" && finding.state !== "worktree") yield `  ${stateText[finding.state]}`;
  if (finding.occurrenceCount > 1) {
    const others = new Set(finding.occurrences.map(({ path }) => path));
    yield `${finding.state === "staged" || finding.state === "worktree" ? "  " : "; "}${finding.occurrenceCount} places in ${others.size} ${others.size === 1 ? "file" : "files"}`;
  }
  if ((finding.state !== "staged" && finding.state !== "worktree") || finding.occurrenceCount > 1) yield "\n";
  const { verification } = finding;
  if (verification !== null)
    yield* wrapped(`${`${verification.state}:`.padEnd(7)}`, verification.detail, options.width);
  const evidence = [
    ...finding.evidence,
    ...(partner?.evidence ?? []).filter((text) => text.startsWith("AWS account")),
  ];
  if (evidence.length > 0) yield* wrapped("why:   ", evidence.join("; "), options.width);
  yield* wrapped("what:  ", finding.description, options.width);
  yield* wrapped("now:   ", finding.remediation, options.width);
  yield `  ${paint.faint(`not a secret? put on the line:  leakwarden:allow ${finding.ruleId} -- why`)}\n\n`;
}

/** In a range the end of it is what counts, not the branches that there are. */
const RANGE_STATE: Partial<Record<Finding["state"], string>> = {
  head: "still there at the end",
  history: "taken out again, and in the history all the same",
};

export const STATE_TEXT: Record<Finding["state"], string> = {
  staged: "staged",
  worktree: "in the files",
  head: "still in HEAD",
  branch: "still at the tip of a branch",
  history: "gone from the branches, still in history",
  unreachable: "in no branch, still stored",
};

function* closing(result: ScanResult, failing: number, notes: number, paint: Palette): Generator<string> {
  for (const gap of result.coverage.gaps) {
    const mark = gap.incomplete ? paint.warn("not scanned") : paint.faint("skipped");
    yield `${mark} ${gap.count} × ${GAP_REASONS[gap.reason].text}: ${gap.examples.map(visible).join(", ")}${gap.count > gap.examples.length ? ", …" : ""}\n`;
  }
  if (result.untouched > 0) {
    yield `${paint.faint(`${plural(result.untouched, "secret")} in these files on lines that the change does not touch ('leakwarden files' shows all)`)}\n`;
  }
  const { counts } = result;
  const known = counts.known === 0 ? "" : `, ${plural(counts.known, "version")} known from before`;
  const what =
    result.mode === "history" || result.mode === "range"
      ? `${plural(counts.commits, "commit")}, ${plural(counts.blobs, "file version")}, ${size(counts.bytes)}${known}`
      : `${plural(counts.files, "file")}, ${size(counts.bytes)}`;
  const suppressed = result.suppressed.length > 0 ? `, ${result.suppressed.length} allowed` : "";
  const verdict =
    failing > 0
      ? paint.bad(`${plural(failing, "secret")} found`)
      : result.coverage.complete
        ? counts.files + counts.blobs + counts.known === 0
          ? paint.good("nothing to scan")
          : paint.good("no secrets found")
        : paint.warn("no secrets found in what could be scanned: the scan is incomplete");
  yield `${verdict}${notes > 0 ? `, ${plural(notes, "note")}` : ""}${suppressed} (${what}, ${(result.durationMs / 1000).toFixed(2)} s)\n`;
}

export function plural(count: number, noun: string): string {
  // Not toLocaleString: its first call costs 12 ms, a tenth of a hook's run.
  return `${String(count).replace(/\B(?=(?:\d{3})+$)/g, ",")} ${noun}${count === 1 ? "" : "s"}`;
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** File names, authors and subjects are whatever somebody chose: none of them may steer the terminal or break a line. */
function visible(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "·");
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(20, width - 1))}…`;
}

export function quote(path: string): string {
  if (/^[\w./@%+=:,-]+$/.test(path)) return path;
  // What cannot be shown is written so that a shell reads it: $'…\n…'.
  if (visible(path) !== path) {
    const escaped = path.replace(/[\\']/g, "\\$&").replace(/[\x00-\x1f\x7f]/g, (char) => {
      return `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
    });
    return `$'${escaped}'`;
  }
  return `'${path.replaceAll("'", "'\\''")}'`;
}

/** Text broken at spaces, under a label. */
function* wrapped(label: string, text: string, width: number): Generator<string> {
  const room = Math.max(40, Math.min(width, 100) - label.length - 2);
  let line = "";
  let prefix = label;
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > room) {
      yield `  ${prefix}${line}\n`;
      prefix = " ".repeat(label.length);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  yield `  ${prefix}${line}\n`;
}
