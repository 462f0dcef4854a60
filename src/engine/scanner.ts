import { type Cuts, HitList } from "../kernel/prefilter.ts";
import { type Confidence, MAX_SPAN } from "../rules/vocabulary.ts";
import { asBuffer, type Encoding, narrowUtf16, SNIFF_BYTES, sniffEncoding } from "../text/encoding.ts";
import { PositionTracker } from "../text/positions.ts";
import { Secret } from "../text/secret.ts";
import { BarrenText } from "./barren-text.ts";
import { companionOf } from "./companion.ts";
import { type DecodedText, decodeAround, readLine } from "./decode.ts";
import { allowancesFor, lineAt, unmetDemand } from "./demands.ts";
import { directiveAt } from "./directive.ts";
import type { Engine } from "./engine.ts";
import { judge } from "./judge.ts";
import { hitsNear, matchHits, matchText } from "./matcher.ts";
import { maskedForm, previewOf } from "./preview.ts";
import { detectionsOf, type Sighting } from "./sightings.ts";
import type { Candidate, Detection, DismissalListener } from "./types.ts";
import { TextWindow } from "./window.ts";

/** Bytes of content whose hits are taken in one step when content does not come in one piece. */
export const CORE_BYTES = 1 << 20;
/** Bytes kept on either side of a core: any match that touches the core lies wholly in its window. */
const MARGIN = 2 * MAX_SPAN;

/** Decoded text is decoded again at most so often. */
const MAX_DEPTH = 3;
/** How much of its line in front of an encoded text is looked at for a name. */
const NAME_BYTES = 120;
/** How far around an encoded text a directive may stand. */
const DIRECTIVE_BYTES = 1000;
const NEWLINE = Buffer.from("\n");

/** What has a provider's word in front and its account beside it is as sure as a format. */
function surer({ rule }: Candidate, confidence: Confidence): Confidence {
  return rule.kind === "contextual" && confidence === "medium" ? "high" : confidence;
}

/** What is known of a content that is one of several versions. */
export interface Version {
  /** Where another one was cut, as `ContentStream.cuts` tells it: it must still be in memory, and those that it was told for. */
  readonly cuts: Cuts | null;
}

/**
 * Scans one content after another with one engine. Memory is bounded whatever the length of the
 * content or of its lines: what is longer than a window is looked at window by window, and since
 * no verdict depends on anything further than MAX_SPAN from its hit, the windows do not show.
 */
export class ContentScanner {
  private readonly engine: Engine;
  private readonly hits = new HitList();
  private readonly onDismissed: DismissalListener | undefined;
  private readonly barren: BarrenText | null;

  constructor(engine: Engine, onDismissed?: DismissalListener) {
    // Who listens to what is dismissed wants to hear it each time.
    this.barren = onDismissed === undefined ? BarrenText.of(engine, this.hits) : null;
    this.engine = engine;
    this.onDismissed = onDismissed;
  }

  /** Scans content that is in memory as a whole. */
  scan(content: Uint8Array, version: Version | null = null): Detection[] {
    const stream = this.open(version);
    stream.push(content);
    return stream.finish();
  }

  /**
   * Scans content that arrives in pieces of any size.
   *
   * @param version other contents have most of their text in common with it: what is known of them is used, and what is
   *   learned kept, which costs a quarter more where it is of no use
   */
  open(version: Version | null = null): ContentStream {
    const isRemembered = version !== null && this.onDismissed === undefined;
    return new ContentStream(
      this.engine,
      this.hits,
      this.onDismissed,
      0,
      isRemembered,
      version === null ? null : this.barren,
      version === null ? null : version.cuts,
    );
  }
}

/**
 * One content on its way through the engine.
 *
 * `held` is the stretch of content not yet done with, `heldBase` the offset of its first byte.
 * `coreStart` is where the next core begins; everything before it has been searched for hits.
 * Invariants: heldBase <= coreStart, and coreStart - heldBase <= MARGIN after each step, so at most
 * MARGIN + CORE_BYTES + MARGIN bytes and one pushed piece are held.
 */
