// One call: its arguments, and the signals it reads.
import { reject } from "./errors.js";
import { noUnit } from "./murmur3.js";
import { MISSING, Observed, classify, timely } from "./signals.js";

/**
 * A call, checked; its signals are read where they are needed. What calls need again and again is
 * kept with the bundle, and made anew only for one that begins while another reads its signals.
 */
export function begin(p, signals, { now, consent }) {
  if (typeof signals !== "object" || !signals || Array.isArray(signals) || signals instanceof Map) reject(201);
  if (now == null) now = Date.now();
  else if (!Number.isSafeInteger(now)) reject(202);
  if (consent == null) consent = p.none;
  else {
    if (typeof consent === "string" || typeof consent[Symbol.iterator] !== "function") reject(203);
    if (!Array.isArray(consent)) consent = [...consent];
    for (let i = 0; i < consent.length; i++) if (typeof consent[i] !== "string") reject(203);
  }
  const facts = p.idle || {
    p, classes: p.signals.map(() => MISSING), values: p.signals.map(() => null),
    elements: p.signals.map(() => []), units: p.signals.map(noUnit), segments: [],
  };
  p.idle = null;
  facts.now = now;
  facts.signals = signals;
  facts.consent = consent;
  facts.missing = 0;
  if (facts.segments.length) facts.segments = [];
  return facts;
}

/** The call is over; its classes, if a signal is missing; of one by a plan a bit for each that is. */
export function end(facts, plan) {
  const { missing } = facts;
  facts.signals = null;
  facts.p.idle = facts;
  return !missing ? null : plan ? missing : facts.classes.slice();
}

/**
 * Of an object the value of a name. Engines find it at once where a place of the code always asks for
 * the same name; so each of the first signals of a bundle has its own.
 */
export function ask(object, name, number) {
  switch (number) {
    case 0: return object[name];
    case 1: return object[name];
    case 2: return object[name];
    case 3: return object[name];
    case 4: return object[name];
    case 5: return object[name];
    case 6: return object[name];
    case 7: return object[name];
    case 8: return object[name];
    case 9: return object[name];
    case 10: return object[name];
    case 11: return object[name];
    case 12: return object[name];
    case 13: return object[name];
    case 14: return object[name];
    case 15: return object[name];
  }
  return object[name];
}

/** What the host says of a signal by what it passed: what every object has (`constructor`) nobody has said. */
export const given = (value) => (typeof value === "function" || value === Object.prototype ? null : value);

/** What a signal is read from, if the host passed `value`; null or undefined: it is missing. */
export function valueOf(facts, signal, number, value) {
  const { p, consent, now } = facts, { purpose } = signal;
  value = p.sourceOf ? p.sourceOf(facts, signal, number, value) : given(value);
  if (purpose !== null && !consent.includes(purpose)) return null;
  return value instanceof Observed ? timely(signal, value, now) : value;
}

/** Reads a signal: its class, and what else is kept of its value. */
export function read(facts, number) {
  const signal = facts.p.signals[number], value = valueOf(facts, signal, number, ask(facts.signals, signal.name, number));
  const found = value == null ? MISSING : classify(signal, number, value, facts);
  facts.classes[number] = found;
  if (found < 0) facts.missing++;
}
