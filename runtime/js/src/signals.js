// What a signal says in one call: FORMAT.md section 6.1.
import { size, wellFormed } from "./utf8.js";
import { BOOL, DOUBLE, ENUM, LIST, NUMBER, PART, STRING, VERSION, ordered, versionKey } from "./values.js";

/** The class of a signal that is missing. */
export const MISSING = -1;

/** Versions that a signal remembers the classes of. */
const VERSIONS = 1000;

/** A signal's value with the time it was observed, in epoch ms. */
export class Observed {
  constructor(value, at) {
    this.value = value;
    this.at = at;
  }
}

/** The value of one that was observed in time for a signal; null: too long ago. */
export function timely(signal, { value, at }, now) {
  return (Number.isInteger(at) || signal.age === Infinity) && !(now - at > signal.age) ? value : null;
}

/** How many classes a signal's values fall into, besides being missing. */
export const classesOf = ({ type, values }) => (ordered(type) ? 2 * values.length : values.length) + 2;

/**
 * The class of a value, all that most tests ask: of bools 0 or 1; in an order 2i + 1 for value i and
 * 2i for what lies before it; of texts the index of the value, or one more than the last; of lists 0.
 * `facts` keeps the values that other tests and units ask, by the signal's number.
 */
export function classify(signal, number, value, facts) {
  const { type } = signal;
  if (typeof value === "string") {
    if (type === VERSION) return version(signal, value);
    if (type !== STRING && type !== ENUM) return MISSING;
    facts.values[number] = value;
    return text(signal, value);
  }
  if (typeof value === "number") {
    if (type === NUMBER ? !Number.isSafeInteger(value) : type !== DOUBLE || value - value !== 0) return MISSING;
    if (value < signal.least || value > signal.most) return MISSING;
    if (type === NUMBER) facts.values[number] = value;
    return find(signal, value);
  }
  if (type === BOOL) return value === true ? 1 : value === false ? 0 : MISSING;
  return type === LIST ? list(signal, number, value, facts) : MISSING;
}

/** Twice the number of values below this one, and one more if it is there. */
export function find({ values }, value) {
  let low = 0, high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return 2 * low + (values[low] === value ? 1 : 0);
}

/** The class of a text. */
export function text(signal, value) {
  const { type, values, length } = signal;
  const found = (signal.map || (signal.map = new Map(values.map((one, i) => [one, i])))).get(value);
  if (type === ENUM) return found ?? MISSING;
  if (value.length > length && size(value) > length) return MISSING;
  return found ?? (wellFormed(value) ? values.length : MISSING);
}

function version(signal, value) {
  const map = signal.map || (signal.map = new Map());
  let found = map.get(value);
  if (found === undefined) {
    const parts = value.split(".");
    found = /^\d{1,8}(\.\d{1,8}){0,3}$/.test(value) && parts.every((part) => part < PART)
      ? find(signal, versionKey(parts)) : MISSING;
    if (map.size > VERSIONS) map.clear();
    if (value.length < 40) map.set(value, found);
  }
  return found;
}

function list(signal, number, value, facts) {
  if (!Array.isArray(value) || value.length > signal.items) return MISSING;
  const classes = facts.elements[number];
  let i = 0;
  for (; i < value.length; i++) {
    const element = value[i], found = typeof element === "string" ? text(signal, element) : MISSING;
    if (found < 0) return MISSING;
    classes[i] = found;
  }
  // What is left of a longer list; making an array shorter takes longer.
  for (; i < classes.length; i++) classes[i] = MISSING;
  facts.values[number] = value;
  return 0;
}
