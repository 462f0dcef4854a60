import { availableParallelism } from "node:os";
import type { Detection } from "../engine/types.ts";
import {
  type CommitInfo,
  type Finding,
  type FindingState,
  OCCURRENCE_LIMIT,
  type Occurrence,
  type Suppression,
} from "../policy/finding.ts";
import { type Fingerprinter, normalise } from "../policy/fingerprint.ts";
import type { IgnoreList } from "../policy/ignore-file.ts";
import { unknownRules } from "../policy/inline-allow.ts";
import type { KnownSecret, KnownSecrets } from "../policy/known-secrets.ts";
import { confidenceAt } from "../policy/path-weight.ts";
import { applyPolicy, isForPath, type Policy, type PolicyVerdict } from "../policy/policy.ts";
import { compareFindings } from "../policy/severity.ts";
import type { CompiledRule, RulePack } from "../rules/compiled.ts";
import { CONFIDENCES, type Confidence, type Kind, SEVERITIES, type Severity } from "../rules/vocabulary.ts";
import type { Secret } from "../text/secret.ts";
import { UNREAD } from "./known-finds.ts";
import { type LoneHalf, pairAcrossFiles } from "./pair-files.ts";

/** Fingerprints that are computed at a time. More cores could do more, but each takes memory. */
const AT_ONCE = Math.min(4, availableParallelism());

/** Where a detection was made. Places are added in their order: the first is where a secret came in. */
export interface Place {
  readonly path: string;
  readonly blob: string | null;
  readonly commit: string | null;
  readonly state: FindingState;
}

/** As much of a place as is known before states are. */
type BarePlace = Omit<Place, "state">;

interface RuleText {
  readonly kind: Kind;
  readonly family: string;
  readonly provider: string;
  readonly title: string;
  readonly description: string;
  readonly remediation: string;
  readonly references: readonly string[];
  /** Null: a credential file, which goes by its path. */
  readonly rule: CompiledRule | null;
  readonly severity: Severity;
  /** The rule of the other half, as LoneHalf has it. */
  readonly pairWith: string | null;
}

interface Group {
  detection: Detection;
  severity: Severity;
  /** That of the surest place. */
  confidence: Confidence;
  first: { readonly occurrence: Occurrence; readonly place: Place };
  occurrences: Occurrence[];
  count: number;
  state: FindingState;
  partner: SecretName | null;
  /** Where its other half stands when that is another file. */
  elsewhere: string | null;
  readonly name: SecretName;
}

/** What tells one secret from another; its fingerprint is made of it. */
interface SecretName {
  readonly family: string;
  readonly secret: Secret;
}

/** The more present state wins: a secret that is in HEAD and in history is in HEAD. */
const PRESENCE: readonly FindingState[] = ["unreachable", "history", "branch", "head", "worktree", "staged"];

interface Wanted {
  /** One finding per place instead of per secret. */
  readonly each: boolean;
  /** Somebody will ask for the findings' fingerprints. */
  readonly fingerprints: boolean;
}

/** Brings detections together by secret, under policy. */
export class FindingCollector {
  readonly suppressed: Suppression[] = [];
  readonly warnings = new Set<string>();
  private readonly groups = new Map<string, Group>();
  private readonly texts = new Map<string, RuleText>();
  private readonly pack: RulePack;
  private readonly policy: Policy;
  private readonly fingerprinter: Fingerprinter;
  private readonly ignores: IgnoreList | null;
  private readonly known: KnownSecrets | null;
  private readonly wanted: Wanted;
  /** Whether `add` asks for fingerprints of what was prepared. */
  private asksToAdd = false;

  constructor(
    pack: RulePack,
    policy: Policy,
    fingerprinter: Fingerprinter,
    ignores: IgnoreList | null,
    known: KnownSecrets | null,
    wanted: Wanted,
  ) {
    this.ignores = ignores;
    this.known = known;
    this.pack = pack;
    this.policy = policy;
    this.fingerprinter = fingerprinter;
    this.wanted = wanted;
  }

  private knows(ruleId: string): boolean {
    return [...this.pack.rules, ...this.pack.files].some(({ id }) => id === ruleId);
  }

  /** Made for the few rules that find something. */
  private textOf(ruleId: string): RuleText {
    let text = this.texts.get(ruleId);
    if (text === undefined) {
      const rule = this.pack.rules.find(({ id }) => id === ruleId);
      text = {
        // A credential file is known by its name and its content: as sure as a format.
        kind: "structured",
        ...(rule ?? this.pack.files.find(({ id }) => id === ruleId)!),
        rule: rule ?? null,
        pairWith: rule?.pair?.with ?? null,
      };
      this.texts.set(ruleId, text);
    }
    return text;
  }

