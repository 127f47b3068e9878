// Bytes of a state -> the state, every part checked: STATE.md section 3.
import { errors } from "./errors.js";
import { Dict, Wide, read, sorted, write } from "./state-msgpack.js";
import { CONTROLS, FORCED, ITEMS, LATER, NONCES, PREFERENCES, PROJECT, idOf } from "./state-tables.js";
import { size } from "./utf8.js";

const MAGIC = "tacit-state";

/** Why bytes are no state of this device, which starts with a fresh one (S1xx). */
export const StateWarning = /* @__PURE__ */ errors(Error, "StateWarning");

/** A state without items. */
export const fresh = (project, now) => [
  MAGIC, 1, project, now, now, [1, now, now, null], false,
  new Dict(), new Map(), new Dict(), new Map(), new Set(), [0, 0, 0],
];

/** What a control is about. */
export const nameOf = ([kind, , target, variant]) => JSON.stringify([kind, target, variant]);

export const KINDS = ["variant", "topic", "surface"], STRENGTHS = ["not_interested", "less_of"];

/** A control as the host sees it. */
export const shownAs = ([kind, strength, target, variant, time]) => ({
  kind: KINDS[kind], strength: STRENGTHS[strength], target, variant, time,
});

/** Controls by what they are about. */
export const named = (rows) => new Map(rows.map((row) => [nameOf(row), row]));

/** Controls in order of time, then as arrays. */
export const inOrder = (controls) =>
  sorted(Array.from(controls.values(), (row) => [row[4], ...row])).map((row) => row.slice(1));

/** What the person said, in order of time; without "less of" that is over at a time. */
export const said = (controls, lessOf, now) =>
  inOrder(controls).filter(([, strength, , , time]) => !strength || (strength < 2 && now < time + lessOf)).map(shownAs);

/** The bytes of a state. */
export function pack(data) {
  const plain = data.slice();
  for (const place of [PREFERENCES, FORCED]) plain[place] = new Dict(sorted(data[place]));
  plain[CONTROLS] = inOrder(data[CONTROLS]);
  plain[ITEMS] = sorted(data[ITEMS].values());
  plain[NONCES] = [...data[NONCES]];
  return Uint8Array.from(write(plain));
}

function refuse(code) {
  throw new StateWarning("S" + code);
}

// What reads a part takes a value of msgpack, and gives that of the state or refuses. Order is not
// looked at: what is written again is in order.

const needs = (found, code = 104) => found || refuse(code);

const whole = (most, least = 0) => (value) => {
  needs(Number.isSafeInteger(value) || value instanceof Wide);
  needs(value >= least && value <= most, 105);
  return value;
};

const word = whole(4294967295), count = whole(4294967295, 1), time = whole(Number.MAX_SAFE_INTEGER);

const text = (value) => {
  needs(typeof value === "string");
  needs(size(value) < 65536, 105);
  return value;
};

const flag = (value) => {
  needs(value === !!value);
  return value;
};

const number = (value) => {
  const found = value instanceof Number ? +value : value;
  needs(typeof found === "number" && found - found === 0);
  return found;
};

const score = (value) => {
  needs(number(value) >= 1, 105);
  return number(value);
};

const orNil = (read) => (value) => (value === null ? value : read(value));

const array = (value, most) => {
  needs(Array.isArray(value));
  needs(!(value.length > most), 105);
  return value;
};

const list = (most, read) => (value) => array(value, most).map((one) => read(one));

const tuple = (...reads) => (value) => {
  needs(array(value).length === reads.length);
  return reads.map((read, i) => read(value[i]));
};

/** A table in a row. */
const table = (most, ...reads) => (value) => {
  const width = reads.length, found = new Map();
  needs(array(value, most * width).length % width === 0);
  for (let i = 0; i < value.length; i += width) {
    const [key, ...cell] = reads.map((read, k) => read(value[i + k]));
    found.set(key, cell);
  }
  return found;
};

const writers = (...columns) => (value) =>
  new Map(list(8, (row) => {
    const found = tuple(whole(7), table(...columns))(row);
    needs(found[1].size);
    return found;
  })(value));

const counter = (most) => writers(most, time, count), once = counter(1);

/** A counter whose only slot is 0. */
const ever = (value) => {
  const found = once(value);
  for (const own of found.values()) needs(own.has(0));
  return found;
};

const dict = (key, read) => (value) => {
  needs(value instanceof Dict);
  return new Dict([...value].map(([name, one]) => [key(name), read(one)]));
};

const preference = (value) =>
  Array.isArray(value) ? list(1024, text)(value)
    : typeof value === "string" ? text(value)
      : value === null || value === !!value ? value : number(value);

/** By kind, the data of an item. */
const DATA = [
  counter(401), writers(401, time, count, number), table(256, word, time), orNil(time),
  writers(64, text, time, score), counter(401), orNil(time), ever, tuple(ever, ever),
  tuple(text, word, time, time, text, word, once, ever, ever, ever, ever, ever, ever),
  orNil(tuple(text, time)), tuple(orNil(flag), time, time),
];

const item = (value) => {
  const [kind, key, purpose, begun, data] = tuple(whole(11), word, orNil(text), time, (data) => data)(value);
  return [kind, key, purpose, kind < 4 ? begun : 0, DATA[kind](data)];
};

const control = (value) => {
  const found = tuple(whole(2), whole(2), text, text, time)(value);
  needs(!found[3] === found[0] > 0);
  return found;
};

/** From place 2 on. */
const PLACES = [
  word, time, time, tuple(count, time, time, orNil(word)), flag, dict(text, tuple(preference, time)),
  (value) => named(list(16, control)(value)), dict(word, text),
  (value) => new Map(list(4096, item)(value).map((row) => [idOf({ kind: row[0], key: row[1] }), row])),
  (value) => new Set(list(32, word)(value)), tuple(word, word, word),
];

/** The state in some bytes, or the warning why it is refused. */
export function unpack(bytes, project) {
  try {
    needs(bytes.length <= 1048576, 105);
    const plain = read(bytes);
    needs(Array.isArray(plain) && plain[0] === MAGIC, 102);
    needs(plain[1] === 1, 103);
    needs(plain.length >= LATER);
    const data = plain.map((value, i) => (PLACES[i - 2] || ((one) => one))(value)), again = pack(data);
    needs(again.length === bytes.length && again.every((byte, i) => byte === bytes[i]), 106);
    needs(data[PROJECT] === project, 107);
    return data;
  } catch (error) {
    // What is no msgpack: the end comes too early, or a text is not UTF-8.
    if (error instanceof RangeError) return new StateWarning("S101");
    if (error instanceof StateWarning) return error;
    throw error;
  }
}
