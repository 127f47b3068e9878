// Signals as explanations show them: a value, or why it is missing.
import {
  EXACT, LEAST, Observed, SINCE, TOP, isMissing, size, valueOf, wellFormed,
} from "./explain-access.js";
import { TYPES, derivedOf, dotted, isDuration, roleOf, valueText } from "./explain-notation.js";
import { lacksItem } from "./explain-state.js";

const BOOL = 0, INT = 1, DOUBLE = 2, STRING = 3, ENUM = 4, VERSION = 5;
const SENSITIVE = 2;
/** By role, how many of its first arguments are items. */
const OF_ITEMS = [1, 1, 1, 1, 2, 0, 0, 0, 0, 1, 1, 0, 0];
export const NOT_OBSERVED = "not observed yet";

/** Without the fields that are null: nothing but JSON, in the order of its fields. */
export function plain(fields) {
  for (const name in fields) if (fields[name] == null) delete fields[name];
  return fields;
}

/** A signal as it was in this call. */
export function signalView(scene, number) {
  const { p, facts, consent } = scene, signal = p.signals[number], role = roleOf(p, number);
  const type = isDuration(role) ? "duration" : TYPES[signal.type];
  const view = { name: signal.name, type, value: null, missing: null, given: null };
  const { audit } = scene;
  let hidden = !scene.reveal && (!audit || audit.sensitivities[number] === SENSITIVE);
  if (!isMissing(facts, number)) {
    if (!hidden) view.value = jsonOf(signal, valueOf(facts, number));
  } else if (role !== undefined) {
    view.missing = whyNotThere(scene, number, role);
    if (view.missing !== NOT_OBSERVED) hidden = false;
    else if (!hidden) view.soFar = soFar(scene, number);
  } else {
    const [why, given] = whyMissing(signal, facts, number, consent);
    view.missing = why;
    if (given == null) hidden = false;
    else if (!hidden) view.given = valueText(given);
  }
  const { soFar: so_far, ...rest } = view;
  return plain({ ...rest, hidden, so_far });
}

function jsonOf({ type }, value) {
  if (type === VERSION) return dotted(value.split(".").map(Number));
  if (type === INT) return value + 0; // there is one zero
  return Array.isArray(value) ? value.slice() : value;
}

/** Why an aggregate has no value. */
function whyNotThere({ p, look, consent }, number, role) {
  if (!look) return "no state";
  if (look.off) return "switched off";
  const { purpose } = p.signals[number], items = derivedOf(p, number).args.slice(0, OF_ITEMS[role]);
  if (purpose !== null && !consent.includes(purpose)) return "no consent";
  if (items.some((item) => lacksItem(look, p.memory.items[item]))) return "no consent";
  return role === SINCE || role === TOP ? "never yet" : NOT_OBSERVED;
}

/** What is sure of an aggregate, if it only ever grows. */
function soFar({ p, facts }, number) {
  const least = leastOf(p, number);
  return least < 0 || isMissing(facts, least) ? null : valueOf(facts, least);
}

/** The signal that says what an exact one is at least; -1: there is none. */
export function leastOf(p, number) {
  const own = derivedOf(p, number);
  if (own.role !== EXACT) return -1;
  const at = p.memory.derived.findIndex(({ role, args }) => role === LEAST && args[0] === own.args[0]);
  return at < 0 ? at : p.memory.derivedAt + at;
}

/** Why a signal that is missing is so, and what was given in its place, if that may be told. */
function whyMissing(signal, facts, number, consent) {
  const given = facts.given[number], value = valueOf(facts, number);
  if (signal.purpose !== null && !consent.includes(signal.purpose)) return ["no consent"];
  if (given === undefined) return ["absent"];
  if (value == null) return ["null"];
  if (given instanceof Observed && signal.age < Infinity) {
    if (!Number.isInteger(given.at)) return ["wrong type"]; // no time: nobody can say how old it is
    if (facts.now - given.at > signal.age) return ["too old", value];
  }
  return [faultOf(signal, value), value];
}

function faultOf(signal, value) {
  const { type } = signal;
  if (type === BOOL) return "wrong type";
  if (type === INT || type === DOUBLE) {
    // A bigint that a number could hold should have been one.
    if (typeof value === "bigint" && !Number.isSafeInteger(Number(value))) return "out of domain";
    if (typeof value !== "number") return "wrong type";
    if (value - value !== 0) return "ill-formed";
    return type === INT && value % 1 ? "wrong type" : "out of domain";
  }
  if (type >= STRING && type <= VERSION) {
    if (typeof value !== "string") return "wrong type";
    if (type === STRING) return textFault(signal, value);
    if (type === ENUM || /^[0-9]{1,8}(\.[0-9]{1,8}){0,3}$/.test(value)) return "out of domain";
    return "ill-formed";
  }
  if (!Array.isArray(value)) return "wrong type";
  if (value.length > signal.items) return "too long";
  for (const element of value) {
    if (typeof element !== "string") return "wrong type";
    const fault = textFault(signal, element);
    if (fault) return fault;
  }
  return null;
}

function textFault(signal, text) {
  return !wellFormed(text) ? "ill-formed" : size(text) > signal.length ? "too long" : null;
}
