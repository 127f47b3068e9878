// Bytes of a state -> the state, every part checked: STATE.md section 3.
import { nameOf, placeOf } from "./state-controls.js";
import { read, write } from "./state-msgpack.js";
import { CONTROLS, ITEMS, LATER, PROJECT, compare } from "./state-tables.js";
import { size } from "./utf8.js";

const MAGIC = "tacit-state", WORD = 4294967295;

/** Why bytes are no state of this device, which starts with a fresh one (S1xx). */
export class StateWarning extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.name = "StateWarning";
    this.code = code;
  }
}

function refuse(code) {
  throw new StateWarning("S" + code);
}

/** A state without items. */
export function fresh(project, now) {
  return [MAGIC, 1, project, now, now, [1, now, now, null], false, new Map(), [], new Map(), [], [], [0, 0, 0]];
}

// A check takes a value and throws.

const whole = (most, least = 0) => (value) => {
  if (!Number.isSafeInteger(value) && value !== Infinity && value !== -Infinity) refuse(104);
  if (!(value >= least && value <= most)) refuse(105);
};

const word = whole(WORD), time = whole(Number.MAX_SAFE_INTEGER);

function text(value) {
  if (typeof value !== "string") refuse(104);
  if (size(value) > 65535) refuse(105);
}

function flag(value) {
  if (typeof value !== "boolean") refuse(104);
}

function number(value) {
  if (value instanceof Number && value - value === 0) refuse(106);
  if (typeof value !== "number" || value - value !== 0) refuse(104);
}

function score(value) {
  number(value);
  if (value < 1) refuse(105);
}

const unless = (none, check) => (value) => value === none || check(value);
const orNil = (check) => unless(null, check);

function array(value, most) {
  if (!Array.isArray(value)) refuse(104);
  if (value.length > most) refuse(105);
  return value;
}

const list = (most, check) => (value) => array(value, most).forEach((one) => check(one));

const tuple = (...checks) => (value) => {
  if (array(value).length !== checks.length) refuse(104);
  checks.forEach((check, i) => check(value[i]));
};

const rising = (keys) => keys.every((key, i) => !i || compare(keys[i - 1], key) < 0) || refuse(106);

/** Rows in a flat array, whose first columns rise. */
const flat = (most, ...checks) => (value) => {
  const width = checks.length;
  if (array(value, most * width).length % width) refuse(104);
  value.forEach((one, i) => checks[i % width](one));
  rising(value.filter((_, i) => i % width === 0));
};

const writers = (...columns) => {
  const table = tuple(whole(7), flat(...columns));
  return (value) => {
    for (const row of array(value, 8)) if (row && row[1] && row[1].length === 0) refuse(104);
    value.forEach(table);
    rising(value.map(([writer]) => writer));
  };
};

const count = whole(WORD, 1), counter = (most) => writers(most, time, count);
const once = counter(1);

function ever(value) {
  once(value);
  for (const [, [slot]] of value) if (slot) refuse(104);
}

const map = (key, check) => (value) => {
  if (!(value instanceof Map)) refuse(104);
  if (value.size > 1024) refuse(105);
  for (const [name, one] of value) {
    key(name);
    check(one);
  }
  rising([...value.keys()]);
};

function preference(value) {
  if (Array.isArray(value)) list(1024, text)(value);
  else if (typeof value === "string") text(value);
  else if (value !== null && typeof value !== "boolean") number(value);
}

const control = tuple(whole(2), whole(2), text, text, time);

/** By kind, the data of an item. */
const DATA = [
  counter(401), writers(401, time, count, number), flat(256, word, time), orNil(time),
  writers(64, text, time, score), counter(401), orNil(time), ever, tuple(ever, ever),
  tuple(text, word, time, time, text, word, once, ever, ever, ever, ever, ever, ever),
  orNil(tuple(text, time)), tuple(orNil(flag), time, time),
];

const head = tuple(whole(11), word, orNil(text), time, () => {});

function item(value) {
  head(value);
  const [kind, , , begun, data] = value;
  DATA[kind](data);
  if (kind > 3 && begun) refuse(106);
}

/** From place 2 on. */
const PLACES = [
  word, time, time, tuple(whole(WORD, 1), time, time, orNil(word)), flag, map(text, tuple(preference, time)),
  list(16, control), map(word, text), list(4096, item), list(32, word), tuple(word, word, word),
];

function check(data) {
  if (!Array.isArray(data) || data[0] !== MAGIC) refuse(102);
  if (data[1] !== 1) refuse(103);
  if (data.length < LATER) refuse(104);
  PLACES.forEach((of, i) => of(data[i + 2]));
  for (const [kind, , , variant] of data[CONTROLS]) if (!variant !== kind > 0) refuse(104);
  rising(data[CONTROLS].map(placeOf));
  rising(data[ITEMS]);
  if (new Set(data[CONTROLS].map(nameOf)).size < data[CONTROLS].length) refuse(106);
  if (new Set(data[11]).size < data[11].length) refuse(106);
}

/** The state in some bytes, or the warning why it is refused. */
export function unpack(bytes, project) {
  try {
    if (bytes.length > 1048576) refuse(105);
    const data = read(bytes);
    check(data);
    const again = write(data);
    if (again.length !== bytes.length || again.some((byte, i) => byte !== bytes[i])) refuse(106);
    if (data[PROJECT] !== project) refuse(107);
    return data;
  } catch (error) {
    if (error instanceof StateWarning) return error;
    // What is no msgpack: the end comes too early, or a text is not UTF-8.
    if (error instanceof RangeError || error instanceof URIError) return new StateWarning("S101");
    throw error;
  }
}
