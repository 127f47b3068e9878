// A bundle that may remember: section 6 is read, and a state asked. STATE.md section 4.
import { Bundle as Plain } from "./bundle.js";
import { bytesOf } from "./bytes.js";
import { decide, reasonForAll } from "./decide.js";
import { Decision } from "./decision.js";
import { decodeBundle } from "./decode.js";
import { decodeDebug, decodeMemory } from "./memory.js";
import { begin, decideGroup, prepare, shownPlace } from "./remember.js";

const STANDINGS = ["", "KEPT", "ARM_BLOCKED", "HOLDOUT", "HOLDOUT_NO_UNIT"];
const BLOCKED = 2, OPTED_OUT = 2;

/** A loaded bundle. */
export class Bundle extends Plain {
  static load(bytes) {
    return new Bundle(prepare(decodeBundle(bytesOf(bytes, 206), { 4: decodeDebug, 6: decodeMemory })));
  }

  _begin(signals, options) {
    return begin(this._p, signals, options);
  }

  _decided(facts, first, end, decided, blocked) {
    const { memory } = facts.p, reason = facts.off ? OPTED_OUT : reasonForAll(facts);
    if (memory && !reason && !decided && memory.groupOf[first] >= 0) return decideGroup(facts, memory.groupOf[first], first);
    const told = decide(facts, first, end, reason, decided, blocked);
    if (memory && !reason && decided) memory.groups.forEach((_, group) => decideGroup(facts, group, -1, decided));
    return told;
  }

  _decision(number, decided, classes, forced) {
    return new Remembered(this._p, number, decided, classes, forced);
  }
}

class Remembered extends Decision {
  /** `forced`: the experiments whose arms are; or null. */
  constructor(p, number, decided, classes, forced) {
    super(p.names[number], p, number, decided, classes);
    this._forced = forced;
  }

  get _place() {
    return shownPlace(this._p, this._number, this._decided);
  }

  _why() {
    const why = super._why(), { _p: p, _rule: rule, _forced: forced } = this, { memory } = p;
    if (!memory) return why;
    why.unknown = why.unknown.filter((name) => !name.includes("."));
    if (rule < 0) return why;
    // Of rules that nobody wrote nothing is told.
    const standing = memory.standing[rule], isWritten = standing <= BLOCKED;
    const tried = isWritten ? memory.experiment[rule] - 1 : -1, isEnrolled = isWritten && (tried >= 0 || why.arm !== null);
    why.reason = STANDINGS[standing] || (isEnrolled ? "SPLIT" : "RULE_MATCH");
    if (!isWritten) why.rule = null;
    else if (!p.ruleIds) why.rule = memory.written[rule];
    if (standing >= BLOCKED) {
      why.explanation = null;
      why.explanations = {};
    }
    why.experiment = isEnrolled ? experimentOf(p, rule, tried) : null;
    why.arm = isEnrolled ? this._idOf(this._decided & 1023) : null;
    why.forced = tried >= 0 && !!forced && forced.has(tried);
    return why;
  }
}

/** Only splits have ids: a rule that shows a stored arm goes by a split of the same experiment. */
function experimentOf({ gates, outcomes, memory, experimentIds }, rule, tried) {
  for (let other = 0; experimentIds && other < gates.length; other++) {
    const name = gates[other].split ? experimentIds[outcomes[other]] : "";
    if (name && (other === rule || (tried >= 0 && memory.experiment[other] - 1 === tried))) return name;
  }
  return null;
}
