// The first paint: an edge has decided, a page takes that over, so that nothing flickers.
import { programOf } from "./arguments.js";
import { DEFAULTS } from "./decide.js";
import { reject } from "./errors.js";

const VERSION = 1;
/** The place of a surface that a device alone decides. */
const DEVICE = 0;
const FORBIDDEN = DEFAULTS.indexOf("FORBIDDEN");
/** The role of signals that say what blocks a variant, and what they say if the person does not want it (STATE.md 4.5). */
const BLOCK = 7, SUPPRESSED = 1;
/** What is told of a decision; null is left out. */
const TOLD = ["variant", "reason", "rule", "experiment", "arm"];
const MAX_AGE = 300000;

/**
 * What an edge puts into a page, as plain JSON: no content, no signal, no explanation.
 * @param {Iterable<[string, import("./index.js").Decision]>} decisions those of `decideAll`, or a Map of a few
 * @param {{ now?: number | null }} [options] `now`: when they were made; none: now
 */
export function give(decisions, options) {
  const surfaces = {};
  if (!decisions || typeof decisions[Symbol.iterator] !== "function") reject(210);
  for (const pair of decisions) {
    const [surface, decision] = Array.isArray(pair) && isObject(pair[1]) ? pair : reject(210);
    // Nobody may take these over.
    if (decision.variant === null || decision.reason === "FORBIDDEN") continue;
    const told = {};
    for (const field of TOLD) if (decision[field] !== null) told[field] = decision[field];
    if (decision.forced) told.forced = true;
    // As JSON.parse does it: a surface may have the name of what every object has.
    Object.defineProperty(surfaces, surface, { value: told, enumerable: true });
  }
  return { tacit: VERSION, at: moment(options && options.now), surfaces };
}

/**
 * The decisions of a page that this device may take over, by surface. Content and explanations come
 * from the device's own bundle, so that a page can choose among what the rules could show, and
 * nothing else. What it holds is never an error: whatever is wrong with it is not taken.
 *
 * Not taken either: what is older than `maxAge` (or as far in the future: one of the clocks is
 * wrong), what the person does not want, all while the state is off or the bundle has expired.
 * Caps and cooldowns are not asked again: what an edge without a state may show is said by
 * `without_state`.
 * @param {import("./index.js").Bundle} bundle
 * @param {unknown} json what `give` made, as a value or as its text
 * @param {{ state?: object | null, now?: number | null, maxAge?: number | null }} [options] in ms
 * @returns {Map<string, import("./index.js").Decision>}
 */
export function take(bundle, json, options) {
  const p = programOf(bundle), { state, now: at, maxAge } = options || {}, found = new Map();
  if (state != null && typeof state._standing !== "function") reject(204);
  const now = moment(at), longest = maxAge ?? MAX_AGE;
  if (typeof longest !== "number" || !(longest >= 0)) reject(202);
  const standing = state == null ? null : state._standing(p, now);
  const page = parsed(json);
  if (!isObject(page) || page.tacit !== VERSION || !isObject(page.surfaces)) return found;
  if (!Number.isSafeInteger(page.at) || Math.abs(now - page.at) > longest) return found;
  if (now >= p.expires || (standing && standing.off)) return found;
  const unwanted = standing ? suppressed(p, standing.values) : new Set();
  for (const surface of p.names) {
    const told = own(page.surfaces, surface);
    const decision = isObject(told) ? decisionOf(bundle, p.numbers.get(surface), told, unwanted) : null;
    if (decision) found.set(surface, decision);
  }
  return found;
}

/**
 * What an edge asks of a bundle besides deciding.
 * @param {import("./index.js").Bundle} bundle
 */
export function about(bundle) {
  const p = programOf(bundle), { memory } = p;
  // In quotes, as the build makes the names short that the runtime has for itself.
  return {
    "project": p.project,
    /** Those that may be decided at an edge, in declared order: not those of place `device`. */
    surfaces: p.names.filter((_, number) => (p.surfaceFlags[number] & 3) !== DEVICE),
    /** How long a device is to remember (ms, 0: for ever), and in how many bytes; null: nothing. */
    "memory": memory ? { longest: memory.retention, bytes: memory.largest } : null,
  };
}

/** The decision of this bundle that says the same; null: it would never say so. */
function decisionOf(bundle, number, told, unwanted) {
  const p = bundle._p;
  if (p.surfaceFlags[number] & 4) return null;
  const forced = own(told, "forced") === true && p.memory ? new Set(p.memory.experiments.keys()) : null;
  for (const decided of candidates(p, number, own(told, "reason"))) {
    const decision = bundle._decision(number, decided, null, forced);
    if (TOLD.every((field) => decision[field] === (own(told, field) ?? null))) {
      return unwanted.has(`${number} ${decision.variant}`) ? null : decision;
    }
  }
  return null;
}

/** All that a surface may come to for a reason, as numbers (see decide.js). */
function* candidates(p, number, reason) {
  const plain = DEFAULTS.indexOf(reason);
  if (plain >= 0 && plain !== FORBIDDEN) yield plain;
  for (let rule = p.ruleAt[number]; rule < p.ruleAt[number + 1]; rule++) {
    const { split } = p.gates[rule], arms = split && split.arms;
    for (const variant of arms ? arms.map((arm) => arm.variant) : [p.outcomes[rule]]) {
      yield 1024 * (rule + 1) + variant;
    }
  }
}

/** The variants that the person does not want, each as number of the surface and id. */
function suppressed(p, values) {
  const found = new Set();
  if (!p.memory) return found;
  p.memory.derived.forEach(({ role, args: [variant] }, i) => {
    if (role !== BLOCK || values[p.signals[p.memory.derivedAt + i].name] !== SUPPRESSED) return;
    const number = p.variantAt.findIndex((_, surface) => variant < p.variantAt[surface + 1]);
    found.add(`${number} ${p.ids[p.variants[variant]]}`);
  });
  return found;
}

function moment(now) {
  if (now == null) return Date.now();
  return Number.isSafeInteger(now) ? now : reject(202);
}

/** A copy in which nothing runs, whatever a value holds; null: this is no JSON. */
function parsed(json) {
  try {
    return JSON.parse(typeof json === "string" ? json : JSON.stringify(json));
  } catch {
    return null;
  }
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** A member of its own, never what every object has. */
const own = (object, name) => (Object.prototype.hasOwnProperty.call(object, name) ? object[name] : undefined);