  /** What policy says of a detection at a path; null: its rule is not for such paths. */
  private verdictAt(detection: Detection, path: string, commit: string | null): PolicyVerdict | null {
    const { ruleId, severity, directive, allowances } = detection;
    const { rule } = this.textOf(ruleId);
    if (rule !== null && !isForPath(rule, path)) return null;
    return applyPolicy(this.policy, { ruleId, path, commit, severity, directive, allowances });
  }

  /** What another scanner's list says of a detection; null: nothing. */
  private listedAt(
    { ruleId, secret, line }: Detection,
    { path, commit, blob }: BarePlace,
  ): KnownSecret | null {
    return this.known?.ask(ruleId, secret.reveal(), { path, commit, blob, line }) ?? null;
  }

  /** What a path makes of a detection: whether it counts there, and how sure it is. */
  standing(detection: Detection, path: string): string {
    const verdict = this.verdictAt(detection, path, null);
    if (verdict?.kind !== "report") return "let be";
    return confidenceAt(path, this.textOf(detection.ruleId).kind, detection.confidence);
  }

  /** Takes the detections of one file; `partner` indexes are into this same list. */
  add(detections: readonly Detection[], place: Place): void {
    const names = detections.map(({ ruleId, secret }) => ({ family: this.textOf(ruleId).family, secret }));
    detections.forEach((detection, index) => {
      const partner = detection.partner === null ? null : names[detection.partner]!;
      this.addOne(detection, place, names[index]!, partner);
    });
  }

  private addOne(detection: Detection, place: Place, name: SecretName, partner: SecretName | null): void {
    const { ruleId, line, directive } = detection;
    const verdict = this.verdictAt(detection, place.path, place.commit);
    if (verdict === null) return;
    const ignored = this.ignores?.ask(this.fingerprintOf(name)) ?? null;
    if (ignored !== null && ignored.expired === null) {
      const { reason, until, fingerprint } = ignored.entry;
      this.suppressed.push({ fingerprint, ruleId, path: place.path, line, by: "baseline", reason, until });
      return;
    }
    const listed = this.listedAt(detection, place);
    if (listed !== null) {
      const { reason } = listed;
      const fingerprint = this.fingerprintOf(name);
      this.suppressed.push({
        fingerprint,
        ruleId,
        path: place.path,
        line,
        by: "ignore-file",
        reason,
        until: null,
      });
      return;
    }
    if (ignored?.expired) this.warnings.add(ignored.expired);
    if (verdict.kind === "suppress") {
      const { by, reason } = verdict;
      const fingerprint = this.fingerprintOf(name);
      this.suppressed.push({ fingerprint, ruleId, path: place.path, line, by, reason, until: null });
      return;
    }
    for (const id of unknownRules(directive, (name) => this.knows(name))) {
      this.warnings.add(`${place.path}:${line}: the leakwarden:allow here names '${id}', which is no rule`);
    }
    if (verdict.warning !== null) this.warnings.add(`${place.path}:${line}: ${verdict.warning}`);
    const occurrence = occurrenceOf(detection, place);
    const key = this.wanted.each
      ? `${identityOf(name)}:${place.path}:${line}:${detection.column}:${place.blob}`
      : identityOf(name);
    const confidence = confidenceAt(place.path, this.textOf(ruleId).kind, detection.confidence);
    const group = this.groups.get(key);
    if (group === undefined) {
      this.groups.set(key, {
        detection,
        severity: verdict.severity,
        confidence,
        first: { occurrence, place },
        occurrences: [occurrence],
        count: 1,
        state: place.state,
        partner,
        elsewhere: null,
        name,
      });
      return;
    }
    group.count += 1;
    if (group.occurrences.length < OCCURRENCE_LIMIT) group.occurrences.push(occurrence);
    if (CONFIDENCES.indexOf(confidence) > CONFIDENCES.indexOf(group.confidence)) {
      group.confidence = confidence;
      // The place that is shown is the one that decides; in history it stays the first.
      if (place.commit === null) group.first = { occurrence, place };
    }
    if (PRESENCE.indexOf(place.state) > PRESENCE.indexOf(group.state)) group.state = place.state;
    if (group.partner === null && partner !== null) {
      // Somewhere its other half stands beside it: that is what the secret is worth everywhere.
      group.partner = partner;
      group.detection = detection;
      group.severity = verdict.severity;
    }
  }

  private pairLoneHalves(): void {
    const ids = new Set(this.pack.rules.flatMap(({ pair }) => pair?.with ?? []));
    const halves = [...this.groups.values()].flatMap((group): LoneHalf<Group>[] => {
      const { ruleId } = group.detection;
      const { pairWith } = this.textOf(ruleId);
      if (group.partner !== null || (pairWith === null && !ids.has(ruleId))) return [];
      return [{ ruleId, pairWith, place: group.first.place, group }];
    });
    for (const [secret, id] of pairAcrossFiles(halves)) {
      const halvesOfPair = [secret, id];
      // A half that is known to open nothing makes the pair what it is.
      const tame = halvesOfPair.find(({ group, ruleId }) => {
        return (
          SEVERITIES.indexOf(group.detection.severity) < SEVERITIES.indexOf(this.textOf(ruleId).severity)
        );
      });
      halvesOfPair.forEach(({ group, ruleId }, i) => {
        const other = halvesOfPair[1 - i]!;
        const { path, line } = other.group.first.occurrence;
        group.partner = other.group.name;
        group.elsewhere = `its other half may be the ${this.textOf(other.ruleId).title} in ${path}:${line}`;
        group.severity = this.policy.severities.get(ruleId) ?? tame?.group.detection.severity ?? "critical";
      });
    }
  }

