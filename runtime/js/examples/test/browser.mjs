// The page in a real Chromium, and a server that writes down what it is asked for.
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { browser as program } from "../../engines/chromium.mjs";
import { ROOT } from "../../test/kit.mjs";
import { packaged } from "../../test/tools.mjs";

const require = createRequire(import.meta.url);
/** The browser of this machine; null: there is none. */
export function chromium() {
  try {
    return program();
  } catch {
    return null;
  }
}

/** Of the page's own files. */
const SERVED = join(ROOT, "runtime/js");
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
  "--hide-scrollbars",
  // What the browser itself would ask for goes nowhere.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/** Serves the files of runtime/js on a free port; `pages` has other texts for some paths, null: no answer. */
export async function site(t, pages = {}) {
  const asked = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    const file = join(SERVED, normalize(path.endsWith("/") ? `${path}index.html` : path));
    asked.push(`${request.method} ${request.url}`);
    if (pages[path] === null) return response.destroy();
    if (!file.startsWith(SERVED) || !existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file)] || "application/octet-stream",
      "Cache-Control": "no-cache",
    });
    response.end(pages[path] || readFileSync(file));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => new Promise((done) => (server.close(done), server.closeAllConnections()));
  t.after(close);
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { origin, page: `${origin}/examples/web/`, asked, close };
}

/**
 * A browser with a profile of its own. `log` ends it and gives the address of everything that a page
 * or its workers asked for, as the browser's network stack wrote it down.
 */
export async function browser(t) {
  const puppeteer = require(packaged("puppeteer-core"));
  const folder = mkdtempSync(join(tmpdir(), "tacit-"));
  const netLog = join(folder, "net.json");
  const launched = await puppeteer.launch({
    executablePath: program(),
    userDataDir: join(folder, "profile"),
    ignoreDefaultArgs: true,
    pipe: true,
    args: [
      ...FLAGS,
      `--user-data-dir=${join(folder, "profile")}`,
      `--log-net-log=${netLog}`,
      "--remote-debugging-pipe",
    ],
  });
  t.after(async () => {
    await ended(launched);
    // Its other processes may still write for a moment.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  return {
    chromium: launched,
    async log() {
      await ended(launched);
      // What the browser asks for on its own account has no origin.
      return requests(netLog)
        .filter(({ initiator }) => /^https?:/.test(initiator))
        .map(({ url }) => url);
    },
  };
}

/** Ends a browser; one that does not end when it is asked to is not waited for. */
async function ended(launched) {
  const child = launched.process();
  const late = setTimeout(() => child.kill("SIGKILL"), 8000);
  await launched.close();
  clearTimeout(late);
}

/** What a log says of each request that was begun. It has an event in every line, the last perhaps in part. */
function requests(path) {
  const [constants, , ...lines] = readFileSync(path, "utf8").split("\n");
  const begun = JSON.parse(`${constants.replace(/,$/, "")}}`).constants.logEventTypes.URL_REQUEST_START_JOB;
  const events = lines
    .map((line) => line.replace(/,$/, ""))
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => JSON.parse(line));
  return events
    .filter(({ type, params }) => type === begun && params && params.url)
    .map(({ params }) => params);
}

/** Where screenshots go: a folder that is not committed. */
export function shots() {
  const folder = join(ROOT, "out/screenshots");
  mkdirSync(folder, { recursive: true });
  return folder;
}
