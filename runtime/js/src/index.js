// tacit-runtime: decides what a bundle says, where the person's data is.
import { bytesOf } from "./bytes.js";
import { begin, end, read } from "./call.js";
import { decodeBundle } from "./decode.js";
import { Decision, Decisions } from "./decision.js";
import { FEW, decide, decideGroup, reasonForAll } from "./decide.js";
import { reject } from "./errors.js";
import { look, planOf } from "./plans.js";
import { readBy } from "./reads.js";
import { Observed } from "./signals.js";
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
    return new Bundle(prepare(decodeBundle(bytesOf(bytes, 206))));
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
    const plan = p.calls >= FEW && planOf(p, number);
    let blocked;
    if (plan) blocked = look(facts, plan);
    else for (const signal of readBy(p, number)) read(facts, signal);
    facts.needs = p.needs[number];
    const reason = reasonForAll(facts), group = p.groupOf[number];
    const decided = group >= 0 && !reason ? decideGroup(facts, group, number) : decide(facts, number, number + 1, reason, null, blocked);
    return new Decision(surface, p, number, decided, end(facts, plan), facts.forced);
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
