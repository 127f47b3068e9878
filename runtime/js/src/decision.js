// What a caller is told.
import { DEFAULTS } from "./decide.js";
import { readBy } from "./reads.js";
import { MISSING } from "./signals.js";

/** What a surface shows and why. Everything but the surface is worked out when it is asked for. */
export class Decision {
  /**
   * `p` null: the bundle has no such surface, and `decided` is the caller's default.
   * `classes` null: no signal is missing; a number: a bit for each that the surface reads.
   */
  constructor(surface, p, number, decided, classes) {
    this.surface = surface;
    this._p = p;
    this._number = number;
    this._decided = decided;
    this._classes = classes;
  }

  /** The rule that fires; -1: none. */
  get _rule() {
    return this._p ? (this._decided >> 10) - 1 : -1;
  }

  /** The variant that shows, by its place on the surface. */
  get _place() {
    return this._rule < 0 ? this._p.defaults[this._number] : this._decided & 1023;
  }

  _idOf(place) {
    const p = this._p;
    return p.ids[p.variants[p.variantAt[this._number] + place]];
  }

  get variant() {
    return this._p ? this._idOf(this._place) : null;
  }

  /** A copy of its own each time. */
  get content() {
    const p = this._p;
    if (!p) return this._decided;
    if (!p.contents) return null;
    p.reader.move(p.contents[p.variantAt[this._number] + this._place], p.bytes.length);
    return p.reader.json(0);
  }

  /** All that a decision says but for what shows. */
  _why() {
    const { _p: p, _number: surface, _decided: decided, _classes: classes, _rule: rule } = this;
    const isSplit = rule >= 0 && !!p.gates[rule].split;
    const texts = rule >= 0 && p.explanations && p.explanations[rule];
    return {
      reason: !p ? "NO_SURFACE" : rule < 0 ? DEFAULTS[decided] : isSplit ? "SPLIT" : "RULE_MATCH",
      rule: rule < 0 ? null : p.ruleIds ? p.ruleIds[rule] : rule - p.ruleAt[surface],
      explanation: texts ? texts[p.language] ?? null : null,
      explanations: { ...texts },
      // Of forbidden, switched off and expired surfaces none.
      unknown: !classes || (decided > 0 && decided < 4) ? [] : readBy(p, surface)
        .filter((signal, i) => (typeof classes === "number" ? (classes >> i) & 1 : classes[signal] === MISSING))
        .map((signal) => p.signals[signal].name),
      experiment: (isSplit && p.experimentIds && p.experimentIds[p.outcomes[rule]]) || null,
      arm: isSplit ? this._idOf(decided & 1023) : null,
      forced: false,
    };
  }

  toJSON() {
    const { surface, variant, content } = this;
    return { surface, variant, content, ...this._why() };
  }
}

for (const field of Object.keys(new Decision()._why())) {
  Object.defineProperty(Decision.prototype, field, {
    get() {
      return this._why()[field];
    },
  });
}

/** The decisions of all surfaces: an array of numbers, and a Decision for whoever looks. */
export class Decisions {
  constructor(bundle, decided, classes, forced) {
    this._bundle = bundle;
    this._decided = decided;
    this._classes = classes;
    this._forced = forced;
  }

  get size() {
    return this._decided.length;
  }

  /** The names of the surfaces, in declared order. */
  keys() {
    return this._bundle.surfaces;
  }

  /** The decision for a surface; undefined: the bundle does not have it. */
  get(surface) {
    return this.at(this._bundle._p.numbers.get(surface));
  }

  /** The decision for the surface of this number in declared order; undefined: there is none. */
  at(number) {
    const told = this._decided[number];
    return told >= 0 ? this._bundle._decision(number, told, this._classes, this._forced) : undefined;
  }

  /** Pairs of surface and decision. */
  [Symbol.iterator]() {
    return this.keys().map((name, i) => [name, this.at(i)]).values();
  }
}
