// tacit-runtime: decides what a bundle says, where the person's data is.
import { decodeBundle } from "./decode.js";
import { Decision, Decisions } from "./decision.js";
import { decideGroup, decideSurface, pick, reasonForAll } from "./decide.js";
import { reject } from "./errors.js";
import { readBy } from "./reads.js";
import { blockAll } from "./rows.js";
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
    return new Bundle(decodeBundle(bytes));
  }

  constructor(p) {
    this._p = prepare(p);
  }

  /** The names of the surfaces, in declared order. */
  get surfaces() {
    return this._p.names.slice();
  }

  /** What one surface shows and why. */
  decide(surface, signals, options) {
    const p = this._p;
    if (typeof surface !== "string") reject(205);
    const number = p.numbers.get(surface), facts = factsOf(p, signals, options);
    if (number === undefined) {
      if (options && options.strict) reject(207);
      return new Decision(surface, null, 0, (options && options.default) ?? null);
    }
    for (const signal of readBy(p, number)) read(facts, signal);
    facts.needs = p.needs[number];
    const reason = reasonForAll(facts), group = p.groupOf[number];
    let decided = p.surfaceFlags[number] & 4 ? 1 : reason;
    if (!decided) {
      if (group === undefined) decided = decideSurface(facts, number);
      else decideGroup(facts, group, number, reason, (_, found) => (decided = found));
    }
    return new Decision(surface, facts, number, decided);
  }

  /** What every surface shows and why. */
  decideAll(signals, options) {
    const p = this._p, facts = factsOf(p, signals, options), count = p.names.length;
    for (let i = 0; i < p.signals.length; i++) read(facts, i);
    const reason = reasonForAll(facts), decided = new Int32Array(count);
    if (!reason) blockAll(facts);
    for (let i = 0; i < count; i++) decided[i] = p.surfaceFlags[i] & 4 ? 1 : reason || pick(facts, i);
    if (p.memory && !reason) {
      p.memory.groups.forEach((_, group) => {
        decideGroup(facts, group, -1, 0, (surface, found) => (decided[surface] = found));
      });
    }
    return new Decisions(facts, decided, p.numbers);
  }
}

/** The call, checked; signals are read where they are needed. */
function factsOf(p, signals, options) {
  let now, consent, state;
  if (options) ({ now, consent, state } = options);
  if (typeof signals !== "object" || !signals || Array.isArray(signals) || signals instanceof Map) reject(201);
  if (now == null) now = Date.now();
  else if (!Number.isSafeInteger(now)) reject(202);
  if (consent != null) {
    if (typeof consent === "string" || typeof consent[Symbol.iterator] !== "function") reject(203);
    consent = [...consent];
    if (consent.some((purpose) => typeof purpose !== "string")) reject(203);
  }
  let standing = null;
  if (state != null) {
    if (typeof state._standing !== "function") reject(204);
    standing = state._standing(p, now);
  }
  return {
    p,
    now,
    signals,
    consent: consent || [],
    machine: standing ? standing.values : p.without,
    declared: standing ? standing.declared : p.nothing,
    off: standing !== null && standing.off,
    forced: standing && standing.forced,
    classes: [],
    values: [],
    elements: [],
    units: [],
    segments: [],
    needs: null,
  };
}

/** Reads a signal: its class, and what else is kept of its value. */
function read(facts, number) {
  const { p } = facts, signal = p.signals[number], { name } = signal;
  let value;
  if (number < p.host) value = facts.signals[name] ?? facts.declared[name];
  else if (number >= p.derivedAt) value = facts.machine[name];
  const granted = signal.purpose === null || facts.consent.includes(signal.purpose);
  facts.classes[number] = value == null || !granted ? MISSING : classify(signal, number, value, facts);
}