export class ContentStream {
  private readonly engine: Engine;
  private readonly hits: HitList;
  private readonly onDismissed: DismissalListener | undefined;
  private readonly depth: number;
  private readonly isRemembered: boolean;
  private readonly barren: BarrenText | null;
  /** Where the content was cut, once it is finished, or else where its base was. */
  cuts: Cuts | null;
  private encoding: Encoding | undefined;
  private positions = new PositionTracker(false);
  private pieces: Uint8Array[] = [];
  private piecesLength = 0;
  private held: Uint8Array = new Uint8Array(0);
  private heldBase = 0;
  private coreStart = 0;
  private sightings: Sighting[] = [];
  /** Words that rules ask for, as far as they were seen. */
  private readonly words = new Set<string>();
  /** For each rule that all of the text is searched for, where its last match ended. */
  private readonly textEnds = new Map<number, number>();
  /** For the texts that are decoded, one after another. */
  private innerHits: HitList | undefined;

  /**
   * @param depth how often the content was decoded already
   * @param isRemembered whether what gave nothing is passed over where it comes again: as `version` of `ContentScanner.open`
   * @param barren the same for whole stretches of text
   * @param base where another version was cut
   */
  constructor(
    engine: Engine,
    hits: HitList,
    onDismissed: DismissalListener | undefined,
    depth = 0,
    isRemembered = false,
    barren: BarrenText | null = null,
    base: Cuts | null = null,
  ) {
    this.cuts = base;
    this.isRemembered = isRemembered;
    this.barren = barren;
    this.depth = depth;
    this.engine = engine;
    this.hits = hits;
    this.onDismissed = onDismissed;
  }

  /** Whether it is text of two bytes a character, whose lines are not those that git counts: it looks for single bytes. */
  get isUtf16(): boolean {
    return this.encoding === "utf16le" || this.encoding === "utf16be";
  }

  /** `piece` is read before `push` returns or is kept until `finish`: the caller must not change it. */
  push(piece: Uint8Array): void {
    this.pieces.push(piece);
    this.piecesLength += piece.length;
    if (this.piecesLength >= CORE_BYTES + 2 * MARGIN) this.consume(false);
  }

  finish(): Detection[] {
    this.consume(true);
    const sightings = this.sightings;
    this.sightings = [];
    return detectionsOf(sightings, this.words, this.onDismissed);
  }

  private consume(last: boolean): void {
    this.absorb(last);
    let from = this.coreStart - this.heldBase;
    // A step is taken only when the margin behind its core is in memory, or nothing follows.
    while (last ? from < this.held.length : from + CORE_BYTES + MARGIN <= this.held.length) {
      const whole = last && from === 0 && this.held.length <= CORE_BYTES + 2 * MARGIN;
      const to = whole ? this.held.length : Math.min(from + CORE_BYTES, this.held.length);
      this.scanCore(from, to);
      this.coreStart = this.heldBase + to;
      const done = Math.max(0, to - MARGIN);
      if (done > 0 && to < this.held.length) {
        this.positions.advance(this.held.subarray(0, to), done);
        this.held = this.held.subarray(done);
        this.heldBase += done;
      }
      from = this.coreStart - this.heldBase;
    }
  }

  /** Moves the pushed pieces behind `held`, narrowed to one byte a character. */
  private absorb(last: boolean): void {
    let bytes: Uint8Array = this.pieces.length === 1 ? asBuffer(this.pieces[0]!) : Buffer.concat(this.pieces);
    this.pieces = [];
    this.piecesLength = 0;
    if (this.encoding === undefined) {
      this.encoding = sniffEncoding(bytes.subarray(0, SNIFF_BYTES));
      this.positions = new PositionTracker(this.encoding !== "utf8");
    }
    if (this.encoding === "utf16le" || this.encoding === "utf16be") {
      if (bytes.length % 2 === 1 && !last) {
        const odd = bytes.subarray(bytes.length - 1);
        this.pieces = [odd];
        this.piecesLength = 1;
        bytes = bytes.subarray(0, bytes.length - 1);
      }
      bytes = narrowUtf16(bytes, this.encoding);
    }
    this.held = this.held.length === 0 ? bytes : Buffer.concat([this.held, bytes]);
  }

