// What a caller is told.
import { DEFAULTS, shownVariant } from "./decide.js";
import { readBy } from "./reads.js";
import { MISSING } from "./signals.js";

const STANDINGS = ["", "KEPT", "ARM_BLOCKED", "HOLDOUT", "HOLDOUT_NO_UNIT"];
const WRITTEN = 0, KEPT = 1, BLOCKED = 2;

/** What a surface shows and why. Everything but the surface is worked out when it is asked for. */
export class Decision {
  /**
   * `p` null: the bundle has no such surface, and `decided` is the caller's default.
   * `classes` null: no signal is missing.
   */
  constructor(surface, p, number, decided, classes, forced) {
    this.surface = surface;
    this._p = p;
    this._number = number;
    this._decided = decided;
    this._classes = classes;
    this._forced = forced;
  }

  /** The rule that fires; -1: none. */
  get _rule() {
    return this._p ? (this._decided >> 10) - 1 : -1;
  }

  /** What the rule is to the one as written. */
  get _standing() {
    const rule = this._rule, memory = this._p && this._p.memory;
    return rule >= 0 && memory ? memory.standing[rule] : WRITTEN;
  }

  /** The rule, when somebody wrote it; -1: none. */
  get _written() {
    return this._standing > BLOCKED ? -1 : this._rule;
  }

  /** The experiment of section 6 that the rule belongs to; -1: none. */
  get _tried() {
    const rule = this._written, memory = this._p && this._p.memory;
    return rule >= 0 && memory ? memory.experiment[rule] - 1 : -1;
  }

  get _enrolled() {
    const rule = this._written, gate = rule >= 0 && this._p.gates[rule];
    return (gate && gate.split) || this._tried >= 0;
  }

  _id(place) {
    const p = this._p;
    return p.ids[p.variants[p.variantAt[this._number] + place]];
  }

  get variant() {
    const p = this._p;
    return p ? this._id(shownVariant(p, this._number, this._decided)) : null;
  }

  /** A copy of its own each time. */
  get content() {
    const p = this._p;
    if (!p) return this._decided;
    const place = shownVariant(p, this._number, this._decided);
    if (!p.contents) return null;
    p.reader.move(p.contents[p.variantAt[this._number] + place], p.bytes.length);
    return p.reader.json(0);
  }

  get reason() {
    if (!this._p) return "NO_SURFACE";
    if (this._rule < 0) return DEFAULTS[this._decided];
    return STANDINGS[this._standing] || (this._enrolled ? "SPLIT" : "RULE_MATCH");
  }

  get rule() {
    const rule = this._written;
    if (rule < 0) return null;
    const { ruleIds, memory, ruleAt } = this._p;
    return ruleIds ? ruleIds[rule] : memory ? memory.written[rule] : rule - ruleAt[this._number];
  }

  get explanations() {
    const rule = this._standing < BLOCKED ? this._rule : -1;
    return rule < 0 ? {} : { ...(this._p.explanations || [])[rule] };
  }

  get explanation() {
    const texts = this.explanations, language = this._p && this._p.language;
    return Object.keys(texts).includes(language) ? texts[language] : null;
  }

  get unknown() {
    // Of forbidden, switched off and expired surfaces none.
    if (!this._classes || (this._decided > 0 && this._decided < 4)) return [];
    const p = this._p, classes = this._classes, names = [];
    for (const signal of readBy(p, this._number)) {
      const { name } = p.signals[signal];
      if (classes[signal] === MISSING && !(p.memory && name.includes("."))) names.push(name);
    }
    return names;
  }

  get experiment() {
    const rule = this._written, tried = this._tried;
    if (rule < 0 || !this._p.experimentIds) return null;
    const { gates, memory, experimentIds } = this._p;
    // Only splits have ids: a rule that shows a stored arm goes by a split of the same experiment.
    let split = -1;
    for (let other = 0; other < gates.length; other++) {
      const name = gates[other] && gates[other].split ? experimentIds[++split] : "";
      if (name && (other === rule || (tried >= 0 && memory.experiment[other] - 1 === tried))) return name;
    }
    return null;
  }

  get arm() {
    return this._enrolled ? this._id(this._decided & 1023) : null;
  }

  get forced() {
    const tried = this._tried;
    return tried >= 0 && !!this._forced && this._forced.has(tried);
  }

  toJSON() {
    const { surface, variant, content, reason, rule, explanation, explanations } = this;
    const { unknown, experiment, arm, forced } = this;
    return {
      surface, variant, content, reason, rule, explanation, explanations, unknown, experiment, arm, forced,
    };
  }
}

/** The decisions of all surfaces: an array of numbers, and a Decision for whoever looks. */
export class Decisions {
  constructor(p, decided, classes, forced) {
    this._p = p;
    this._decided = decided;
    this._classes = classes;
    this._forced = forced;
  }

  get size() {
    return this._decided.length;
  }

  /** The names of the surfaces, in declared order. */
  keys() {
    return this._p.names.slice();
  }

  /** The decision for a surface; undefined: the bundle does not have it. */
  get(surface) {
    const number = this._p.numbers.get(surface);
    return number === undefined ? number : this.at(number);
  }

  /** The decision for the surface of this number in declared order. */
  at(number) {
    const p = this._p;
    return new Decision(p.names[number], p, number, this._decided[number], this._classes, this._forced);
  }

  /** Pairs of surface and decision. */
  *[Symbol.iterator]() {
    for (let i = 0; i < this.size; i++) yield [this._p.names[i], this.at(i)];
  }
}
