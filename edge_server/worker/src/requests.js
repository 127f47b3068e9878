// A request, taken apart; and what of it goes on to the origin.

/** Pairs of a Cookie header, as they stand there. */
function pairs(header) {
  return (header || "")
    .split(";")
    .map((pair) => pair.trim())
    .filter(Boolean);
}

/** The name in a pair; one without `=` is a value without a name. */
const nameOf = (pair) => pair.slice(0, Math.max(0, pair.indexOf("="))).trim();

/** @returns {import("./readers.js").Asked} */
export function takeApart(request) {
  const cookies = new Map();
  for (const pair of pairs(request.headers.get("Cookie"))) {
    const name = nameOf(pair);
    // The first one has the longest path (RFC 6265, 5.4).
    if (!cookies.has(name)) cookies.set(name, pair.slice(pair.indexOf("=") + 1).trim());
  }
  return { headers: request.headers, cookies, url: new URL(request.url) };
}

/**
 * All that readers look at.
 * @param {Iterable<import("./readers.js").Reader>} readers
 */
export function readBy(readers) {
  const found = { headers: new Set(), cookies: new Set(), query: new Set() };
  for (const reader of readers) {
    for (const kind of Object.keys(found)) {
      for (const name of reader[kind] || []) found[kind].add(kind === "headers" ? name.toLowerCase() : name);
    }
  }
  return found;
}

/**
 * The request to the origin: the same without what signals are read from. Its own host, unless
 * `origin` names another.
 */
export function upstream(request, read, origin) {
  const url = new URL(without(request.url, read.query));
  const headers = new Headers(request.headers);
  if (origin) {
    const { protocol, host } = new URL(origin);
    url.protocol = protocol;
    url.host = host;
  }
  for (const name of read.headers) headers.delete(name);
  const kept = pairs(headers.get("Cookie")).filter((pair) => !read.cookies.has(nameOf(pair)));
  if (kept.length) headers.set("Cookie", kept.join("; "));
  else headers.delete("Cookie");
  const from = headers.get("Referer");
  if (from) headers.set("Referer", without(from, read.query));
  if ((headers.get("Accept") || "").includes("text/html")) {
    // A page is made anew each time: "not modified" would be the page of another moment.
    for (const name of ["If-None-Match", "If-Modified-Since", "If-Range", "Range"]) headers.delete(name);
    // In a coding that the rewriter can read.
    const codings = headers.get("Accept-Encoding");
    if (codings) headers.set("Accept-Encoding", readable(codings));
  }
  return new Request(new Request(url, request), { headers, redirect: "manual" });
}

/** Of the codings that a browser takes those that this platform can take off. */
function readable(codings) {
  const found = codings.split(",").filter((coding) => /^\s*(?:gzip|br|identity)\s*(?:;|$)/i.test(coding));
  return found.map((coding) => coding.trim()).join(", ") || "identity";
}

/** Whether a browser fetches ahead of a visit that may never come. */
export function isSpeculative({ headers }) {
  return ["Sec-Purpose", "Purpose", "X-Moz", "X-Purpose"].some((name) =>
    /prefetch|prerender|preview/i.test(headers.get(name) || ""),
  );
}

/** An address without some parameters; the others stay as they are written. */
function without(address, names) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return address;
  }
  const found = [...names].filter((name) => url.searchParams.has(name));
  for (const name of found) url.searchParams.delete(name);
  return found.length ? url.href : address;
}
