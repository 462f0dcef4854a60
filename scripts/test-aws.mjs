// Tests of `leakwarden aws` against moto's server, which speaks AWS's API, on a port of this machine. It is installed into a
// virtual environment of Python under node_modules/.cache.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MOTO = "moto[server]==5.1.22";
const root = fileURLToPath(new URL("..", import.meta.url));
const venv = join(root, "node_modules/.cache/leakwarden/moto-5.1.22");
const server = join(venv, "bin/moto_server");

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(" ")} ended with ${status}`);
}

if (!existsSync(server)) {
  rmSync(venv, { recursive: true, force: true });
  mkdirSync(venv, { recursive: true });
  run("python3", ["-m", "venv", venv]);
  run(join(venv, "bin/pip"), ["install", "--quiet", "--disable-pip-version-check", MOTO]);
}

/** A port that nobody listens on. */
async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const service = spawn(server, ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
try {
  for (let attempt = 0; ; attempt += 1) {
    const up = await fetch(`${url}/moto-api/data.json`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (up) break;
    if (service.exitCode !== null || attempt > 300) throw new Error("moto's server did not start");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const { status } = spawnSync(
    join(root, "node_modules/.bin/vitest"),
    ["run", "--config", "vitest.aws.config.ts", ...process.argv.slice(2)],
    { cwd: root, stdio: "inherit", env: { ...process.env, LEAKWARDEN_TEST_AWS: url } },
  );
  process.exitCode = status ?? 1;
} finally {
  service.kill();
}
