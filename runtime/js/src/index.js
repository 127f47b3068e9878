// tacit-runtime: decides what a bundle says, where the person's data is.
import { decodeBundle } from "./decode.js";
import { Decision, Decisions } from "./decision.js";
import { decideGroup, decideSurface, pick, reasonForAll } from "./decide.js";
import { reject } from "./errors.js";
import { noUnit } from "./murmur3.js";
import { readBy } from "./reads.js";
import { block, layOut } from "./rows.js";
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
    return this._p.names.slice();
  }

  /** What one surface shows and why. */
  decide(surface, signals, options) {
    const p = this._p;
    if (typeof surface !== "string") reject(205);
    const number = p.numbers.get(surface), facts = begin(p, signals, options);
    let decided = 0;
    if (number === undefined) {
      end(facts);
      if (options && options.strict) reject(207);
      return new Decision(surface, null, 0, (options && options.default) ?? null, null, null);
    }
    const reads = readBy(p, number);
    for (let i = 0; i < reads.length; i++) read(facts, reads[i]);
    facts.needs = p.needs[number];
    const reason = reasonForAll(facts);
    if (reason || p.surfaceFlags[number] & 4) decided = p.surfaceFlags[number] & 4 ? 1 : reason;
    else {
      if (!p.rows) layOut(p);
      if (p.groupOf[number] === undefined) decided = decideSurface(facts, number);
      else decideGroup(facts, p.groupOf[number], number, (_, found) => (decided = found));
    }
    end(facts);
    const classes = facts.missing ? facts.classes.slice() : null;
    return new Decision(surface, p, number, decided, classes, facts.forced);
  }

  /** What every surface shows and why. */
  decideAll(signals, options) {
    const p = this._p, facts = begin(p, signals, options), count = p.names.length;
    for (let i = 0; i < p.signals.length; i++) read(facts, i);
    facts.needs = null;
    const reason = reasonForAll(facts), decided = new Array(count);
    if (!reason) {
      if (!p.rows) layOut(p);
      block(facts, p.rows.all, 0, p.rows.width);
      pick(facts, 0, count, decided);
    } else decided.fill(reason);
    for (const surface of p.forbidden) decided[surface] = 1;
    if (p.memory && !reason) {
      p.memory.groups.forEach((_, group) => {
        decideGroup(facts, group, -1, (surface, found) => (decided[surface] = found));
      });
    }
    end(facts);
    return new Decisions(p, decided, facts.missing ? facts.classes.slice() : null, facts.forced);
  }
}

/**
 * A call, checked; its signals are read where they are needed. What calls need again and again is
 * kept with the bundle, and made anew only for one that begins while another reads its signals.
 */
export function begin(p, signals, options) {
  if (typeof signals !== "object" || !signals || Array.isArray(signals) || signals instanceof Map) reject(201);
  let now, consent, state;
  if (options) ({ now, consent, state } = options);
  if (now == null) now = Date.now();
  else if (!Number.isSafeInteger(now)) reject(202);
  consent = consent == null ? p.none : granted(consent);
  const facts = p.idle || {
    p, classes: p.signals.map(() => MISSING), values: p.signals.map(() => null),
    elements: p.signals.map(() => p.none), units: p.signals.map(noUnit), segments: [],
  };
  p.idle = null;
  facts.now = now;
  facts.signals = signals;
  facts.consent = consent;
  facts.machine = p.without;
  facts.declared = facts.forced = null;
  facts.off = false;
  facts.missing = 0;
  if (facts.segments.length) facts.segments = [];
  if (state != null) {
    if (typeof state._standing !== "function") reject(204);
    const standing = state._standing(p, now);
    facts.machine = standing.values;
    facts.declared = standing.declared;
    facts.off = standing.off;
    facts.forced = standing.forced;
  }
  return facts;
}

/** The call is over. */
export function end(facts) {
  facts.signals = null;
  facts.p.idle = facts;
}

export function granted(consent) {
  if (typeof consent === "string" || typeof consent[Symbol.iterator] !== "function") reject(203);
  const found = Array.isArray(consent) ? consent : [...consent];
  for (let i = 0; i < found.length; i++) if (typeof found[i] !== "string") reject(203);
  return found;
}

/** Reads a signal: its class, and what else is kept of its value. */
export function read(facts, number) {
  const { p, declared } = facts, signal = p.signals[number], { name, purpose } = signal;
  let value = number < p.host ? facts.signals[name] : number < p.derivedAt ? null : facts.machine[name];
  if (declared && value == null && number < p.host) value = declared[name];
  const found = value == null || (purpose !== null && !facts.consent.includes(purpose))
    ? MISSING : classify(signal, number, value, facts);
  facts.classes[number] = found;
  if (found < 0) facts.missing++;
}
