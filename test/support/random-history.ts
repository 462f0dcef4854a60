import { seededRandom } from "../../src/rules/samples.ts";

/** How many commits `randomHistory` makes. */
export const COMMITS = 400;
const NAMES = [
  "a",
  "a.c",
  "a-b",
  "ab",
  "b",
  "b b",
  "ünï",
  "c\nd",
  "z",
  "long-name-of-a-file-or-a-folder.txt",
];

/**
 * A stream for fast-import: files, programs, links, submodules and folders that come, change, become one another and go, in
 * branches that are merged by two, three and four. Many commits have one date, or an earlier one than their parents.
 */
export function randomHistory(seed: number, idLength: number): string {
  const random = seededRandom(seed);
  const name = () => NAMES[random(NAMES.length)]!;
  const path = () => Array.from({ length: 1 + random(3) }, name).join("/");
  const quoted = (text: string) => `"${text.replace(/\n/g, "\\n")}"`;
  const out: string[] = [];
  for (let mark = 1; mark <= COMMITS; mark += 1) {
    const parents = new Set<number>();
    if (mark > 1 && random(40) > 0) {
      const count = random(4) === 0 ? 2 + random(3) : 1;
      for (let i = 0; i < count; i += 1) parents.add(Math.max(1, mark - 1 - random(i === 0 ? 2 : 12)));
    }
    const [from, ...others] = parents;
    out.push(`commit refs/heads/b${mark}`, `mark :${mark}`);
    out.push(
      `committer A <a@example.org> ${1_700_000_000 + Math.floor(mark / 4) - random(3) * random(30)} +0000`,
      `data ${`${mark}`.length}`,
      `${mark}`,
    );
    if (from !== undefined) out.push(`from :${from}`);
    for (const other of others) out.push(`merge :${other}`);
    for (let changes = random(6); changes > 0; changes -= 1) {
      const kind = random(12);
      if (kind < 2) out.push(`D ${quoted(path())}`);
      else if (kind === 2) out.push(`M 160000 ${`${1 + random(9)}`.repeat(idLength)} ${quoted(path())}`);
      else {
        const mode = ["100644", "100644", "100644", "100755", "120000"][random(5)]!;
        const text = `content ${random(60)}\n`;
        out.push(`M ${mode} inline ${quoted(path())}`, `data ${text.length}`, text);
      }
    }
    out.push("");
  }
  return out.join("\n");
}
