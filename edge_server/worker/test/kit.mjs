// What tests of the worker share.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, packaged, python, skipUnless } from "../../../runtime/js/test/tools.mjs";
import { bundled, bytesOf, serve, start } from "./workerd.mjs";

export const skip = skipUnless({
  workerd: packaged("workerd/bin/workerd"),
  esbuild: packaged("esbuild"),
  "the Python side": python(),
});

export const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Shop</title></head>
<body><section data-tacit="home_hero"><h1 data-tacit-text="home_hero headline">Welcome</h1>
<a data-tacit-href="home_hero link" href="/all">Look</a></section>
<p data-tacit-text="announcement text">Nothing new</p><p data-tacit="nowhere" data-tacit-text="nowhere text">x</p></body></html>
`;
export const HTML = { "Content-Type": "text/html; charset=utf-8" };

/** Replies with a page to everything. */
export const pages =
  (html = PAGE, headers = HTML) =>
  (request, response) =>
    response.writeHead(200, headers).end(html);

let made = null;

/** The bundle of the shop, and a folder with the worker as it is deployed; made once. */
export function shop() {
  made =
    made ||
    (async () => {
      const folder = mkdtempSync(join(tmpdir(), "tacit-"));
      const path = join(folder, "built.tacit");
      process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
      build("bundles/storefront", path);
      await bundled(join(folder, "worker.js"));
      return { folder, bundle: bytesOf(path) };
    })();
  return made;
}

/** The worker before an origin. */
export async function running(t, { handler = pages(), bundle = null, env = {}, cache = null } = {}) {
  const made = await shop();
  const origin = await serve(t, handler);
  const edge = await start(t, made.folder, {
    bundle: bundle || made.bundle,
    env: { TACIT_ORIGIN: origin.url, ...env },
    cache,
  });
  return { ...edge, origin, bundle: made.bundle, folder: made.folder };
}

/** The text in the script element that the worker has added; null: there is none. */
export function givenIn(html) {
  const found = [...html.matchAll(/<script type="application\/json" id="tacit-given">([^<]*)<\/script>/g)];
  if (found.length > 1) throw new Error("more than one");
  return found.length ? found[0][1] : null;
}

/** Asks the JSON endpoint. */
export async function decide(url, body, headers = {}) {
  const reply = await fetch(`${url}/decide`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: reply.status, headers: reply.headers, body: await reply.json() };
}
