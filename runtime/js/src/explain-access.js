// All that explanations take from the insides of the evaluator: its tables, a call, what is true in
// it. Whoever changes those mends this file; the other explain files read nothing of them.
import { given, read } from "./call.js";
import { INCLUDES, SEGMENT } from "./conditions.js";
import { positionOf } from "./decide.js";
import { notesOf } from "./explain-notes.js";
import { readBy } from "./reads.js";
import { begin } from "./remember.js";
import { MISSING, Observed, find } from "./signals.js";
import { literal as truthOf } from "./truth.js";
import { VERSION, ordered } from "./values.js";

const COMMON = Object.prototype;

export { Observed } from "./signals.js";
export { size, wellFormed } from "./utf8.js";

/** Roles of machine signals (bundles/STATE.md 2.3). */
export const EXACT = 0, LEAST = 1, SINCE = 2, TOP = 3, FUNNEL = 4, FIRST_SEEN = 5, BLOCK = 7, HOLD = 8;
export const IN = 9, OUT = 10, ARM = 11, THEME = 12;

// ---------------------------------------------------------------- a bundle

/** What only people ask of a bundle. */
export const notes = ({ bytes, signals, segments }) => notesOf(bytes, signals.length, segments);

/** A surface by its number. */
export function surfaceOf(p, number) {
  const variants = [];
  for (let v = p.variantAt[number]; v < p.variantAt[number + 1]; v++) variants.push(p.ids[p.variants[v]]);
  return {
    number,
    name: p.names[number],
    variants,
    default: p.defaults[number],
    forbidden: p.surfaceFlags[number] & 4,
    firstVariant: p.variantAt[number],
    firstRule: p.ruleAt[number],
    endRule: p.ruleAt[number + 1],
  };
}

/** The surface and the id of a variant by its number. */
export function variantName(p, variant) {
  const surface = p.names.findIndex((_, i) => variant < p.variantAt[i + 1]);
  return [p.names[surface], p.ids[p.variants[variant]]];
}

/** The signals that a surface reads, in declared order. */
export const signalsOf = (p, number) => readBy(p, number);

/** The segments that the rules of a surface use, directly or through others, in declared order. */
export function segmentsOf(p, { firstRule, endRule }) {
  const found = new Set(), waiting = [];
  for (let rule = firstRule; rule < endRule; rule++) waiting.push(ofRule(p, rule));
  while (waiting.length) {
    const condition = waiting.pop();
    for (let i = p.begins[condition]; i < p.begins[condition + 1]; i++) {
      const segment = p.args[i];
      if (p.literals[i].op !== SEGMENT || found.has(segment)) continue;
      found.add(segment);
      waiting.push(ofSegment(p, segment));
    }
  }
  return [...found].sort((left, right) => left - right);
}

/** What a rule asks besides its condition; a split's bucket or a variant is what it shows. */
export function gateOf(p, rule) {
  const own = p.gates[rule];
  return { ...own, variant: own.split ? null : p.outcomes[rule] };
}

/** The id that debug has for the split of a rule, or for another of the same experiment. */
export function experimentOf({ gates, memory }, debug, rule, experiment) {
  let split = -1;
  for (let other = 0; debug && other < gates.length; other++) {
    const name = gates[other].split ? debug.experiments[++split] : "";
    const same = memory && experiment >= 0 && memory.experiment[other] - 1 === experiment;
    if (name && (other === rule || same)) return name;
  }
  return null;
}

// ---------------------------------------------------------------- a call

/**
 * The facts of a call as it decides one surface: the evaluator's own, and in `given` what each signal
 * was read from. They are kept from the evaluator, which would use them again.
 */
export function factsOf(bundle, number, signals, options) {
  const p = bundle._p, { memory } = p, facts = begin(p, signals, options);
  p.signals.forEach((_, i) => read(facts, i));
  facts.needs = null;
  facts.given = p.signals.map(({ name }, i) => {
    if (memory && i >= memory.host) return i < memory.derivedAt ? undefined : facts.machine[name];
    const value = signals[name];
    // What every object has (`constructor`) nobody has said.
    const isCommon = (typeof value === "function" && value === COMMON[name]) || value === COMMON;
    const own = isCommon ? undefined : value;
    return given(own) ?? (facts.declared && facts.declared[name]) ?? own;
  });
  const group = memory ? memory.groupOf[number] : undefined;
  if (group !== undefined) {
    const theme = themeBefore(bundle, memory.groups[group], number, signals, options);
    if (theme) memory.derived.forEach(({ role, args }, i) => {
      if (role !== THEME || args[0] !== group) return;
      const signal = memory.derivedAt + i;
      facts.given[signal] = theme;
      facts.classes[signal] = find(p.signals[signal], theme);
    });
  }
  return facts;
}

