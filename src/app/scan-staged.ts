import { type Repository, rootCommit } from "../git/repository.ts";
import type { ScanResult } from "../policy/result.ts";
import { fails } from "../policy/severity.ts";
import { listStaged } from "../sources/staged.ts";
import { Inspector } from "./inspector.ts";
import { type ScanOptions, ScanRun } from "./run.ts";
import { addArchives, addTouched, scanContents } from "./scan-changed.ts";

/** Scans what the next commit would hold: whole files of the index, blame on the lines that change. */
export async function scanStaged(repository: Repository, options: ScanOptions): Promise<ScanResult> {
  const started = new Date();
  const { files, gaps } = listStaged(repository);
  const inspector = new Inspector(options.settings.pack);
  const seen = await scanContents(repository, files, inspector, options);
  const found = seen.hits.length + seen.archives.length > 0;
  const run = new ScanRun(options, found ? await rootCommit(repository) : null, started);
  for (const gap of [...gaps, ...seen.gaps]) run.ledger.add(...gap);
  run.counts.files = files.length;
  run.counts.blobs = files.length;
  run.counts.bytes = seen.bytes;
  const place = { commit: null, state: "staged" } as const;
  for (const hit of seen.hits) run.untouched += (await addTouched(repository, run, hit, place)).length;
  await addArchives(run, seen.archives, inspector, place, options);
  const result = run.result("staged", repository.worktree ?? repository.dir, new Map());
  const failing = result.findings.filter((finding) => fails(finding, result.threshold));
  if (failing.length === 0) return result;
  const { lookBack } = await import("./look-back.ts");
  const named = [...new Set(failing.map(({ place }) => place.path))].filter(
    (path) => inspector.files.named(path).length > 0,
  );
  return {
    ...result,
    warnings: [
      ...lookBack(repository, failing),
      ...named.map((path) => `${path}: a file for credentials is better named in .gitignore than committed`),
      ...result.warnings,
    ],
  };
}
