// npm runs this after an install in a clone: our own hook, and a build. Without the development packages
// (npm ci --omit=dev) there is neither.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../node_modules", import.meta.url));
if (existsSync(`${packages}/husky`) && existsSync(`${packages}/esbuild`)) {
  const { default: husky } = await import("husky");
  const said = husky();
  if (said !== "") console.log(said);
  await import("./build.mjs");
}
