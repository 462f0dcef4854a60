import { unstage } from "../git/index-file.ts";
import type { Repository } from "../git/repository.ts";
import type { ScanResult } from "../policy/result.ts";
import { fails } from "../policy/severity.ts";
import { confirmed } from "./confirm.ts";
import { type Io, notify } from "./io.ts";

/** Asks on the terminal, and takes the files with failing findings out of the index; what is on disk stays as it is. */
export async function offerToUnstage(io: Io, repository: Repository, result: ScanResult): Promise<void> {
  const failing = result.findings.filter((finding) => fails(finding, result.threshold));
  const paths = [...new Set(failing.map(({ place }) => place.path.split("!/")[0]!))];
  if (paths.length === 0) return;
  const yes = await confirmed(io, `unstage ${paths.join(", ")}?`);
  if (yes === null)
    notify(io, "leakwarden: --fix asks before it unstages anything, and here is nobody to ask\n");
  if (yes !== true) return;
  unstage(repository, paths);
  notify(io, `unstaged ${paths.length === 1 ? "it" : "them"}; the files themselves are as they were\n`);
}
