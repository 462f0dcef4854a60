import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { archiveKind } from "../../src/sources/archive-kind.ts";
import { readArchive } from "../../src/sources/archives.ts";
import { tar, tgz, zip } from "../support/archives.ts";
import { CLI, TempRepo } from "../support/temp-repo.ts";
import { awsPair, token } from "../support/tokens.ts";

const secret = () => token("ghp_{github}");
const lines = (value: string) => `first\nkey: ${value}\n`;

describe("archives are opened when that is asked for", () => {
  test.each([
    [
      "a zip file",
      "a.jar",
      (text: string) => zip([["conf/db.properties", text]]),
      "a.jar!/conf/db.properties",
    ],
    ["a tar file", "a.tar", (text: string) => tar([["./etc/app.conf", text]]), "a.tar!/etc/app.conf"],
    ["an npm package", "a.tgz", (text: string) => tgz([["package/.env", text]]), "a.tgz!/package/.env"],
    ["a compressed file", "app.log.gz", (text: string) => gzipSync(text), "app.log.gz!/app.log"],
    [
      "an archive in an archive, whatever it is called",
      "backup.bin",
      async (text: string) => zip([["inner.dat", await tgz([["deep.txt", text]])]]),
      "backup.bin!/inner.dat!/deep.txt",
    ],
    [
      "a zip file behind a script, which counts from its own beginning",
      "run.sh",
      (text: string) => Buffer.concat([Buffer.from("#!/bin/sh\nexit 0\n"), zip([["a/b.txt", text]])]),
      "run.sh!/a/b.txt",
    ],
    [
      "a zip file behind a program, in an archive",
      "dist.tgz",
      (text: string) => tgz([["setup.exe", Buffer.concat([Buffer.from("MZ\0\0"), zip([["c.ini", text]])])]]),
      "dist.tgz!/setup.exe!/c.ini",
    ],
  ])("%s", async (_name, file, build, path) => {
    const value = secret();
    const repo = new TempRepo();
    repo.write(file, await build(lines(value)));
    const { code, report } = repo.scan("files", "--archives");
    expect(code).toBe(1);
    expect(report.findings).toMatchObject([{ ruleId: "github-token", path, line: 2, column: 6 }]);
    expect(report.coverage.gaps).toEqual([]);
  });

  test("in what is staged, and in history, where it came in", () => {
    const repo = new TempRepo();
    repo.write("readme.md", "text\n").commit("first");
    repo.write("lib/a.jar", zip([["x/creds", awsPair().lines]]));
    repo.git("add", ".");
    const staged = repo.scan("staged", "--archives");
    expect(staged.code).toBe(1);
    expect(staged.report.findings).toMatchObject([
      { path: "lib/a.jar!/x/creds", state: "staged" },
      { line: 2 },
    ]);
    const guilty = repo.commit("adds a jar");
    repo.git("rm", "--quiet", "lib/a.jar");
    repo.commit("removes it");
    const { code, report } = repo.scan("history", "--archives");
    expect(code).toBe(1);
    expect(report.findings).toMatchObject([
      { path: "lib/a.jar!/x/creds", line: 1, state: "history", commit: { id: guilty } },
      { path: "lib/a.jar!/x/creds", line: 2 },
    ]);
    expect(report.findings[0].pairedWith).toBe(report.findings[1].fingerprint);
  });

  test("from standard input", () => {
    const repo = new TempRepo();
    const packed = zip([["a.txt", lines(secret())]]);
    repo.write("a.zip", packed);
    const { code, stdout } = repo.run("sh", [
      "-c",
      `"$0" "$1" files - --archives -f json < a.zip`,
      process.execPath,
      CLI,
    ]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).findings).toMatchObject([{ path: "(standard input)!/a.txt" }]);
  });

  test.each([zip([["a.txt", lines(secret())]]), gzipSync(lines(secret()))])(
    "from a pipe that begins slowly (%#)",
    (packed) => {
      const repo = new TempRepo();
      repo.write("a.bin", packed);
      const slowly = '(head -c 1 a.bin; sleep 0.3; tail -c +2 a.bin) | "$0" "$1" files - --archives -f json';
      const { code, stdout } = repo.run("sh", ["-c", slowly, process.execPath, CLI]);
      expect(code).toBe(1);
      expect(JSON.parse(stdout).findings[0].path).toMatch(/^\(standard input\)!\//);
    },
  );

  test("a zip file behind a program, in every kind of scan, and the program is scanned too", async () => {
    const [inFront, inside] = [secret(), secret()];
    const repo = new TempRepo();
    const script = Buffer.from(`#!/bin/sh\n# first\nkey: ${inFront}\nexit 0\n`);
    // Its index counts from the beginning of the script, as Python's zipapp writes it.
    const packed = zip([["m.py", lines(inside)]], { behind: script.length });
    repo.write("app.pyz", Buffer.concat([script, packed]));
    const both = [
      { path: "app.pyz", line: 3 },
      { path: "app.pyz!/m.py", line: 2 },
    ];
    const findings = (report: { findings: { path: string; line: number }[] }) =>
      report.findings.map(({ path, line }) => ({ path, line })).sort((a, b) => (a.path < b.path ? -1 : 1));
    expect(findings(repo.scan("files", "--archives").report)).toEqual(both);
    repo.git("add", ".");
    expect(findings(repo.scan("staged", "--archives").report)).toEqual(both);
    repo.commit("first");
    expect(findings(repo.scan("history", "--archives").report)).toEqual(both);
    repo.git("repack", "-adq");
    expect(findings(repo.scan("history", "--archives").report)).toEqual(both);
    const listed = repo.scan("history").report;
    expect(listed.coverage.gaps).toMatchObject([{ reason: "archive", examples: ["app.pyz"] }]);
    expect(findings(listed)).toEqual(both.slice(0, 1));
  });

  test("by the configuration", () => {
    const repo = new TempRepo();
    repo.write("a.zip", zip([["a.txt", lines(secret())]]));
    repo.write(".leakwarden.toml", "archives = true\n");
    expect(repo.scan("files").report.findings).toHaveLength(1);
  });
});

