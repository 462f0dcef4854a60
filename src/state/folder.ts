import { isAbsolute, join } from "node:path";

/**
 * Where what a later run goes on with is kept: `$XDG_STATE_HOME/leakwarden`, `%LOCALAPPDATA%\leakwarden` or
 * `~/.local/state/leakwarden`. A relative path, which would be in whatever folder this runs in, is none. Null when the user
 * has none.
 */
export function stateFolder(env: NodeJS.ProcessEnv): string | null {
  const parent = env.XDG_STATE_HOME || env.LOCALAPPDATA || (env.HOME ? join(env.HOME, ".local/state") : "");
  return isAbsolute(parent) ? join(parent, "leakwarden") : null;
}
