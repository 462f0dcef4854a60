import { isAbsolute, join } from "node:path";

/**
 * Where what can be made again is kept: `$XDG_CACHE_HOME/leakwarden`, `%LOCALAPPDATA%\leakwarden` or
 * `~/.cache/leakwarden`. In the user's own folder, not in a temporary one that others can write to: what lies there is
 * believed, and run: a relative path, which would be in whatever repository this runs in, is none. Null when the user has
 * none.
 */
export function cacheFolder(env: NodeJS.ProcessEnv): string | null {
  const parent = env.XDG_CACHE_HOME || env.LOCALAPPDATA || (env.HOME ? join(env.HOME, ".cache") : "");
  return isAbsolute(parent) ? join(parent, "leakwarden") : null;
}
