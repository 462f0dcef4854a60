// Preloaded into programs under test: they may talk to this machine and to nobody else.
const { appendFileSync } = require("node:fs");
const net = require("node:net");

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const [options] = net._normalizeArgs(Array.isArray(args[0]) ? args[0] : args);
  // Without a host it is this machine, or a pipe.
  const host = options.host ?? "localhost";
  if (!["127.0.0.1", "localhost", "::1"].includes(host)) {
    appendFileSync(process.env.LEAKWARDEN_TEST_ESCAPES, `${host}:${options.port}\n`);
    process.nextTick(() =>
      this.destroy(Object.assign(new Error(`no way to ${host}`), { code: "ECONNREFUSED" })),
    );
    return this;
  }
  return connect.apply(this, args);
};
