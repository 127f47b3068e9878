// A page on its way to the person: what was decided goes into it.

export const GIVEN_ID = "tacit-given";
/** What speaks of the page as it came: of its bytes, or to a cache that others share. */
const OF_ORIGIN = new RegExp(
  "^(?:age|etag|expires|last-modified|accept-ranges|content-length|content-md5|.*digest" +
    "|.*-cache-control|surrogate-.*|edge-control|x-accel-expires)$",
  "i",
);
/** Codings that the platform takes off and puts on again; what stays coded cannot be rewritten. */
const READABLE = ["", "identity", "gzip", "br"];
/** Elements whose text is no text, or whose address decides what runs in the page. */
const CODE =
  /^(?:script|style|iframe|frame|embed|object|base|link|noscript|xmp|noembed|noframes|plaintext)$/;

/** Whether a reply is a page. Of HEAD as of GET: what it says must be what GET would say. */
export function isPage(request, reply) {
  return (
    (request.method === "GET" || request.method === "HEAD") &&
    reply.ok &&
    reply.status !== 206 &&
    /^text\/html\b/i.test(reply.headers.get("Content-Type") || "")
  );
}

/** Whether this platform can rewrite a page. */
export function canRewrite(reply) {
  const coding = (reply.headers.get("Content-Encoding") || "").trim().toLowerCase();
  return typeof HTMLRewriter === "function" && reply.body !== null && READABLE.includes(coding);
}

/** The fields of a page that was decided for one person. */
export function ownHeaders(reply) {
  const headers = new Headers(reply.headers);
  for (const name of [...headers.keys()]) if (OF_ORIGIN.test(name)) headers.delete(name);
  headers.set("Cache-Control", "private, no-cache");
  return headers;
}

/**
 * The page with `given` as JSON in a script element that does nothing, and with content in places
 * that ask for it (docs/WORKER.md):
 *
 *     <section data-tacit="hero"><h1 data-tacit-text="hero headline">...</h1>
 *     <a data-tacit-href="hero link">
 *
 * Content is text there, never markup, and an address only of http or https; nothing goes into
 * elements whose text or address is code.
 * @param {Response} reply
 * @param {object} given
 * @param {(surface: string) => { variant: string, content: any } | undefined} decided
 * @param {string | null} cookie a Set-Cookie
 */
export function rewritten(reply, given, decided, cookie) {
  const script = `<script type="application/json" id="${GIVEN_ID}">${scriptSafe(given)}</script>`;
  let placed = false;
  // Last in the head, behind what says the encoding; in a page whose head never ends, at the end.
  const place = (put) => {
    if (!placed) put(script, { html: true });
    placed = true;
  };
  const rewriter = new HTMLRewriter()
    // Whatever else came into the page, decisions come from here alone.
    .on(`#${GIVEN_ID}`, { element: (found) => found.remove() })
    .on("head", { element: (head) => head.onEndTag((tag) => place((...html) => tag.before(...html))) })
    .on("[data-tacit]", { element: (found) => fillVariant(found, decided) })
    .on("[data-tacit-text]", { element: (found) => fillText(found, decided) })
    .on("[data-tacit-href]", { element: (found) => fillAddress(found, "href", decided) })
    .on("[data-tacit-src]", { element: (found) => fillAddress(found, "src", decided) })
    .onDocument({ end: (end) => place((...html) => end.append(...html)) });
  const headers = ownHeaders(reply);
  if (cookie) headers.append("Set-Cookie", cookie);
  const { status, statusText } = reply;
  return new Response(rewriter.transform(reply).body, { status, statusText, headers });
}

/**
 * JSON that means the same between script tags, in a page of any encoding: no character begins a
 * tag or a comment, none is outside ASCII.
 */
export function scriptSafe(value) {
  return JSON.stringify(value).replace(
    /[<>&]|[^\x00-\x7f]/g,
    (character) => "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

function fillVariant(element, decided) {
  const found = decided(element.getAttribute("data-tacit"));
  if (found) element.setAttribute("data-tacit-variant", inAttribute(found.variant));
}

function fillText(element, decided) {
  const found = member(element.getAttribute("data-tacit-text"), decided);
  if (found !== null && !CODE.test(element.tagName)) element.setInnerContent(found, { html: false });
}

function fillAddress(element, attribute, decided) {
  const found = member(element.getAttribute("data-tacit-" + attribute), decided);
  if (found === null || CODE.test(element.tagName) || !isAddress(found)) return;
  element.setAttribute(attribute, inAttribute(found));
}

/**
 * The rewriter writes quotes as they must be and leaves `&` alone: `java&#115;cript:` would become
 * another address in the browser than the one that was looked at.
 */
const inAttribute = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** What a place asks for: "SURFACE MEMBER MEMBER..." of its content; null: there is no such text. */
function member(path, decided) {
  const [surface, ...members] = path.trim().split(/\s+/);
  const found = decided(surface);
  let value = found && found.content;
  for (const name of members) {
    const there =
      typeof value === "object" && value !== null && Object.prototype.hasOwnProperty.call(value, name);
    value = there ? value[name] : null;
  }
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}

/** Whether a browser that follows it stays with the web: not `javascript:`, not `data:`. */
function isAddress(text) {
  try {
    return /^https?:$/.test(new URL(text, "https://page.invalid/").protocol);
  } catch {
    return false;
  }
}