test("archives that are not opened are listed, in every kind of scan", () => {
  const repo = new TempRepo();
  repo.write("a.zip", zip([["a.txt", lines(secret())]]));
  repo.git("add", ".");
  const gap = [{ reason: "archive", incomplete: false, examples: ["a.zip"] }];
  for (const mode of ["staged", "files"]) {
    const { code, report } = repo.scan(mode);
    expect([code, report.coverage.gaps]).toMatchObject([0, gap]);
  }
  repo.commit("first");
  expect(repo.scan("history").report.coverage).toMatchObject({ complete: true, gaps: gap });
});

describe("what cannot be opened is in the ledger, and hides nothing else", () => {
  test("encrypted, cut off and broken members", async () => {
    const value = secret();
    const repo = new TempRepo();
    repo.write("locked.zip", zip([["a.txt", "x"]], { encrypted: true }));
    repo.write("broken.zip", Buffer.concat([Buffer.from("PK\x03\x04"), Buffer.alloc(100)]));
    const long = `${lines(value)}${Array.from({ length: 20_000 }, (_, i) => `${i * 7919}`).join("\n")}`;
    repo.write("cut.log.gz", gzipSync(long).subarray(0, -2000));
    const { code, report } = repo.scan("files", "--archives");
    expect(code).toBe(1);
    expect(report.findings).toMatchObject([{ path: "cut.log.gz!/cut.log", line: 2 }]);
    expect(report.coverage.gaps).toMatchObject([
      { reason: "archive-unreadable", incomplete: true, count: 2 },
      { reason: "archive-encrypted", incomplete: false, examples: ["locked.zip!/a.txt"] },
    ]);
  });

  test("a member that is not what was packed, one that is no plain file, and a folder with content", async () => {
    const value = lines(secret());
    const repo = new TempRepo();
    const flipped = zip([["a.txt", value]]);
    // The CRC in the index, which is what counts.
    const index = flipped.indexOf("PK\x01\x02");
    flipped[index + 16]! ^= 1;
    repo.write("flipped.zip", flipped);
    repo.write("folder.zip", zip([["folder/", value]]));
    const sparse = await tar([["sparse", value]]);
    // Type S of GNU tar, and the header's sum with it.
    sparse[156] = 0x53;
    sparse.write("        ", 148);
    const sum = sparse.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    sparse.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    repo.write("sparse.tar", sparse);
    const { report } = repo.scan("files", "--archives");
    expect(report.findings.map(({ path }) => path).sort()).toEqual(["flipped.zip!/a.txt"]);
    expect(report.findings[0]!.occurrenceCount).toBe(2);
    expect(report.coverage.gaps).toMatchObject([
      {
        reason: "archive-unreadable",
        count: 2,
        examples: [
          expect.stringContaining("its CRC is wrong"),
          expect.stringContaining("sparse.tar!/sparse"),
        ],
      },
    ]);
  });

  test("a bomb ends, and the scan is incomplete", () => {
    const repo = new TempRepo();
    const once = gzipSync(Buffer.alloc(96 << 20));
    repo.write("bomb.gz", gzipSync(once));
    const { code, report } = repo.scan("files", "--archives");
    expect(code).toBe(3);
    expect(report.coverage.gaps).toMatchObject([
      { reason: "archive-limit", incomplete: true, examples: [expect.stringContaining("times its size")] },
    ]);
  });

  test("archives in archives without end", async () => {
    let inner: Buffer = Buffer.from(lines(secret()));
    for (let depth = 0; depth < 12; depth += 1) inner = zip([["in", inner]]);
    const gaps: string[] = [];
    const opened: string[] = [];
    await readArchive("a", [inner], {
      open(path) {
        opened.push(path);
        return { push() {}, end() {} };
      },
      gap: (reason) => gaps.push(reason),
    });
    expect(gaps).toEqual(["archive-limit"]);
    expect(opened).toEqual([`a${"!/in".repeat(8)}`]);
  });

  test("a source that fails is the caller's to know", async () => {
    const failing = async function* () {
      yield (await tgz([["a", "text"]])).subarray(0, 30);
      throw new Error("the disk is gone");
    };
    const receiver = { open: () => ({ push() {}, end() {} }), gap() {} };
    await expect(readArchive("a.tgz", failing(), receiver)).rejects.toThrow("the disk is gone");
  });
});

test("archives are told by their bytes, not by their names", async () => {
  expect(archiveKind(zip([]))).toBe("zip");
  expect(archiveKind(gzipSync("x"))).toBe("gzip");
  expect(archiveKind(await tar([["a", "b"]]))).toBe("tar");
  for (const text of ["PK is no archive", "", "ustar"]) expect(archiveKind(Buffer.from(text))).toBeNull();
});
