// Keeps the page's own files, so that it opens without a network.
const CACHE = "fernweg-1";

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  const old = async () => {
    for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(old());
});

// A page tells what it was made of.
self.addEventListener("message", (event) => {
  const keep = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(event.data);
    event.source.postMessage("kept");
  };
  event.waitUntil(keep());
});

// What the network has, and without one what was kept: never a page of two versions.
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  const reply = async () => {
    try {
      return await fetch(event.request);
    } catch (error) {
      const kept = await caches.match(event.request, { ignoreSearch: event.request.mode === "navigate" });
      if (kept) return kept;
      throw error;
    }
  };
  event.respondWith(reply());
});