  /**
   * Scans a decoded text behind what stands in front of it on its line, which may be the name that it
   * is given. What is found points at the encoded text.
   */
  private readDecoded(decoded: DecodedText): { name: Uint8Array; taken: Sighting[] } {
    const nameBytes = decoded.continued ? 0 : NAME_BYTES;
    const before = this.held.subarray(Math.max(0, decoded.start - nameBytes), decoded.start);
    const name = before.subarray(before.lastIndexOf(0x0a) + 1);
    this.innerHits ??= new HitList();
    const inner = new ContentStream(this.engine, this.innerHits, undefined, this.depth + 1);
    inner.push(Buffer.concat([name, decoded.text, NEWLINE]));
    const taken = inner.take();
    for (const word of inner.words) this.words.add(word);
    return { name, taken };
  }

  private scanDecoded(decoded: DecodedText): void {
    const { name, taken } = this.readDecoded(decoded);
    if (taken.length === 0) return;
    const aroundFrom = Math.max(0, decoded.start - DIRECTIVE_BYTES);
    const around = Buffer.from(this.held.subarray(aroundFrom, decoded.end + DIRECTIVE_BYTES)).toString(
      "latin1",
    );
    for (const { candidate, detection, severity } of taken) {
      if (candidate.secretStart < name.length) continue;
      const [from, to] = decoded.rangeOf(
        candidate.secretStart - name.length,
        candidate.secretEnd - name.length,
      );
      const begin = this.positions.locate(this.held, from);
      const finish = this.positions.locate(this.held, to);
      this.sightings.push({
        severity,
        candidate: {
          ...candidate,
          start: this.heldBase + from,
          end: this.heldBase + to,
          secretStart: this.heldBase + from,
          secretEnd: this.heldBase + to,
        },
        detection: {
          ...detection,
          evidence: [...detection.evidence, `it is written in ${decoded.writing}`],
          line: begin.line,
          column: begin.column,
          endLine: finish.line,
          endColumn: finish.column,
          directive: directiveAt(around, from - aroundFrom),
        },
      });
    }
  }

  /** All that was seen, overlaps and halves not yet looked at; nothing may be pushed afterwards. */
  private take(): Sighting[] {
    this.consume(true);
    return this.sightings;
  }

  private noteWords(): void {
    const { words } = this.engine;
    if (words.size === 0) return;
    for (let i = 0; i < this.hits.length; i += 1) {
      const word = words.get(this.hits.literals[i]!);
      if (word !== undefined) this.words.add(word);
    }
  }

  /** Whether the memory of other contents, and a look at what is new in this one, says that the core holds nothing. */
  private isBarren(from: number, to: number): boolean {
    if (this.barren === null) return false;
    const held = this.held.subarray(0, Math.min(this.held.length, to + MARGIN));
    const is = this.barren.isBarren(held, from, to, this.encoding === "binary", this.cuts, (decoded) => {
      const { name, taken } = this.readDecoded(decoded);
      return taken.some(({ candidate }) => candidate.secretStart >= name.length);
    });
    this.cuts = this.barren.cuts ?? this.cuts;
    return is;
  }

