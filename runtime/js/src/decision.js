// What a caller is told.
import { DEFAULTS, shownVariant } from "./decide.js";
import { readBy } from "./reads.js";
import { MISSING } from "./signals.js";

const STANDINGS = ["", "KEPT", "ARM_BLOCKED", "HOLDOUT", "HOLDOUT_NO_UNIT"];
const BLOCKED = 2;

/** What a surface shows and why. Everything but the surface is worked out when it is asked for. */
export class Decision {
  /**
   * `p` null: the bundle has no such surface, and `decided` is the caller's default.
   * `classes` null: no signal is missing; a number: a bit for each that the surface reads.
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

  get variant() {
    const p = this._p;
    return p ? idOf(p, this._number, shownVariant(p, this._number, this._decided)) : null;
  }

  /** A copy of its own each time. */
  get content() {
    const p = this._p;
    if (!p) return this._decided;
    if (!p.contents) return null;
    const place = shownVariant(p, this._number, this._decided);
    p.reader.move(p.contents[p.variantAt[this._number] + place], p.bytes.length);
    return p.reader.json(0);
  }

  toJSON() {
    const { surface, variant, content } = this;
    return { surface, variant, content, ...why(this) };
  }
}

const idOf = (p, surface, place) => p.ids[p.variants[p.variantAt[surface] + place]];

/** All that a decision says but for what shows. */
function why({ _p: p, _number: surface, _decided: decided, _classes: classes, _forced: forcedOnes, _rule: rule }) {
  const memory = p && p.memory, standing = rule >= 0 && memory ? memory.standing[rule] : 0;
  // Of rules that nobody wrote nothing is told.
  const written = standing > BLOCKED ? -1 : rule, isWritten = written >= 0;
  const tried = isWritten && memory ? memory.experiment[rule] - 1 : -1;
  const isEnrolled = isWritten && !!((p.gates[rule] && p.gates[rule].split) || tried >= 0);
  const texts = rule >= 0 && standing < BLOCKED && p.explanations && p.explanations[rule];
  return {
    reason: !p ? "NO_SURFACE" : rule < 0 ? DEFAULTS[decided] : STANDINGS[standing] || (isEnrolled ? "SPLIT" : "RULE_MATCH"),
    rule: !isWritten ? null : p.ruleIds ? p.ruleIds[rule] : memory ? memory.written[rule] : rule - p.ruleAt[surface],
    explanation: texts ? texts[p.language] ?? null : null,
    explanations: { ...texts },
    // Of forbidden, switched off and expired surfaces none.
    unknown: !classes || (decided > 0 && decided < 4) ? [] : readBy(p, surface)
      .filter((signal, i) => (typeof classes === "number" ? (classes >> i) & 1 : classes[signal] === MISSING))
      .map((signal) => p.signals[signal].name).filter((name) => !memory || !name.includes(".")),
    experiment: isEnrolled ? experimentOf(p, rule, tried) : null,
    arm: isEnrolled ? idOf(p, surface, decided & 1023) : null,
    forced: tried >= 0 && !!forcedOnes && forcedOnes.has(tried),
  };
}

for (const field of ["reason", "rule", "explanation", "explanations", "unknown", "experiment", "arm", "forced"]) {
  Object.defineProperty(Decision.prototype, field, {
    get() {
      return why(this)[field];
    },
  });
}

/** Only splits have ids: a rule that shows a stored arm goes by a split of the same experiment. */
function experimentOf({ gates, memory, experimentIds }, rule, tried) {
  let split = -1;
  for (let other = 0; experimentIds && other < gates.length; other++) {
    const name = gates[other] && gates[other].split ? experimentIds[++split] : "";
    if (name && (other === rule || (tried >= 0 && memory.experiment[other] - 1 === tried))) return name;
  }
  return null;
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
    return [...this._p.names];
  }

  /** The decision for a surface; undefined: the bundle does not have it. */
  get(surface) {
    const number = this._p.numbers.get(surface);
    return number >= 0 ? this.at(number) : undefined;
  }

  /** The decision for the surface of this number in declared order; undefined: there is none. */
  at(number) {
    const p = this._p;
    return p.names[number] && new Decision(p.names[number], p, number, this._decided[number], this._classes, this._forced);
  }

  /** Pairs of surface and decision. */
  [Symbol.iterator]() {
    return this._p.names.map((name, i) => [name, this.at(i)]).values();
  }
}
