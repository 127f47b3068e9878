// tacit-runtime: decides what a bundle says, where the person's data is.
import { decodeBundle } from "./decode.js";
import { Decision, Decisions } from "./decision.js";
import { decide, decideGroup, reasonForAll } from "./decide.js";
import { reject } from "./errors.js";
import { noUnit } from "./murmur3.js";
import { readBy } from "./reads.js";
import { MISSING, Observed, classify } from "./signals.js";
import { prepare } from "./prepare.js";

export { BundleError, CallError } from "./errors.js";
export { Decision, Decisions, Observed };

/** A loaded bundle. */
export class Bundle {
  /**
   * Checks everything; throws BundleError for what is no bundle of this format. The bytes are kept:
   * do not change them. Does not authenticate.
   * @param {Uint8Array | ArrayBuffer} bytes
   */
  static load(bytes) {
    if (bytes instanceof ArrayBuffer) bytes = new Uint8Array(bytes);
    if (!(bytes instanceof Uint8Array)) reject(206);
    return new Bundle(prepare(decodeBundle(bytes)));
  }

  /** Use `load`. */
  constructor(p) {
    this._p = p;
  }

  /** The names of the surfaces, in declared order. */
  get surfaces() {
    return [...this._p.names];
  }

  /** What one surface shows and why. */
  decide(surface, signals, options) {
    if (typeof surface !== "string") reject(205);
    const p = this._p, number = p.numbers.get(surface), facts = begin(p, signals, options || p.none);
    if (number === undefined) {
      end(facts);
      if (options && options.strict) reject(207);
      return new Decision(surface, null, 0, (options && options.default) ?? null, null, null);
    }
    const reads = readBy(p, number);
    for (let i = 0; i < reads.length; i++) read(facts, reads[i]);
    facts.needs = p.needs[number];
    const reason = reasonForAll(facts), group = p.groupOf[number];
    const decided = group >= 0 && !reason ? decideGroup(facts, group, number) : decide(facts, number, number + 1, reason);
    return new Decision(surface, p, number, decided, end(facts), facts.forced);
  }

  /** What every surface shows and why. */
  decideAll(signals, options) {
    const p = this._p, facts = begin(p, signals, options || p.none), decided = new Array(p.names.length);
    for (let i = 0; i < p.signals.length; i++) read(facts, i);
    facts.needs = null;
    const reason = reasonForAll(facts);
    if (p.names.length) decide(facts, 0, p.names.length, reason, decided);
    if (p.memory && !reason) p.memory.groups.forEach((_, group) => decideGroup(facts, group, -1, decided));
    return new Decisions(p, decided, end(facts), facts.forced);
  }
}

/**
 * A call, checked; its signals are read where they are needed. What calls need again and again is
 * kept with the bundle, and made anew only for one that begins while another reads its signals.
 */
function begin(p, signals, { now, consent, state }) {
  if (typeof signals !== "object" || !signals || Array.isArray(signals) || signals instanceof Map) reject(201);
  if (now == null) now = Date.now();
  else if (!Number.isSafeInteger(now)) reject(202);
  if (consent == null) consent = p.none;
  else {
    if (typeof consent === "string" || !consent[Symbol.iterator]) reject(203);
    if (!Array.isArray(consent)) consent = [...consent];
    for (let i = 0; i < consent.length; i++) if (typeof consent[i] !== "string") reject(203);
  }
  if (state != null && !state._standing) reject(204);
  const standing = state == null ? p.alone : state._standing(p, now);
  const facts = p.idle || {
    p, classes: p.signals.map(() => MISSING), values: p.signals.map(() => null), elements: p.signals.map(() => []),
    units: p.signals.map(noUnit), needs: null, segments: [],
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
function end(facts) {
  facts.signals = null;
  facts.p.idle = facts;
  return facts.missing ? facts.classes.slice() : null;
}

/** Reads a signal: its class, and what else is kept of its value. */
function read(facts, number) {
  const { p, declared, consent } = facts, signal = p.signals[number], { name, purpose } = signal;
  let value = number < p.host ? facts.signals[name] : number < p.derivedAt ? null : facts.machine[name];
  if (declared && value == null && number < p.host) value = declared[name];
  const found = value == null || (purpose !== null && !consent.includes(purpose))
    ? MISSING : classify(signal, number, value, facts);
  facts.classes[number] = found;
  if (found < 0) facts.missing++;
}