  /** What tells the secret of a detection from others, however it is wrapped. */
  identityOf({ ruleId, secret }: Detection): string {
    return `${this.textOf(ruleId).family}\0${secret.reveal()}`;
  }

  /** Whether something must be said of a secret whose text was not read. */
  get lacksText(): boolean {
    return [...this.groups.values()].some(
      ({ detection, first }) => detection.preview === UNREAD || first.occurrence.preview === UNREAD,
    );
  }

  /** The worst first. */
  findings(commits: ReadonlyMap<string, CommitInfo>): Finding[] {
    this.pairLoneHalves();
    const fingerprintOf = (name: SecretName) => this.fingerprintOf(name);
    const byIdentity = new Map<string, Finding>();
    return [...this.groups.values()]
      .map((group): Finding => {
        const { detection, first } = group;
        const { provider, title, description, remediation, references } = this.textOf(detection.ruleId);
        const finding: Finding = {
          get fingerprint() {
            return fingerprintOf(group.name);
          },
          ruleId: detection.ruleId,
          provider,
          title,
          description,
          severity: group.severity,
          confidence: group.confidence,
          secret: detection.secret,
          evidence: group.elsewhere === null ? detection.evidence : [...detection.evidence, group.elsewhere],
          place: first.occurrence,
          commit: first.place.commit === null ? null : (commits.get(first.place.commit) ?? null),
          state: group.state,
          occurrences: group.occurrences,
          occurrenceCount: group.count,
          get partner() {
            return group.partner === null ? null : (byIdentity.get(identityOf(group.partner)) ?? null);
          },
          get pairedWith() {
            return group.partner === null ? null : fingerprintOf(group.partner);
          },
          remediation,
          references,
          verification: null,
        };
        byIdentity.set(identityOf(group.name), finding);
        return finding;
      })
      .sort(compareFindings);
  }

  /** Begins to compute the fingerprints of detections that will be added, as far as they are asked for and that takes long. */
  prepare(detections: readonly Detection[], place: BarePlace): void {
    for (const detection of detections) {
      const verdict = this.verdictAt(detection, place.path, place.commit);
      if (verdict === null) continue;
      // Known secrets are known by it, and what is suppressed is told of with it, whoever suppresses it.
      const toAdd =
        this.ignores !== null || verdict.kind === "suppress" || this.listedAt(detection, place) !== null;
      if (!toAdd && !this.wanted.fingerprints) continue;
      this.asksToAdd ||= toAdd;
      const { family } = this.textOf(detection.ruleId);
      this.fingerprinter.prepare(family, detection.secret.reveal(), AT_ONCE);
    }
  }

  /** Tells one key of fingerprints from another, for those that are kept. */
  get keyMark(): string {
    return this.fingerprinter.keyMark;
  }

  /** Takes what `slowPrint` gave in an earlier scan. */
  knowPrint({ ruleId, secret }: Detection, fingerprint: string): void {
    this.fingerprinter.know(this.textOf(ruleId).family, secret.reveal(), fingerprint);
  }

  /** The fingerprint of a detection when it was slow to compute and was computed. */
  slowPrint({ ruleId, secret }: Detection): string | null {
    return this.fingerprinter.slowOne(this.textOf(ruleId).family, secret.reveal());
  }

  /** Waits for what `prepare` began when `add` would compute it otherwise, one after the other. */
  async readyToAdd(): Promise<void> {
    if (this.asksToAdd) await this.ready();
  }

  /** Waits for what `prepare` began. */
  async ready(): Promise<void> {
    await this.fingerprinter.ready();
  }

  private fingerprintOf({ family, secret }: SecretName): string {
    return this.fingerprinter.fingerprint(family, secret.reveal());
  }

  /** Commits that `findings` will ask for. */
  get commitIds(): string[] {
    return [...new Set([...this.groups.values()].flatMap(({ first }) => first.place.commit ?? []))];
  }
}

function identityOf({ family, secret }: SecretName): string {
  return `${family}\0${normalise(secret.reveal())}`;
}

function occurrenceOf(detection: Detection, place: Place): Occurrence {
  const { line, column, endLine, endColumn, preview } = detection;
  return {
    path: place.path,
    line,
    column,
    endLine,
    endColumn,
    blob: place.blob,
    commit: place.commit,
    preview,
  };
}
