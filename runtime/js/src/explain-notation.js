// Tests and values in the notation of the source language, for people.
import { FIRST_SEEN, SINCE, bodyOf } from "./explain-access.js";

const LONGEST_TEXT = 60, MOST_ITEMS = 8;
export const TYPES = ["bool", "int", "double", "string", "enum", "version", "string_list"];
const RELATIONS = { 3: "<", 4: "<=", 5: ">", 6: ">=", 16: "<", 17: "<=", 18: ">", 19: ">=" };
const AFFIXES = { 12: "startsWith", 13: "endsWith", 14: "contains" };
const HAS = 1, IS_TRUE = 2, IS = 11, SIZE_EQ = 20, INCLUDES = 24, SEGMENT = 26;
const DOUBLE = 2;

/** What a machine signal is worked out from; undefined for others. */
export function roleOf(p, signal) {
  const derived = derivedOf(p, signal);
  return derived && derived.role;
}

export const derivedOf = ({ memory }, signal) =>
  memory && signal >= memory.derivedAt ? memory.derived[signal - memory.derivedAt] : undefined;

/** Machine signals that are lengths of time. */
export const isDuration = (role) => role === SINCE || role === FIRST_SEEN;

/** One test as an expression; inside a body it is over the element. */
export function literalText(scene, literal, inBody) {
  const { p } = scene, { op, negated, signal, argument } = literal;
  if (op === SEGMENT) return (negated ? "!" : "") + segmentName(scene, argument);
  const name = inBody ? "v" : p.signals[signal].name, bang = negated ? "!" : "";
  const constant = (value) => constantText(p, signal, value);
  const wrapped = (test) => (negated ? `!(${test})` : test);
  const equals = negated ? "!=" : "==";
  if (op === HAS) return `${bang}has(${name})`;
  if (op === IS_TRUE) return bang + name;
  if (op < 7) return `${name} ${RELATIONS[op]} ${constant(argument)}`;
  if (op < IS) return wrapped(`${name} in [${listed(argument, constant)}]`);
  if (op === IS) return `${name} ${equals} ${constant(argument)}`;
  if (op in AFFIXES) return `${bang}${name}.${AFFIXES[op]}(${quoted(argument)})`;
  if (op in RELATIONS) return `size(${name}) ${RELATIONS[op]} ${argument}`;
  if (op === SIZE_EQ) return `size(${name}) ${equals} ${argument}`;
  if (op === INCLUDES) return wrapped(`${quoted(argument)} in ${name}`);
  return `${bang}${name}.exists(v, ${bodyText(scene, bodyOf(p, argument))})`;
}

function bodyText(scene, node, within) {
  if (node.constant !== undefined) return String(node.constant);
  if (!node.terms) return literalText(scene, node, true);
  const text = node.terms.map((term) => bodyText(scene, term, true)).join(node.any ? " || " : " && ");
  return within ? `(${text})` : text;
}

export const segmentName = ({ debug }, segment) => (debug ? debug.segments[segment] : `segment ${segment}`);

function constantText(p, signal, value) {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `version("${dotted(value)}")`;
  if (value >= 0 && isDuration(roleOf(p, signal))) return `duration("${span(value, 1).replace(/ /g, "")}")`;
  return p.signals[signal].type === DOUBLE ? decimal(value) : String(value);
}

function listed(items, text) {
  const shown = items.slice(0, MOST_ITEMS).map(text);
  if (items.length > MOST_ITEMS) shown.push(`… ${items.length - MOST_ITEMS} more`);
  return shown.join(", ");
}

/** A value on one line and not too long; of a double it shows that it is one. */
export function valueText(value, type) {
  if (value == null || typeof value === "boolean") return String(value ?? null);
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${listed(value, (item) => valueText(item))}]`;
  if (typeof value === "number") {
    const whole = type !== "double" && Number.isSafeInteger(value) && !Object.is(value, -0);
    return whole ? String(value) : decimal(value);
  }
  if (typeof value === "bigint") {
    const bits = value.toString(2).replace("-", "").length;
    return bits > 128 ? `an int of ${bits} bits` : String(value);
  }
  return `a ${(value.constructor && value.constructor.name) || typeof value}`;
}

/** A double in its shortest form, the same in every runtime: `2.0`, `1e+16`, `5e-324`. */
export function decimal(value) {
  if (value - value !== 0) return value !== value ? "nan" : value > 0 ? "inf" : "-inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "", size = Math.abs(value);
  const [digits, power] = size.toExponential().split("e");
  if (power < -4 || power > 15) return `${sign}${digits}e${power[0]}${power.slice(1).padStart(2, "0")}`;
  return sign + (size % 1 ? size : `${size}.0`);
}

// What no line shows as it is: controls, formats, separators but the plain space, private use,
// surrogates alone, and what is no character.
const UNSEEN = new RegExp(
  "[\\0-\\x1f\\x7f-\\xa0\\xad\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u1680\\u180e" +
  "\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000\\ud800-\\uf8ff\\ufdd0-\\ufdef\\ufeff\\ufff0-\\ufffb" +
  "\\ufffe\\uffff\\u{110bd}\\u{110cd}\\u{13430}-\\u{1343f}\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}" +
  "\\u{e0000}-\\u{e00ff}\\u{e01f0}-\\u{10ffff}]", "gu");

/** A text in quotes, shortened, with all that cannot be seen written as an escape. */
export function quoted(text) {
  const points = text.length > LONGEST_TEXT ? [...text] : [];
  if (points.length > LONGEST_TEXT) text = points.slice(0, LONGEST_TEXT).join("") + "…";
  return JSON.stringify(text).replace(UNSEEN, (char) => {
    const code = char.codePointAt(0).toString(16);
    return code.length < 5 ? "\\u" + code.padStart(4, "0") : "\\U" + code.padStart(8, "0");
  });
}

/** A version without the zeros at its end. */
export function dotted(parts) {
  let count = parts.length;
  while (count > 1 && !parts[count - 1]) count--;
  return parts.slice(0, count).join(".");
}

const SPANS = [["d", 86400000], ["h", 3600000], ["m", 60000], ["s", 1000], ["ms", 1]];

/** A length of time: `2d 3h`; `first` 1: no unit longer than hours. */
export function span(ms, first = 0) {
  const parts = [];
  for (const [unit, size] of SPANS.slice(first)) {
    if (ms >= size) parts.push(Math.floor(ms / size) + unit);
    ms %= size;
  }
  return parts.join(" ") || "0s";
}

/** The time or length nearest to what was worked out of others: beyond it numbers are not exact. */
export const withinTimes = (ms) => Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, ms));

/** Epoch milliseconds as a date and time, as short as it stays exact. */
export function moment(ms, zone = "Z") {
  if (!(ms >= -62135596800000 && ms <= 253402300799999)) return `${ms} ms${zone && " UTC"}`;
  const text = new Date(ms).toISOString();
  return text.slice(0, ms % 1000 ? 23 : ms % 60000 ? 19 : 16) + zone;
}
