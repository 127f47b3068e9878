// Chromium without a window. A page from the loopback, which may not make code from texts, runs the
// script; the browser prints the page as it is afterwards.
import { createServer } from "node:http";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { outputOf } from "./children.mjs";
import { Missing } from "./missing.mjs";

export const name = "chromium";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--disable-dev-shm-usage",
];
const PAGE = `<!doctype html><meta charset="utf-8"><title>tacit</title><pre id="report"></pre>
<script src="/suite.js"></script><script src="/show.js"></script>`;
const SHOW = `document.getElementById("report").textContent = encodeURIComponent(conformance.report());`;

/** The browser of this machine: TACIT_CHROMIUM, or the first of its names on the path. */
export function browser() {
  const own = process.env.TACIT_CHROMIUM, folders = (process.env.PATH ?? "").split(delimiter);
  for (const file of own ? [own] : NAMES.flatMap((one) => folders.map((folder) => join(folder, one)))) {
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not there: the next one.
    }
  }
  if (own) throw new Missing(`TACIT_CHROMIUM is ${own}, which is no program`);
  throw new Missing(`none of ${NAMES.join(", ")} is on the path (the Debian package is chromium)`);
}

export async function run(text, folder) {
  const program = browser(), [version] = /\d[\d.]*/.exec(await outputOf(program, ["--version"]));
  const pages = {
    "/": ["text/html", PAGE],
    "/suite.js": ["text/javascript", text],
    "/show.js": ["text/javascript", SHOW],
  };
  const server = createServer(({ url }, answer) => {
    const [type, content] = pages[url] ?? ["text/plain", null];
    answer.writeHead(content === null ? 404 : 200, {
      "content-type": `${type}; charset=utf-8`,
      "content-security-policy": "default-src 'none'; script-src 'self'",
    });
    answer.end(content ?? "");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const url = `http://127.0.0.1:${server.address().port}/`;
    const flags = [...FLAGS, `--user-data-dir=${join(folder, "profile")}`, "--dump-dom"];
    const shown = await outputOf(program, [...flags, url]);
    return { version, report: decodeURIComponent(/<pre id="report">([^<]*)<\/pre>/.exec(shown)?.[1] ?? "") };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
