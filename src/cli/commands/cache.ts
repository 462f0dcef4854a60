import type { Command } from "commander";
import { CacheStore } from "../../cache/store.ts";
import { FileError, systemReason } from "../../errors.ts";
import { type Io, writeReport } from "../io.ts";

/** `cache info` and `cache clear`. */
export function addCacheCommands(program: Command, io: Io): void {
  const cache = program
    .command("cache")
    .description(
      "what history scans keep for the next time: ids of versions without a finding, and no content",
    );

  cache
    .command("info")
    .description("where it is and how large")
    .action(() => {
      const { folder, files, bytes, limit } = new CacheStore(process.env).info();
      const megabytes = (count: number) => `${(count / 1e6).toFixed(1)} MB`;
      const text =
        folder === null
          ? "there is no cache: neither XDG_CACHE_HOME nor HOME is set\n"
          : `${folder}\n${files} ${files === 1 ? "file" : "files"}, ${megabytes(bytes)} of at most ${megabytes(limit)}\n`;
      writeReport(io, null, [text]);
    });

  cache
    .command("clear")
    .description("remove it: the next history scan reads everything")
    .action(() => {
      const store = new CacheStore(process.env);
      const { folder, files } = store.info();
      try {
        store.clear();
      } catch (error) {
        throw new FileError(`'${folder}' cannot be removed: ${systemReason(error)}`, { cause: error });
      }
      writeReport(io, null, [
        files === 0
          ? "there was nothing to remove\n"
          : `${folder} is removed: ${files} ${files === 1 ? "file" : "files"}\n`,
      ]);
    });
}
