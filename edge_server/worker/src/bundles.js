// Where the bundle comes from: built into the worker, or fetched, or both. Whatever happens to the
// source, the last good bundle stays.

const MOST_BYTES = 16777216;
const TIMEOUT_MS = 2000;
/** How long a source that failed is left alone while there is no bundle at all. */
const PAUSE_MS = 5000;

export class Bundles {
  /**
   * @param {object} from
   * @param {ArrayBuffer | Uint8Array | null} from.embedded
   * @param {string | null} from.url asked for a newer one every `maxAge` ms
   * @param {number} from.maxAge
   * @param {(bytes: Uint8Array | ArrayBuffer) => object} from.load throws for what is no good bundle
   * @param {(what: string) => void} from.tell called when a bundle is refused, with why
   */
  constructor({ embedded, url, maxAge, load, tell }) {
    this._embedded = embedded;
    this._url = url;
    this._maxAge = maxAge;
    this._load = load;
    this._tell = tell;
    this._good = null;
    this._etag = null;
    this._asked = -Infinity;
    this._refused = null;
  }

  /**
   * The bundle in use; null: there is none yet. Only then a request waits for the source; later
   * ones get what there is, and the source is asked behind their back.
   * @param {number} now
   * @param {(work: Promise<void>) => void} behind
   */
  async current(now, behind) {
    if (this._embedded) {
      this._use(this._embedded);
      this._embedded = null;
    }
    if (!this._url) return this._good;
    if (!this._good) await this._fromCache();
    const old = now - this._asked;
    if (this._good && old >= this._maxAge) {
      this._asked = now;
      behind(this._refresh());
    } else if (!this._good && old >= PAUSE_MS) {
      this._asked = now;
      await this._refresh();
    }
    return this._good;
  }

  /** Whether these bytes are in use now. */
  _use(bytes) {
    try {
      this._good = this._load(bytes);
    } catch (error) {
      this._complain(error);
      return false;
    }
    this._refused = null;
    return true;
  }

  /** Asks the source. Never throws: it may be down, or damaged. */
  async _refresh() {
    try {
      const headers = { Accept: "application/vnd.tacit.bundle" };
      if (this._etag) headers["If-None-Match"] = this._etag;
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const reply = await fetch(this._url, { headers, signal, redirect: "manual" });
      if (reply.status === 304) return;
      if (reply.status !== 200) throw Object.assign(new Error(), { code: `status ${reply.status}` });
      const bytes = await bodyOf(reply);
      // Of a bad one too, so that it is not sent again and again.
      this._etag = reply.headers.get("ETag");
      if (this._use(bytes)) await this._toCache(bytes);
    } catch (error) {
      this._complain(error);
    }
  }

  /** The last good bundle of this data centre, where the platform has such a cache. */
  async _fromCache() {
    try {
      const found = await caches.default.match(this._key);
      if (found && this._use(await bodyOf(found))) this._etag = found.headers.get("ETag");
    } catch {
      // No cache here: the source alone counts.
    }
  }

  async _toCache(bytes) {
    const headers = {
      "Cache-Control": "public, max-age=31536000",
      "Content-Type": "application/vnd.tacit.bundle",
    };
    if (this._etag) headers.ETag = this._etag;
    try {
      await caches.default.put(this._key, new Response(bytes, { headers }));
    } catch {
      // As above.
    }
  }

  /** An address of its own: what `fetch` keeps of the source's may be newer, and damaged. */
  get _key() {
    const url = new URL(this._url);
    url.searchParams.set("tacit-last-good", "1");
    return new Request(url.href);
  }

  /** Once for each new reason. */
  _complain(error) {
    const why = typeof error.code === "string" ? error.code : error.name;
    if (why !== this._refused) this._tell(why);
    this._refused = why;
  }
}

/** The body of a reply, unless it is larger than any bundle. */
async function bodyOf(reply) {
  const chunks = [];
  const reader = reply.body.getReader();
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > MOST_BYTES) {
      await reader.cancel();
      throw Object.assign(new Error(), { code: "too_large" });
    }
    chunks.push(part.value);
  }
  const all = new Uint8Array(size);
  size = 0;
  for (const chunk of chunks) {
    all.set(chunk, size);
    size += chunk.length;
  }
  return all;
}
