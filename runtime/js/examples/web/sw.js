// Keeps the page's own files, so that it opens without a network. A new version is there as soon as
// the network has it; no page is made of two.
const CACHE = "fernweg-1";

/** Of pages that load now, by client: whether they came from the network. */
const fresh = new Map();

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  const old = async () => {
    for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(old());
});

// A page tells what it was made of: all of it is kept, or the version before stays whole.
self.addEventListener("message", (event) => {
  const keep = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(event.data.map(asked));
    event.source.postMessage("kept");
  };
  event.waitUntil(keep());
});

/** Never what the browser has put by of another version without asking. */
const asked = (request) => new Request(request, { cache: "no-cache" });

const kept = (request) => caches.match(request, { ignoreSearch: request.mode === "navigate" });

self.addEventListener("fetch", (event) => {
  const { request, clientId, resultingClientId } = event;
  if (request.method !== "GET") return;
  const page = async () => {
    const found = await fetch(request).catch(() => null);
    fresh.set(resultingClientId, found !== null);
    return found || (await kept(request)) || Response.error();
  };
  const file = async () => {
    // A worker that was ended meanwhile does not know where a page came from.
    const known = fresh.get(clientId);
    const found = known === false ? null : await fetch(asked(request)).catch(() => null);
    return found || (!known && (await kept(request))) || Response.error();
  };
  event.respondWith(request.mode === "navigate" ? page() : file());
});
