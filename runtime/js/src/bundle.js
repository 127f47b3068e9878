// A bundle as callers have it.
import { bytesOf } from "./bytes.js";
import { begin, end, read } from "./call.js";
import { decodeBundle } from "./decode.js";
import { Decision, Decisions } from "./decision.js";
import { FEW, decide, reasonForAll } from "./decide.js";
import { reject } from "./errors.js";
import { look, planOf } from "./plans.js";
import { readBy } from "./reads.js";

/** A loaded bundle. What begins with "_" is what one that remembers does otherwise: state-bundle.js. */
export class Bundle {
  /**
   * Checks everything; throws BundleError for what is no bundle of this format. The bytes are kept:
   * do not change them. Does not authenticate.
   * @param {Uint8Array | ArrayBuffer} bytes
   */
  static load(bytes) {
    return new Bundle(decodeBundle(bytesOf(bytes, 206)));
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
    const p = this._p, number = p.numbers.get(surface), given = options || p.none, facts = this._begin(signals, given);
    if (number === undefined) {
      end(facts);
      return given.strict ? reject(207) : new Decision(surface, null, 0, given.default ?? null);
    }
    const plan = p.calls >= FEW && planOf(p, number);
    let blocked;
    if (plan) blocked = look(facts, plan);
    else for (const signal of readBy(p, number)) read(facts, signal);
    facts.needs = p.needs[number];
    const decided = this._decided(facts, number, number + 1, null, blocked);
    return this._decision(number, decided, end(facts, plan), facts.forced);
  }

  /** What every surface shows and why. */
  decideAll(signals, options) {
    const p = this._p, facts = this._begin(signals, options || p.none), decided = new Array(p.names.length);
    for (let i = 0; i < p.signals.length; i++) read(facts, i);
    facts.needs = null;
    if (p.names.length) this._decided(facts, 0, p.names.length, decided);
    return new Decisions(this, decided, end(facts), facts.forced);
  }

  _begin(signals, options) {
    const facts = begin(this._p, signals, options);
    return options.state == null ? facts : reject(204);
  }

  /** `decide` of decide.js. */
  _decided(facts, first, end, decided, blocked) {
    return decide(facts, first, end, reasonForAll(facts), decided, blocked);
  }

  _decision(number, decided, classes) {
    return new Decision(this._p.names[number], this._p, number, decided, classes);
  }
}
