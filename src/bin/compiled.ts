import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import Module from "node:module";
import { dirname, join } from "node:path";
import { Script } from "node:vm";
import { crc32 } from "node:zlib";
import { BUILD } from "../version.ts";

/** What a script is wrapped in when it is required. */
type Wrapped = (
  exports: unknown,
  require: NodeJS.Require,
  module: NodeJS.Module,
  filename: string,
  dirname: string,
) => void;

/** Bytes of the CRC-32 in front of V8's data, which V8 does not check in full. */
const CRC_BYTES = 4;
/** Of other builds and versions of Node; in use it is written anew. */
const OLD_MS = 90 * 86_400_000;

/**
 * Requires a script with what V8 made of it the last time: for versions of Node that keep no such thing themselves.
 *
 * @param folder where it is kept; what cannot be read or written there costs time, no more
 */
export function requireCompiled(file: string, folder: string): void {
  const kept = join(
    folder,
    `${BUILD}-${process.version}-${process.arch}-${file.slice(dirname(file).length + 1)}`,
  );
  const cachedData = readKept(kept);
  const script = new Script(Module.wrap(readFileSync(file, "utf8")), {
    filename: file,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  const module = { exports: {} } as NodeJS.Module;
  const run = script.runInThisContext() as Wrapped;
  run.call(module.exports, module.exports, Module.createRequire(file), module, file, dirname(file));
  // Only what has run is compiled, so it is kept when all has.
  if (cachedData === undefined || script.cachedDataRejected === true)
    process.once("exit", () => {
      try {
        keep(kept, folder, script.createCachedData());
      } catch {
        // The next run compiles again. What is thrown here would take the place of the exit code.
      }
    });
}

function readKept(path: string): Buffer | undefined {
  try {
    const bytes = readFileSync(path);
    const data = bytes.subarray(CRC_BYTES);
    return bytes.length > CRC_BYTES && bytes.readUInt32LE(0) === crc32(data) ? data : undefined;
  } catch {
    return undefined;
  }
}

function keep(path: string, folder: string, data: Buffer): void {
  const own = `${path}.${process.pid}`;
  const crc = Buffer.alloc(CRC_BYTES);
  crc.writeUInt32LE(crc32(data), 0);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(own, Buffer.concat([crc, data]), { mode: 0o600 });
    renameSync(own, path);
    for (const name of readdirSync(folder)) {
      const other = join(folder, name);
      if (/\.cjs(?:\.\d+)?$/.test(name) && Date.now() - statSync(other).mtimeMs > OLD_MS) rmSync(other);
    }
  } catch (error) {
    rmSync(own, { force: true });
    throw error;
  }
}
