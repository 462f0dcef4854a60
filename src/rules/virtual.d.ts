/** A `RulePack` as `encodePack` writes it; made from `rules/*.toml` by the build (`scripts/builtin-rules.mjs`). */
declare module "virtual:builtin-rules" {
  const json: string;
  export default json;
}
