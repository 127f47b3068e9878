// The worker: pages go through it and are decided on the way; `path` answers with JSON.
import { give } from "tacit-runtime/given";
import { readAsk } from "./asks.js";
import { Bundles } from "./bundles.js";
import { States } from "./kept.js";
import { digest, load } from "./loaded.js";
import { canRewrite, isPage, ownHeaders, rewritten } from "./page.js";
import { problemReply, Problem } from "./problems.js";
import { isSpeculative, readBy, takeApart, upstream } from "./requests.js";

/**
 * @typedef {import("./readers.js").Reader} Reader
 * @typedef {object} Settings
 * @property {ArrayBuffer | Uint8Array | null} [bundle] built into the worker
 * @property {string | null} [bundleUrl] asked for a newer one; one of both is needed
 * @property {number} [bundleMaxAge] how often, in ms
 * @property {string | null} [origin] where pages come from; null: from the host that is asked for
 * @property {string} [path] of the JSON endpoint
 * @property {Record<string, Reader>} [signals] by name; one that the bundle lacks is never read
 * @property {Reader | null} [consent] reads the granted purposes, as a list
 * @property {string[]} [pass] fields that go to the origin although a signal is read from them
 * @property {(url: URL) => string[] | null} [shows] the surfaces of a page; null: all decided here
 * @property {string | null} [stateKeys] keys of the cookie; null: the browser keeps the state
 * @property {string} [stateCookie] its name
 *
 * @param {(env: Record<string, any>) => Settings} settingsOf called once
 */
export function createEdge(settingsOf) {
  let edge = null;
  return {
    async fetch(request, env, ctx) {
      edge = edge || prepare(settingsOf(env || {}));
      const behind = (work) => ctx.waitUntil(work);
      if (new URL(request.url).pathname === edge.path) return answer(edge, request, behind);
      let reply;
      try {
        reply = await fetch(upstream(request, edge.read, edge.origin));
      } catch {
        return new Response("The origin does not answer.", {
          status: 502,
          headers: { "Cache-Control": "no-store" },
        });
      }
      if (!isPage(request, reply)) return reply;
      try {
        return await personalised(edge, request, reply, behind);
      } catch (error) {
        // The page goes on as it came.
        tell(`page not decided: ${error.name}`);
        return reply;
      }
    },
  };
}

/** Nothing about a request is logged. */
const tell = (what) => console.warn(`tacit: ${what}`);

/** @param {Settings} settings */
function prepare(settings) {
  const { bundle = null, bundleUrl = null, bundleMaxAge = 60000, origin = null, path = "/decide" } = settings;
  const { signals = {}, consent = null, pass = [], shows = () => null } = settings;
  const { stateKeys = null, stateCookie = "__Host-tacit" } = settings;
  const readers = Object.values(signals);
  const read = readBy(consent ? [...readers, consent] : readers);
  for (const name of pass) read.headers.delete(name.toLowerCase());
  read.cookies.add(stateCookie);
  const states = new States(stateKeys, stateCookie, tell);
  const bundles = new Bundles({
    embedded: bundle,
    url: bundleUrl,
    maxAge: bundleMaxAge,
    load(bytes) {
      const loaded = load(bytes);
      states.check(loaded);
      return loaded;
    },
    tell: (why) => tell(`bundle refused: ${why}`),
  });
  return { origin, path, signals, consent, shows, read, states, bundles };
}

