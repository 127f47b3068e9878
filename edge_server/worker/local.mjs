// The shop's worker on this machine, on workerd, before a page of its own. From the root, once
// `make test` or `make demo` has set the Python side up:
//
//     npm install --prefix runtime/js --no-package-lock
//     node edge_server/worker/local.mjs
//
// Ends with Ctrl-C.
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../../runtime/js/test/tools.mjs";
import { bundled, bytesOf, serve, start } from "./test/workerd.mjs";

const folder = mkdtempSync(join(tmpdir(), "tacit-"));
const ends = [() => rmSync(folder, { recursive: true, force: true })];
const run = { after: (end) => ends.unshift(end) };

build("bundles/storefront", join(folder, "shop.tacit"));
await bundled(join(folder, "worker.js"));
const page = readFileSync(new URL("local.html", import.meta.url));
const origin = await serve(run, ({ method, url, headers }, response) => {
  if (url === "/favicon.ico") return response.writeHead(204).end();
  console.log(`  origin: ${method} ${url}, cookie: ${headers.cookie || "none"}`);
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(page);
});
// Nobody keeps them: the cookies of another run are fresh states.
const keys = `1:${randomBytes(32).toString("hex")}`;
const { url } = await start(run, folder, {
  bundle: bytesOf(join(folder, "shop.tacit")),
  env: { TACIT_ORIGIN: origin.url, TACIT_STATE_KEYS: keys },
});
console.log(`The shop: ${url}
From Switzerland: curl -s -H 'CF-IPCountry: CH' -H 'Cookie: install_id=ada' ${url}
As JSON: curl -s -H 'Content-Type: application/json' -d '{}' ${url}/decide
What reaches the origin:`);

process.on("exit", () => ends.forEach((end) => end()));