  private scanCore(from: number, to: number): void {
    if (this.isBarren(from, to)) return;
    const start = Math.max(0, from - MARGIN);
    const end = Math.min(this.held.length, to + MARGIN);
    this.hits.clear();
    const held = this.held.subarray(0, end);
    const decodes = this.depth < MAX_DEPTH;
    let decodedTo = 0;
    let line = { start: 0, settled: 0 };
    this.engine.findHits(
      held,
      from,
      to,
      this.hits,
      (runStart, runEnd) => {
        if (!decodes || runStart < decodedTo || runStart >= to) return;
        const seen = decodedTo;
        decodedTo = runEnd;
        for (const decoded of decodeAround(held, runStart, runEnd, seen)) {
          this.scanDecoded(decoded);
          decodedTo = decoded.end;
        }
      },
      (offset) => {
        if (!decodes || offset < from || offset >= to || (offset >= line.start && offset < line.settled))
          return;
        const reading = readLine(held, offset);
        line = reading;
        if (reading.decoded !== null) this.scanDecoded(reading.decoded);
      },
      this.isRemembered,
    );
    const { textRules } = this.engine;
    this.noteWords();
    if (this.hits.length === 0 && textRules.length === 0) return;
    const bytes = this.held.subarray(start, end);
    for (let i = 0; i < this.hits.length; i += 1) this.hits.offsets[i]! -= start;
    const window = new TextWindow(bytes, from - start, to - start, this.heldBase + start);
    const candidates: Candidate[] = [];
    const kept: { candidate: Candidate; verdict: Extract<ReturnType<typeof judge>, { kept: true }> }[] = [];
    const lineOf = ({ secretStart }: Candidate) => lineAt(window.text, secretStart - window.base);
    const consider = (candidate: Candidate) => {
      candidates.push(candidate);
      const verdict = judge(candidate);
      const unmet = verdict.kept ? unmetDemand(candidate, () => lineOf(candidate)) : null;
      if (verdict.kept && unmet === null) kept.push({ candidate, verdict });
      else this.onDismissed?.(candidate, verdict.kept ? unmet! : verdict.reason);
      // A line is more than what is remembered of a hit.
      return verdict.kept;
    };
    const match = (hits: HitList, recalls: boolean) =>
      matchHits(this.engine, window, hits, this.encoding === "binary", recalls, consider);
    if (match(this.hits, this.isRemembered) > 0 && kept.length > 0) {
      // What was passed over may have been dismissed for its form: a preview masks that as well.
      const near = hitsNear(
        this.engine,
        this.hits,
        kept.map(({ candidate }) => candidate),
        window.base,
      );
      candidates.length = 0;
      kept.length = 0;
      match(near, false);
    }
    for (const number of textRules) {
      const rule = this.engine.rule(number);
      const asked = rule.rule.demands!.words;
      // Of a content in one piece it is known that the word is not there.
      if (
        start === 0 &&
        end === this.held.length &&
        asked.length > 0 &&
        !asked.some((word) => this.words.has(word))
      )
        continue;
      this.textEnds.set(number, matchText(rule, window, this.textEnds.get(number) ?? 0, consider));
    }
    for (const { candidate, verdict } of kept.sort(
      (a, b) => a.candidate.secretStart - b.candidate.secretStart,
    )) {
      const begin = this.positions.locate(this.held, candidate.secretStart - this.heldBase);
      const finish = this.positions.locate(this.held, candidate.secretEnd - this.heldBase);
      const companion = companionOf(candidate, window);
      const companionLine =
        companion === null ? null : this.positions.locate(this.held, companion - this.heldBase).line;
      this.sightings.push({
        candidate,
        severity: verdict.severity,
        detection: {
          ruleId: candidate.rule.id,
          secret: new Secret(candidate.value, maskedForm(candidate)),
          confidence: companionLine === null ? verdict.confidence : surer(candidate, verdict.confidence),
          evidence:
            companionLine === null
              ? verdict.evidence
              : [
                  ...verdict.evidence,
                  `it stands with its ${candidate.rule.companion!.name} (line ${companionLine})`,
                ],
          line: begin.line,
          column: begin.column,
          endLine: finish.line,
          endColumn: finish.column,
          preview: previewOf(window.text, window.base, candidate, candidates),
          directive: directiveAt(window.text, candidate.secretStart - window.base),
          allowances: allowancesFor(
            this.engine.pack.allows ?? [],
            candidate.rule.id,
            candidate.value,
            candidate.match,
            () => lineOf(candidate),
          ),
        },
      });
    }
  }
}