/** The page with what was decided in it. */
async function personalised(edge, request, reply, behind) {
  const now = Date.now();
  const loaded = await edge.bundles.current(now, behind);
  if (!loaded) return reply;
  const { status } = reply;
  if (request.method === "HEAD") return new Response(null, { status, headers: ownHeaders(reply) });
  if (!canRewrite(reply)) return reply;
  const asked = takeApart(request);
  const consent = consentOf(edge, asked);
  const signals = signalsOf(edge, asked, {});
  const kept = await edge.states.open(loaded, asked.cookies, consent, now);
  if (kept) kept.state.refresh(signals, { now });
  const names = edge.shows(asked.url) || loaded.surfaces;
  const decided = decide(
    loaded,
    loaded.surfaces.filter((name) => names.includes(name)),
    signals,
    consent,
    now,
    kept,
  );
  // A page that is fetched ahead is shown to nobody yet, and perhaps never.
  if (kept && !isSpeculative(request))
    for (const decision of decided.values()) kept.state.recordShown(decision, undefined, { now });
  const cookie = kept ? await edge.states.setCookie(kept, now) : null;
  return rewritten(reply, give(decided, { now }), (surface) => decided.get(surface), cookie);
}

/** The reply of the JSON endpoint. */
async function answer(edge, request, behind) {
  try {
    const ask = await readAsk(request, edge.states.keeps);
    // Taken after the last wait for the request, so that all below sees one moment.
    const now = Date.now();
    const loaded = await edge.bundles.current(now, behind);
    if (!loaded) throw new Problem("no_bundle");
    const asked = takeApart(request);
    const consent = ask.consent || consentOf(edge, asked);
    const signals = signalsOf(edge, asked, ask.signals);
    const kept = await edge.states.open(loaded, asked.cookies, consent, now);
    const recorded = (ask.records || []).map((record) => !!kept && record(kept.state, now, ask.session));
    if (kept) kept.state.refresh(signals, { now });
    const names = ask.surfaces || loaded.surfaces;
    const here = loaded.surfaces.filter((name) => names.includes(name));
    const decided = decide(loaded, here, signals, consent, now, kept);
    const reply = { bundle: `sha256-${await digest(loaded)}`, surfaces: Object.create(null) };
    for (const name of names) reply.surfaces[name] = entry(loaded, name, decided.get(name));
    if (ask.given) reply.given = give(decided, { now });
    if (ask.records) reply.recorded = recorded;
    const headers = { "Content-Type": "application/json", "Cache-Control": "private, no-store" };
    if (kept) {
      const { state } = kept;
      const { session } = ask;
      if (ask.shown)
        for (const decision of decided.values()) state.recordShown(decision, undefined, { now, session });
      if (ask.export) reply.state = state.export();
      const cookie = await edge.states.setCookie(kept, now);
      if (cookie) headers["Set-Cookie"] = cookie;
    }
    return new Response(JSON.stringify(reply), { headers });
  } catch (error) {
    if (!(error instanceof Problem)) tell(`request not decided: ${error.name}`);
    return problemReply(error);
  }
}

/** @returns {Map<string, import("tacit-runtime").Decision>} */
function decide(loaded, surfaces, signals, consent, now, kept) {
  const options = { now, consent, state: kept ? kept.state : null };
  if (surfaces.length < loaded.surfaces.length) {
    return new Map(surfaces.map((name) => [name, loaded.bundle.decide(name, signals, options)]));
  }
  const all = loaded.bundle.decideAll(signals, options);
  return new Map(surfaces.map((name) => [name, all.get(name)]));
}

/** What a reply says of one surface. */
function entry(loaded, name, decision) {
  if (decision) return { variant: decision.variant, content: decision.content };
  return { variant: null, content: null, error: loaded.all.has(name) ? "decided_on_device" : "no_surface" };
}

/**
 * The signals of a request: those of its body, and in their place those that the worker reads. Read
 * when the bundle asks for them, so that nothing is looked at that it does not declare.
 */
function signalsOf(edge, asked, body) {
  const signals = { ...body };
  for (const [name, reader] of Object.entries(edge.signals)) {
    Object.defineProperty(signals, name, { get: () => valueOf(reader, asked), enumerable: true });
  }
  return signals;
}

function consentOf(edge, asked) {
  const found = edge.consent ? valueOf(edge.consent, asked) : null;
  return Array.isArray(found) ? found.filter((each) => typeof each === "string") : [];
}

/** A reader that fails has read nothing. */
function valueOf(reader, asked) {
  try {
    return reader.read(asked);
  } catch {
    return null;
  }
}
