import { crypto } from "../text/crypto.ts";
import type { CompiledFileRule, CompiledRule, RulePack } from "./compiled.ts";

/** Rules sorted by id, with the digest of all that they say. */
export function packOf(rules: readonly CompiledRule[], files: readonly CompiledFileRule[]): RulePack {
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
  const sorted = { rules: [...rules].sort(byId), files: [...files].sort(byId) };
  const digest = crypto().createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, 16);
  return { digest, ...sorted };
}
