// The worker on the real workerd, and an origin that writes down what reaches it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "../../../runtime/js/test/kit.mjs";
import { packaged } from "../../../runtime/js/test/tools.mjs";

const require = createRequire(import.meta.url);
const ENTRY = fileURLToPath(new URL("../src/worker.js", import.meta.url));
const RUNTIME = join(ROOT, "runtime/js/src");

/** One file, as it is deployed; the bundle stays a module beside it. */
export async function bundled(outfile) {
  const esbuild = require(packaged("esbuild"));
  const besides = {
    name: "bundle",
    setup(build) {
      build.onResolve({ filter: /\.tacit$/ }, () => ({ path: "shop.tacit", external: true }));
    },
  };
  await esbuild.build({
    entryPoints: [ENTRY],
    outfile,
    bundle: true,
    format: "esm",
    target: "es2022",
    logLevel: "silent",
    plugins: [besides],
    alias: {
      "tacit-runtime/given": join(RUNTIME, "given.js"),
      "tacit-runtime/state": join(RUNTIME, "state.js"),
      "tacit-runtime": join(RUNTIME, "index.js"),
    },
  });
  return outfile;
}

/** A server on a free port of this machine; `requests` are those that reached it. */
export async function serve(t, handler) {
  const requests = [];
  // Requests to the cache name their host in the address alone.
  const server = createServer({ requireHostHeader: false }, async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, rawHeaders, headers } = request;
    requests.push({ method, url, rawHeaders, headers, body: Buffer.concat(chunks) });
    handler(requests[requests.length - 1], response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => (server.closeAllConnections(), server.close()));
  const close = () => new Promise((done) => (server.closeAllConnections(), server.close(done)));
  return { url: `http://127.0.0.1:${server.address().port}`, requests, close };
}

/**
 * Starts workerd with the worker in `folder`/worker.js and `bundle`, and ends it with the test.
 * `cache`: the address of a server that keeps what the Cache API is given.
 */
export async function start(t, folder, { bundle, env = {}, cache = null }) {
  const own = mkdtempSync(join(folder, "run-"));
  writeFileSync(join(own, "shop.tacit"), bundle);
  const bindings = Object.entries(env).map(
    ([name, text]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(text)})`,
  );
  const config = join(own, "config.capnp");
  writeFileSync(
    config,
    `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .edge),
    (name = "internet", network = (allow = ["private"])),
    ${cache ? `(name = "cache", external = (address = ${JSON.stringify(new URL(cache).host)}, http = (style = proxy)))` : ""}
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const edge :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "../worker.js"),
    (name = "shop.tacit", data = embed "shop.tacit"),
  ],
  compatibilityDate = "2025-01-01",
  bindings = [${bindings.join(", ")}],
  ${cache ? 'cacheApiOutbound = "cache",' : ""}
);
`,
  );
  const process_ = spawn(packaged("workerd/bin/workerd"), ["serve", config, "--control-fd=3"], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let told = "";
  for (const stream of [process_.stdout, process_.stderr]) stream.on("data", (chunk) => (told += chunk));
  t.after(async () => {
    if (process_.exitCode !== null) return;
    process_.kill("SIGKILL");
    await once(process_, "exit");
  });
  const port = await new Promise((found, failed) => {
    process_.once("exit", (code) => failed(new Error(`workerd ended with ${code}: ${told}`)));
    process_.stdio[3].on("data", (chunk) => {
      for (const line of String(chunk).split("\n").filter(Boolean)) {
        const event = JSON.parse(line);
        if (event.event === "listen") found(event.port);
      }
    });
  });
  return { url: `http://127.0.0.1:${port}`, told: () => told };
}

export const bytesOf = (path) => new Uint8Array(readFileSync(path));