/** The theme that the surfaces of a group before this one have set, plus one; 0: none has. */
function themeBefore(bundle, { surfaces, themeOf }, number, signals, options) {
  for (const one of surfaces) {
    if (one === number) break;
    const { name, variants, firstVariant } = surfaceOf(bundle._p, one);
    const shown = bundle.decide(name, signals, options).variant;
    const theme = themeOf[firstVariant + variants.indexOf(shown)];
    if (theme) return theme;
  }
  return 0;
}

/** The rule of the bundle that a decision is by, -1: none; and what it shows but for guardrails. */
export const decidedBy = ({ _decided }) => ({ rule: (_decided >> 10) - 1, variant: _decided & 1023 });

export const isMissing = (facts, signal) => facts.classes[signal] === MISSING;

/** What a signal was read from, without the time of observation. */
export function valueOf(facts, signal) {
  const given = facts.given[signal];
  return given instanceof Observed ? given.value : given;
}

/** The bucket of a rule's traffic, a split or the holdout; -1: the unit is missing. */
export const bucketOf = (facts, dealt) => positionOf(facts, dealt);

// ---------------------------------------------------------------- conditions

/** Numbers of conditions. */
export const ofRule = (p, rule) => p.first + rule;
export const ofSegment = (p, segment) => p.bodies + segment;

/**
 * A condition as a tree in which every part has its truth, 1, 0 for unknown, or -1, wherever the
 * evaluator stops: {constant}, {any, terms}, or a literal {op, negated, signal, argument, number}.
 */
export function judged(facts, condition) {
  const { p } = facts, from = p.begins[condition];
  return treeOf(p, condition, (place) => truthOf(facts, from + place));
}

/** The body of an EXISTS: the same without truths. */
export const bodyOf = (p, body) => treeOf(p, body, () => 0);

function treeOf(p, condition, truth) {
  const from = p.begins[condition];
  const build = (node) => {
    if (typeof node === "boolean") return { constant: node, truth: node ? 1 : -1 };
    if (typeof node === "number") return { ...literalAt(p, from + node), truth: truth(node) };
    return joined(node.any, node.terms.map(build));
  };
  return build(p.shapeOf[condition].node);
}

/** Terms as one condition: of three truths in order, *all* is the least and *any* the greatest. */
export function joined(any, terms) {
  const truths = terms.map((term) => term.truth);
  return { any, terms, truth: (any ? Math.max : Math.min)(...truths) };
}

function literalAt(p, number) {
  const { op, not: negated, tested } = p.literals[number], arg = p.args[number];
  const signal = op === SEGMENT ? -1 : tested;
  const valued = (op > 2 && op < 12) || op === INCLUDES;
  const constant = (index) => constantOf(p.signals[signal], index);
  const argument = !valued ? arg : Array.isArray(arg) ? arg.map(constant) : constant(arg);
  return { op, negated, signal, argument, number };
}

/** A constant by its class: a text, a number, or the parts of a version. */
function constantOf({ type, values }, kind) {
  // As `ordered` and `versionKey` of values.js have it.
  const index = ordered(type) ? (kind - 1) / 2 : kind;
  if (type !== VERSION) return values[index];
  const unit = (i) => values[index].charCodeAt(i);
  return [0, 2, 4, 6].map((i) => unit(i) * 8192 + unit(i + 1));
}

/** The first element of a list for which the body of an EXISTS holds; undefined: there is none. */
export function elementOf(facts, { signal, number, negated }) {
  if (isMissing(facts, signal)) return undefined;
  const elements = facts.elements[signal], values = facts.values[signal];
  const at = elements.findIndex((element, i) => {
    const alone = { ...facts, elements: { [signal]: [element] }, values: { [signal]: [values[i]] } };
    return truthOf(alone, number) === (negated ? -1 : 1);
  });
  return values[at];
}
