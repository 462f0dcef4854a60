import { GitError } from "../errors.ts";
import { BatchParser } from "./cat-file.ts";
import { startGit } from "./stream.ts";

const BLANK = 0x20;
const ZERO = 0x30;
/** First digits of modes: 40000 folders (old ones: 040000); 160000 submodules; files and links have other second ones. */
const FOUR = 0x34;
const SIX = 0x36;

/** A place in folders that is asked for, or that leads to one. */
interface Place {
  isWanted: boolean;
  readonly inner: Map<string, Place>;
  /** Marks of the names in `inner`. Most names have none of them, and need not be made a text. */
  readonly marks: Set<number>;
  /** What the trees that stood here hold, by id. */
  readonly trees: Map<string, Holding>;
}

/** Of a tree at a place, the blobs that are asked for. */
interface Holding {
  readonly blobs: string[];
  readonly folders: Holding[];
}

/** A tree that git was asked for. */
interface Asked {
  /** What it is the root of; null: it was asked for by its id, by other trees. */
  readonly tip: string | null;
  readonly at: [Place, Holding][];
}

/**
 * Of `paths`, the blobs that each of `tips` has there now, whether or not the object store has them.
 *
 * Most folders are the same tree at many tips. One process gives each tree once, and is asked for the folders of a tree while it
 * gives the next: naming each path at each tip would have it walk the same folders for every name.
 */
export async function blobsAtTips(
  dir: string,
  tips: readonly string[],
  paths: readonly string[],
): Promise<Map<string, ReadonlySet<string>>> {
  const present = new Map<string, ReadonlySet<string>>(tips.map((tip) => [tip, new Set()]));
  if (tips.length === 0 || paths.length === 0) return present;
  const look = new TipLook(placesOf(paths), tips);
  const git = startGit(dir, ["cat-file", "--batch"]);
  const ask = () => {
    const questions = look.takeQuestions();
    if (questions !== "") git.child.stdin.write(questions);
    if (look.isDone) git.child.stdin.end();
  };
  try {
    ask();
    for await (const chunk of git.child.stdout) {
      look.parser.push(chunk as Buffer);
      ask();
    }
  } catch (error) {
    // It would wait for questions for ever.
    git.kill();
    throw error;
  }
  await git.done;
  if (!look.isDone) throw new GitError("git cat-file ended before it had given every object");
  for (const [tip, root] of look.roots) present.set(tip, blobsIn(root));
  return present;
}

function newPlace(): Place {
  return { isWanted: false, inner: new Map(), marks: new Set(), trees: new Map() };
}

function markOf(firstByte: number, length: number): number {
  return (length << 8) | firstByte;
}

function placesOf(paths: readonly string[]): Place {
  const root = newPlace();
  for (const path of paths) {
    let place = root;
    for (const name of path.split("/")) {
      const inner = place.inner.get(name) ?? newPlace();
      place.inner.set(name, inner);
      place.marks.add(markOf(name.charCodeAt(0), name.length));
      place = inner;
    }
    place.isWanted = true;
  }
  return root;
}

function blobsIn(root: Holding): Set<string> {
  const found = new Set<string>();
  const rest = [root];
  for (let holding = rest.pop(); holding !== undefined; holding = rest.pop()) {
    for (const blob of holding.blobs) found.add(blob);
    for (const folder of holding.folders) rest.push(folder);
  }
  return found;
}

/** Reads trees as they come, and asks for those that they lead to. */
class TipLook {
  readonly roots = new Map<string, Holding>();
  readonly parser: BatchParser;
  private readonly top: Place;
  /** In the order of the answers. */
  private readonly asked: Asked[] = [];
  private answered = 0;
  private questions = "";
  /** Trees that were asked for by id and have not come. */
  private readonly awaited = new Map<string, Asked>();
  private id = "";
  private isTree = false;
  private pieces: Buffer[] = [];

  constructor(top: Place, tips: readonly string[]) {
    this.top = top;
    for (const tip of tips) this.ask(`${tip}:`, { tip, at: [] });
    this.parser = new BatchParser({
      begin: (id, type) => {
        this.id = id;
        this.isTree = type === "tree";
        this.pieces = [];
      },
      piece: (bytes) => {
        if (this.isTree) this.pieces.push(bytes);
      },
      end: () => this.take(this.pieces.length === 1 ? this.pieces[0]! : Buffer.concat(this.pieces)),
      // What cannot be read holds nothing.
      missing: () => {
        this.answered += 1;
      },
      broken() {},
    });
  }

  get isDone(): boolean {
    return this.answered === this.asked.length;
  }

  takeQuestions(): string {
    const { questions } = this;
    this.questions = "";
    return questions;
  }

  private ask(name: string, asked: Asked): Asked {
    this.questions += `${name}\n`;
    this.asked.push(asked);
    return asked;
  }

  private take(tree: Buffer): void {
    const { tip, at } = this.asked[this.answered++]!;
    if (tip === null) {
      this.awaited.delete(this.id);
      for (const [place, holding] of at) this.read(tree, place, holding);
      return;
    }
    let root = this.top.trees.get(this.id);
    if (root === undefined) {
      root = { blobs: [], folders: [] };
      this.top.trees.set(this.id, root);
      this.read(tree, this.top, root);
    }
    this.roots.set(tip, root);
  }

  /** Reads entries, `<mode> <name>@<id>` with NUL as @. */
  private read(tree: Buffer, { inner, marks }: Place, holding: Holding): void {
    const idBytes = this.id.length / 2;
    // Of entries with one name, which no sound tree has, the first counts, as for git.
    const met = new Set<Place>();
    for (let entry = 0; entry < tree.length; ) {
      let name = entry;
      while (name < tree.length && tree[name] !== BLANK) name += 1;
      name += 1;
      let nameEnd = name;
      while (nameEnd < tree.length && tree[nameEnd] !== 0) nameEnd += 1;
      const next = nameEnd + 1 + idBytes;
      const isMarked = marks.has(markOf(tree[name]!, nameEnd - name));
      const place = isMarked ? inner.get(tree.toString("latin1", name, nameEnd)) : undefined;
      if (place !== undefined && !met.has(place) && next <= tree.length) {
        met.add(place);
        const mode = tree[entry] === ZERO ? entry + 1 : entry;
        const id = tree.toString("hex", nameEnd + 1, next);
        if (tree[mode] === FOUR) {
          if (place.inner.size > 0) holding.folders.push(this.folder(place, id));
        } else if (place.isWanted && tree[mode + 1] !== SIX) holding.blobs.push(id);
      }
      entry = next;
    }
  }

  private folder(place: Place, id: string): Holding {
    const known = place.trees.get(id);
    if (known !== undefined) return known;
    const holding: Holding = { blobs: [], folders: [] };
    place.trees.set(id, holding);
    const asked = this.awaited.get(id) ?? this.ask(id, { tip: null, at: [] });
    this.awaited.set(id, asked);
    asked.at.push([place, holding]);
    return holding;
  }
}
