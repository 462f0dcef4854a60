// Makes docs/blocked.svg, the README's picture, from what a blocked commit really prints:
//   npm run build && node scripts/picture.mjs
// `script` (util-linux) gives the command a terminal, so that it is in colour.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const CLI = join(root, "dist/leakwarden.cjs");
const COLUMNS = 100;
const LINE = 18;
const CHAR = 8.4;
const COLOURS = { "1;31": "#ff7b72", 33: "#e3b341", 32: "#7ee787", 1: "#ffffff", 2: "#8b949e" };

/** Made up, and of the right form: only its mask is shown. */
const random = (alphabet, length) =>
  Array.from({ length }, () => alphabet[Math.floor(Math.random() * alphabet.length)]).join("");
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

const dir = mkdtempSync(join(tmpdir(), "leakwarden-picture-"));
try {
  const git = (...args) => spawnSync("git", args, { cwd: dir, encoding: "utf8" });
  git("init", "--quiet", ".");
  git("commit", "--quiet", "--allow-empty", "--message", "first");
  spawnSync(process.execPath, [CLI, "init"], { cwd: dir });
  const pair = `aws_access_key_id = AKIA${random(BASE32, 16)}\naws_secret_access_key = ${random(BASE64, 40)}\n`;
  writeFileSync(join(dir, "deploy.ini"), `[default]\n${pair}`);
  git("add", "--all");
  const command = `stty cols ${COLUMNS}; git commit -m 'deploy script'`;
  const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], { cwd: dir, encoding: "utf8" });
  const lines = `\x1b[2m$\x1b[0m git commit -m 'deploy script'\n${stdout.replaceAll("\r", "")}`
    .trimEnd()
    .split("\n");
  mkdirSync(join(root, "docs"), { recursive: true });
  writeFileSync(join(root, "docs/blocked.svg"), picture(lines));
} finally {
  rmSync(dir, { recursive: true, force: true });
}

function picture(lines) {
  const width = Math.ceil(COLUMNS * CHAR + 32);
  const height = lines.length * LINE + 32;
  const rows = lines.map((line, i) => `<text x="16" y="${30 + i * LINE}">${spans(line)}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="A commit with an AWS key pair is stopped, and what to do is said">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#c9d1d9" xml:space="preserve">
${rows.join("\n")}
</g>
</svg>
`;
}

/** ANSI colours as spans. */
function spans(line) {
  const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return line
    .split(/\x1b\[([\d;]*)m/)
    .map((part, i, parts) => {
      if (i % 2 === 1 || part === "") return "";
      const colour = COLOURS[parts[i - 1]];
      return colour === undefined ? escaped(part) : `<tspan fill="${colour}">${escaped(part)}</tspan>`;
    })
    .join("");
}
