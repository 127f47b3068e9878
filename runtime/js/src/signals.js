// What a signal says in one call: FORMAT.md section 6.1.
import { ordered } from "./conditions.js";
import { size, wellFormed } from "./utf8.js";
import { BOOL, DOUBLE, ENUM, LIST, NUMBER, PART, VERSION } from "./values.js";

/** The class of a signal that is missing. */
export const MISSING = -1;

/** A signal's value with the time it was observed, in epoch ms. */
export class Observed {
  constructor(value, at) {
    this.value = value;
    this.at = at;
  }
}

/** How many classes a signal's values fall into, besides being missing. */
export function classesOf({ type, values }) {
  if (type === BOOL) return 2;
  return ordered(type) ? 2 * values.length + 1 : values.length + (type !== ENUM);
}

/**
 * The class of a value, all that most tests ask: of bools 0 or 1; in an order 2i + 1 for value i and
 * 2i for what lies before it; of texts the index of the value, or one more than the last; of lists 0.
 * `facts` keeps the values that other tests and units ask, by the signal's number.
 */
export function classify(signal, number, value, facts) {
  if (typeof value === "object" && value instanceof Observed) {
    const { at } = value;
    if (signal.age < Infinity && !(Number.isInteger(at) && facts.now - at <= signal.age)) return MISSING;
    value = value.value;
  }
  const { type } = signal;
  if (type === BOOL) return value === true ? 1 : value === false ? 0 : MISSING;
  if (type === NUMBER || type === DOUBLE) {
    if (typeof value !== "number" || !(value >= signal.least && value <= signal.most)) return MISSING;
    if (type === NUMBER) {
      if (!Number.isSafeInteger(value)) return MISSING;
      facts.values[number] = value;
    } else if (value - value !== 0) return MISSING;
    return find(signal, value);
  }
  if (type === LIST) return list(signal, number, value, facts);
  if (typeof value !== "string") return MISSING;
  if (type === VERSION) return version(signal, value);
  facts.values[number] = value;
  return text(signal, value);
}

/** Twice the number of values below this one, and one more if it is there. */
export function find(signal, value) {
  const { values } = signal, low = below(signal, value);
  return 2 * low + (low < values.length && values[low] === value ? 1 : 0);
}

/**
 * How many values are below this one. The way from the first to the last is cut into as many equal
 * parts as there are values; `index` says how many values lie before each part.
 */
function below(signal, value) {
  const { values } = signal, count = values.length;
  if (!count || value <= values[0]) return 0;
  if (value > values[count - 1]) return count;
  const index = signal.index || indexed(signal), part = ((value - values[0]) * signal.scale) | 0;
  let low = index[part], high = index[part + 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function indexed(signal) {
  const { values } = signal, count = values.length, scale = count / (values[count - 1] - values[0]);
  signal.scale = scale < Infinity ? scale : 0;
  const index = new Int32Array(count + 3);
  for (const value of values) index[(((value - values[0]) * signal.scale) | 0) + 1]++;
  for (let i = 1; i < index.length; i++) index[i] += index[i - 1];
  return (signal.index = index);
}

function text(signal, value) {
  if (!signal.map) signal.map = new Map(signal.values.map((one, i) => [one, i]));
  const found = signal.map.get(value);
  if (signal.type === ENUM) return found === undefined ? MISSING : found;
  if (value.length > signal.length && size(value) > signal.length) return MISSING;
  if (found !== undefined) return found;
  return wellFormed(value) ? signal.values.length : MISSING;
}

function version(signal, value) {
  let part = 0, digits = 0, number = 0, high = 0, rest = 0;
  for (let i = 0; i <= value.length; i++) {
    // The end is like a dot.
    const digit = i < value.length ? value.charCodeAt(i) - 48 : -2;
    if (digit === -2) {
      if (!digits || number >= PART) return MISSING;
      if (part < 2) high += part ? number : number * PART;
      else rest += part > 2 ? number : number * PART;
      if (++part > 4) return MISSING;
      number = digits = 0;
    } else {
      if (!(digit >= 0 && digit < 10) || ++digits > 8) return MISSING;
      number = number * 10 + digit;
    }
  }
  const { values, low } = signal;
  let start = below(signal, high);
  while (start < values.length && values[start] === high && low[start] < rest) start++;
  return 2 * start + (start < values.length && values[start] === high && low[start] === rest ? 1 : 0);
}

function list(signal, number, value, facts) {
  if (!Array.isArray(value) || value.length > signal.items) return MISSING;
  const classes = [];
  for (let i = 0; i < value.length; i++) {
    const element = value[i], found = typeof element === "string" ? text(signal, element) : MISSING;
    if (found < 0) return MISSING;
    classes.push(found);
  }
  facts.values[number] = value;
  facts.elements[number] = classes;
  return 0;
}
