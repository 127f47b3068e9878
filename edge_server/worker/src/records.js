// What a request says has happened: read from JSON, then recorded in a state. The same members as
// those of the Python edge (docs/EDGE.md, "Recording").
import { Problem } from "./problems.js";

const MAX_TEXT = 128;
const MAX_FIELDS = 64;
const SEEN = { shown: "recordShown", clicked: "recordClicked", dismissed: "recordDismissed" };
const SAID = { not_interested: "notInterested", less_of: "lessOf", undo: null };
const SWITCHES = { turn_off: "turnOff", turn_on: "turnOn", erase: "erase" };
const KINDS = ["event", ...Object.keys(SEEN), ...Object.keys(SAID), ...Object.keys(SWITCHES)];

export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const invalid = (detail) => {
  throw new Problem("invalid_request", detail);
};

/**
 * Throws Problem for what is none.
 * @returns {((state: object, now: number, session: string | undefined) => boolean)[]} each records
 *   one thing in a state, and says whether the state took it
 */
export function parseRecords(value, most) {
  if (!Array.isArray(value)) invalid("records must be a list");
  if (value.length > most) throw new Problem("too_many_records", `at most ${most}`);
  return value.map((each, i) => parseRecord(each, `records[${i}]`));
}

function parseRecord(value, where) {
  const kinds = isObject(value) ? KINDS.filter((kind) => kind in value) : [];
  if (kinds.length !== 1) invalid(`${where} must have one of ${KINDS.join(", ")}`);
  const [kind] = kinds;
  if (kind === "event") return parseEvent(value, where);
  if (kind in SEEN) return parseSeen(kind, value, where);
  only(value, where, kind);
  if (kind in SAID) return parseSaid(kind, value[kind], `${where}.${kind}`);
  if (value[kind] !== true) invalid(`${where}.${kind} must be true`);
  return (state, now) => {
    state[SWITCHES[kind]]({ now });
    return true;
  };
}

function parseEvent(value, where) {
  only(value, where, "event", "fields", "at", "nonce");
  const name = textOf(value.event, `${where}.event`);
  const nonce = optionalText(value.nonce, `${where}.nonce`);
  const { fields = {}, at = null } = value;
  if (!isObject(fields) || Object.keys(fields).length > MAX_FIELDS) {
    invalid(`${where}.fields must be an object of at most ${MAX_FIELDS}`);
  }
  if (at !== null && !(Number.isSafeInteger(at) && at >= 0)) {
    invalid(`${where}.at must be whole milliseconds since 1970`);
  }
  return (state, now, session) => state.recordEvent(name, fields, { at: at ?? now, now, nonce, session });
}

function parseSeen(kind, value, where) {
  only(value, where, kind, "variant", "nonce");
  const surface = textOf(value[kind], `${where}.${kind}`);
  const variant = optionalText(value.variant, `${where}.variant`);
  const nonce = optionalText(value.nonce, `${where}.nonce`);
  if (kind === "shown" && variant === undefined) invalid(`${where} must name a variant`);
  return (state, now, session) => state[SEEN[kind]](surface, variant, { now, nonce, session });
}

function parseSaid(kind, value, where) {
  const names = isObject(value) ? Object.keys(value).sort().join() : "";
  if (!["topic", "surface", "surface,variant"].includes(names)) {
    invalid(`${where} must name a topic, a surface, or a surface and a variant`);
  }
  const named = {};
  for (const name of Object.keys(value)) named[name] = textOf(value[name], `${where}.${name}`);
  if (kind === "undo") return (state, now) => undo(state, named, now);
  return (state, now) => {
    try {
      return state[SAID[kind]]({ ...named, now }) && !state.isOff;
    } catch (error) {
      // The bundle has no such thing, though the page's may.
      if (error.name === "CallError") return false;
      throw error;
    }
  };
}

function undo(state, { topic, surface, variant = "" }, now) {
  const kind = topic !== undefined ? "topic" : variant ? "variant" : "surface";
  const target = topic ?? surface;
  const found = state.controls.find(
    (control) => control.kind === kind && control.target === target && control.variant === variant,
  );
  return found ? state.undo(found, { now }) : false;
}

function only(value, where, ...members) {
  if (!Object.keys(value).every((name) => members.includes(name))) {
    invalid(`members of ${where} are ${members.join(", ")}`);
  }
}

function textOf(value, where) {
  if (typeof value !== "string" || !value || value.length > MAX_TEXT) {
    invalid(`${where} must be a text of at most ${MAX_TEXT} characters`);
  }
  return value;
}

export const optionalText = (value, where) => (value == null ? undefined : textOf(value, where));
