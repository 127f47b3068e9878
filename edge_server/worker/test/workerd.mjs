// The worker on the real workerd, and an origin that writes down what reaches it.
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serving } from "../../../runtime/js/engines/workerd.mjs";
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
  const parts = { "worker.js": readFileSync(join(folder, "worker.js"), "utf8"), "shop.tacit": bundle };
  const bindings = Object.entries(env).map(
    ([name, text]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(text)})`,
  );
  const services = ['(name = "internet", network = (allow = ["private"]))'];
  const settings = [`bindings = [${bindings.join(", ")}]`];
  if (cache) {
    const { host } = new URL(cache);
    services.push(`(name = "cache", external = (address = ${JSON.stringify(host)}, http = (style = proxy)))`);
    settings.push('cacheApiOutbound = "cache"');
  }
  const { port, told, stop } = await serving(parts, own, { services, settings });
  t.after(stop);
  return { url: `http://127.0.0.1:${port}`, told };
}

export const bytesOf = (path) => new Uint8Array(readFileSync(path));
