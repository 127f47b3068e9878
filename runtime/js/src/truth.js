// Whether a condition holds: strong Kleene, FORMAT.md section 6.2. 1 is true, -1 false, 0 unknown.
import { EXISTS, HAS, IS, SEGMENT } from "./conditions.js";
import { MISSING } from "./signals.js";
import { size } from "./utf8.js";

/** The truth of a condition by its number: bodies, segments, rules, in this order. */
export function truth(facts, condition) {
  const { p } = facts;
  return walk(facts, p.shapes[p.shapeOf[condition]].node, p.from[condition], literal);
}

/** `ask` says what a literal is. */
function walk(facts, node, from, ask, element, value) {
  if (typeof node === "number") return ask(facts, from + node, element, value);
  if (typeof node === "boolean") return node ? 1 : -1;
  const { any, terms } = node, stop = any ? 1 : -1;
  let found = -stop;
  for (let i = 0; i < terms.length; i++) {
    const term = walk(facts, terms[i], from, ask, element, value);
    if (term === stop) return stop;
    if (term === 0) found = 0;
  }
  return found;
}

/** The truth of a literal by its number. */
export function literal(facts, number) {
  const { p } = facts, test = p.literals[number], op = p.ops[test], plain = op & 127;
  let found;
  if (plain === SEGMENT) found = segment(facts, p.args[number]);
  else {
    const signal = p.tested[test], kind = facts.classes[signal];
    if (plain === HAS) found = kind === MISSING ? -1 : 1;
    else if (kind === MISSING) return 0;
    else if (plain === EXISTS) found = exists(facts, p.args[number], signal) ? 1 : -1;
    else if (plain > EXISTS - 2) found = facts.elements[signal].includes(p.args[number]) ? 1 : -1;
    else found = holds(plain, p.args[number], kind, facts.values[signal]) ? 1 : -1;
  }
  return op > 127 ? -found : found;
}

/** Whether a value, or an element of a list, passes a test. */
function holds(op, arg, kind, value) {
  switch (op) {
    case 2:
      return kind === 1;
    case 3:
      return kind < arg;
    case 4:
      return kind <= arg;
    case 5:
      return kind > arg;
    case 6:
      return kind >= arg;
    case IS:
      return kind === arg;
    case 12:
      return value.startsWith(arg);
    case 13:
      return value.endsWith(arg);
    case 14:
      return value.includes(arg);
  }
  if (op < IS) return arg.includes(kind);
  const n = typeof value === "string" ? size(value) : value.length;
  return op === 16 ? n < arg : op === 17 ? n <= arg : op === 18 ? n > arg : op === 19 ? n >= arg : n === arg;
}

function exists(facts, body, signal) {
  const { p } = facts, { node } = p.shapes[p.shapeOf[body]], from = p.from[body];
  const elements = facts.elements[signal], values = facts.values[signal];
  return elements.some((element, i) => walk(facts, node, from, ofElement, element, values[i]) > 0);
}

function ofElement({ p }, number, element, value) {
  const op = p.ops[p.literals[number]];
  return holds(op & 127, p.args[number], element, value) === op < 128 ? 1 : -1;
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
