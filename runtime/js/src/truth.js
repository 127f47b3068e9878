// Whether a condition holds: strong Kleene, FORMAT.md section 6.2. 1 is true, -1 false, 0 unknown.
import { EXISTS, HAS, INCLUDES, IS, SEGMENT } from "./conditions.js";
import { MISSING } from "./signals.js";
import { size } from "./utf8.js";

/** STARTS, ENDS, CONTAINS. */
const TEXTS = ["startsWith", "endsWith", "includes"];

/** The truth of a condition by its number: bodies, segments, rules, in this order. */
export const truth = (facts, condition) => {
  const { p } = facts;
  return walk(facts, p.shapeOf[condition].node, p.from[condition]);
};

/** With `element`, the class of a list's element that is `value`, a body is walked. */
function walk(facts, node, from, element, value) {
  if (typeof node === "number") return literal(facts, from + node, element, value);
  if (typeof node === "boolean") return node ? 1 : -1;
  const { any, terms } = node, stop = any ? 1 : -1;
  let found = -stop;
  for (let i = 0; i < terms.length; i++) {
    const term = walk(facts, terms[i], from, element, value);
    if (term === stop) return stop;
    if (!term) found = 0;
  }
  return found;
}

/** The truth of a literal by its number; with `element` as `walk`. */
export function literal(facts, number, element, value) {
  const { p, classes, elements, values } = facts, { op, not, signal } = p.literals[number];
  const arg = p.args[number], kind = element ?? classes[signal];
  let found;
  if (op === SEGMENT) found = segment(facts, arg);
  else if (op === HAS) found = kind === MISSING ? -1 : 1;
  else if (kind === MISSING) return 0;
  else {
    found = (op === EXISTS
      ? elements[signal].some((one, i) => one >= 0 && walk(facts, p.shapeOf[arg].node, p.from[arg], one, values[signal][i]) > 0)
      : op === INCLUDES ? elements[signal].includes(arg) : holds(op, arg, kind, value ?? values[signal])) ? 1 : -1;
  }
  return not ? -found : found;
}

/** Whether a value of a class, or an element of a list, passes a test. */
export function holds(op, arg, kind, value) {
  if (op === IS) return kind === arg;
  if (op === 2) return kind > 0;
  if (op > 7 && op < IS) return arg.includes(kind);
  if (op > IS && op < 15) return value[TEXTS[op - 12]](arg);
  // In the order of a signal's values, or of sizes.
  const n = op < IS ? kind : typeof value === "string" ? size(value) : value.length;
  return [n < arg, n <= arg, n > arg, n >= arg, n === arg][op < IS ? op - 3 : op - 16];
}

/** A segment's truth. The first that is asked brings all that the call may need, from the lowest up:
 * one upon another may be deeper than the stack. */
function segment(facts, number) {
  const { segments, needs, p } = facts;
  if (segments[number] === undefined) {
    const count = needs ? needs.length : p.segments;
    for (let k = 0; k < count; k++) {
      const i = needs ? needs[k] : k;
      segments[i] = truth(facts, p.bodies + i);
    }
  }
  return segments[number];
}
