// One call: its arguments, and the signals it reads.
import { reject } from "./errors.js";
import { noUnit } from "./murmur3.js";
import { MISSING, classify } from "./signals.js";

/**
 * A call, checked; its signals are read where they are needed. What calls need again and again is
 * kept with the bundle, and made anew only for one that begins while another reads its signals.
 */
export function begin(p, signals, { now, consent, state }) {
  if (typeof signals !== "object" || !signals || Array.isArray(signals) || signals instanceof Map) reject(201);
  if (now == null) now = Date.now();
  else if (!Number.isSafeInteger(now)) reject(202);
  if (consent == null) consent = p.none;
  else {
    if (typeof consent === "string" || typeof consent[Symbol.iterator] !== "function") reject(203);
    if (!Array.isArray(consent)) consent = [...consent];
    for (let i = 0; i < consent.length; i++) if (typeof consent[i] !== "string") reject(203);
  }
  if (state != null && !state._standing) reject(204);
  const standing = state == null ? p.alone : state._standing(p, now);
  const facts = p.idle || {
    p, now, signals, consent, machine: null, declared: null, forced: null, off: false, missing: 0, needs: null,
    classes: p.signals.map(() => MISSING), values: p.signals.map(() => null),
    elements: p.signals.map(() => []), units: p.signals.map(noUnit), segments: [],
  };
  p.idle = null;
  facts.now = now;
  facts.signals = signals;
  facts.consent = consent;
  facts.machine = standing.values;
  facts.declared = standing.declared;
  facts.forced = standing.forced;
  facts.off = standing.off;
  facts.missing = 0;
  if (facts.segments.length) facts.segments = [];
  return facts;
}

/** The call is over; its classes, if a signal is missing. */
export function end(facts) {
  facts.signals = null;
  facts.p.idle = facts;
  return facts.missing ? facts.classes.slice() : null;
}

/** Reads a signal: its class, and what else is kept of its value. */
export function read(facts, number) {
  const { p, declared, consent } = facts, signal = p.signals[number], { name, purpose } = signal;
  let value = number < p.host ? facts.signals[name] : number < p.derivedAt ? null : facts.machine[name];
  // What every object has (`constructor`) nobody has said.
  if (typeof value === "function" || value === Object.prototype) value = null;
  if (declared && value == null && number < p.host) value = declared[name];
  const found = value == null || (purpose !== null && !consent.includes(purpose))
    ? MISSING : classify(signal, number, value, facts);
  facts.classes[number] = found;
  if (found < 0) facts.missing++;
}
