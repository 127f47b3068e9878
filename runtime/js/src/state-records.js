// What records do to a state: STATE.md 4.1 and 4.4.
import { reject } from "./errors.js";
import { hashOf } from "./murmur3.js";
import { MISSING, classify } from "./signals.js";
import { sweepControls } from "./state-controls.js";
import { trusted } from "./state-standing.js";
import {
  ARM, DISMISSED, DISTINCT, FLOOR, IDLE, LAST_SHOWN, SCORES, SESSION, SHOWN, SUM, SURFACE, TRUSTED, UNCLICKED, add,
  faded, gone, happened, place, rows, slotOf, trim,
} from "./state-tables.js";
import { truth } from "./truth.js";

// `kept` are pairs: an item of the bundle and its row in the state.

/** A floor far ahead comes from a clock that was wrong. */
export function dropFloor(data, now) {
  if (data[FLOOR] > now + TRUSTED) data[FLOOR] = now;
}

/** What every record does; `name` is the hash of the session's, or null. */
export function touch(data, now, name, kept, lessOf) {
  dropFloor(data, now);
  if (now <= data[FLOOR] + TRUSTED) data[FLOOR] = Math.max(data[FLOOR], now);
  const [number, started, last, before] = data[SESSION];
  const begins = before === null ? now - last >= IDLE : name !== null && name !== before;
  data[SESSION] = begins ? [number + 1, now, now, name] : [number, started, now, name ?? before];
  if (!begins) return;
  const time = trusted(data, now);
  if (started <= time + TRUSTED) bringBack(data, time, kept);
  sweep(data, kept, lessOf);
}

/** A clock was far ahead: what it left there belongs to now. */
function bringBack(data, time, kept) {
  for (const [item, row] of kept) {
    if (item.kind === LAST_SHOWN) row[4] = row[4] > time + TRUSTED ? time : row[4];
    if (item.kind !== SHOWN || !item.slot) continue;
    for (const [, flat] of row[4]) {
      let moved = 0;
      while (flat[flat.length - 2] * item.slot > time + TRUSTED) moved += flat.splice(-2)[1];
      if (!moved) continue;
      flat[place(flat, slotOf(time, item.slot), 0) + 1] += moved;
      trim(flat, 2, item, data[FLOOR]);
    }
  }
}

/** Drops what no window can reach any more, by the floor. */
export function sweep(data, kept, lessOf) {
  const drop = (flat, width, goes) => rows(flat, width).filter((row) => !goes(row)).flat();
  for (const [item, row] of kept) {
    const { kind, slot } = item, until = gone(item, data[FLOOR]), step = slotOf(data[FLOOR], slot);
    if (kind === DISTINCT) row[4] = drop(row[4], 2, (one) => one[1] <= until);
    else if (kind === SCORES || item.slots) {
      const goes = kind === SCORES ? (one) => !faded(1, step - one[1]) : (one) => one[0] <= until;
      const width = kind === SUM || kind === SCORES ? 3 : 2;
      row[4] = row[4].map(([writer, flat]) => [writer, drop(flat, width, goes)]).filter(([, flat]) => flat.length);
    }
  }
  sweepControls(data, lessOf);
}

const readsField = ({ kind }) => kind === SUM || kind === DISTINCT || kind === SCORES;

/** What an event tells items, as functions of its time; null: a field that is read is none. */
export function readEvent(p, event, fields, kept) {
  const { first, end } = p.memory.events[event], conditionOf = ({ where }) => p.first + p.rules + where;
  const items = kept.filter(([item]) => item.kind <= SCORES && item.event === event);
  const read = new Set(), given = [];
  for (const [item] of items) {
    if (readsField(item)) read.add(item.field);
    if (item.where < 0) continue;
    const condition = conditionOf(item);
    for (let i = p.from[condition]; i < p.from[condition + 1]; i++) read.add(p.tested[p.literals[i]]);
  }
  const facts = { p, now: 0, classes: [], values: [], elements: [], units: [], segments: [], needs: null };
  for (let signal = first; signal < end; signal++) {
    const name = p.signals[signal].name.slice(p.memory.events[event].name.length + 1);
    const value = {}.hasOwnProperty.call(fields, name) ? fields[name] : null;
    facts.classes[signal] = MISSING;
    if (value == null || !read.has(signal)) continue;
    if (typeof value !== "object") facts.classes[signal] = classify(p.signals[signal], signal, value, facts);
    if (facts.classes[signal] === MISSING) return null;
    given[signal] = value;
  }
  return (data, writer, at) => {
    for (const [item, row] of items) {
      if (item.where >= 0 && truth(facts, conditionOf(item)) < 1) continue;
      const value = given[item.field];
      if (readsField(item) && value === undefined) continue;
      happened(item, row, writer, at, item.kind === DISTINCT ? hashOf(String(value)) : value, data[FLOOR]);
    }
  };
}

/** What was shown, by a decision, or by a surface and the id of a variant ("": none is named). */
export function shownOf(p, given, variant) {
  const name = typeof given === "string";
  if (!given || typeof (name ? given : given.surface) !== "string") reject(210);
  if (variant != null && !(name && typeof variant === "string")) reject(210);
  const surface = name ? given : given.surface, found = { surface, variant: variant ?? "", rule: 0, arm: null };
  found.number = p.numbers.get(surface);
  if (name || typeof given.variant !== "string") return found;
  found.variant = given.variant;
  if (p.memory && found.number !== undefined) {
    const counts = p.memory.countsOfWritten, { rule } = given;
    let first = 0;
    for (let i = 0; i < found.number; i++) first += counts[i];
    const keys = p.memory.keys.slice(first, first + counts[found.number]);
    found.rule = typeof rule === "string" ? hashOf(surface + "\0" + rule) : keys[rule] ?? 0;
    found.written = typeof rule === "string" ? keys.indexOf(found.rule) : rule;
  }
  if (["SPLIT", "KEPT", "ARM_BLOCKED"].includes(given.reason) && !given.forced) found.arm = given.arm;
  return found;
}

/** What a show, a click and a dismissal do to the items of a variant and of its surface. */
export function showed(data, kept, shown, writer, now, isDefault) {
  const counted = Math.max(now, data[FLOOR]), session = data[SESSION][0];
  for (const [item, row] of kept) {
    const own = row[4], { kind } = item;
    if (kind === SURFACE && item.surface === shown.number) showedOn(own, shown, writer, now, session, isDefault);
    if (!item.variants || !item.variants.includes(shown.place)) continue;
    if (kind === SHOWN || kind === LAST_SHOWN) happened(item, row, writer, counted, 0, data[FLOOR]);
    if (kind === UNCLICKED) add(own[0], writer);
  }
}

function showedOn(own, { variant, rule }, writer, now, session, isDefault) {
  if (variant === own[0]) add(own[11], writer);
  else {
    own[2] = now;
    own[12] = [];
  }
  if (!isDefault) {
    if (own[4] && own[4] !== variant && own[5] === session) {
      add(own[10], writer);
      own[6] = own[6].filter(([one, [of]]) => one !== writer || of === session);
      add(own[6], writer, session);
    }
    own[4] = variant;
    own[5] = session;
  }
  own[0] = variant;
  own[1] = rule;
  own[3] = now;
  add(own[7], writer);
  add(own[12], writer);
}

export function clicked(kept, shown, writer) {
  for (const [item, row] of kept) {
    const own = row[4];
    if (item.kind === UNCLICKED && item.variants.includes(shown.place)) {
      own[1] = own[0].map(([one, flat]) => [one, flat.slice()]);
    }
    if (item.kind !== SURFACE || item.surface !== shown.number) continue;
    add(own[8], writer);
    if (shown.variant === own[0]) own[12] = [];
  }
}

export function dismissed(kept, shown, writer) {
  for (const [item, row] of kept) {
    if (item.kind === DISMISSED && item.variants.includes(shown.place)) add(row[4], writer);
    if (item.kind === SURFACE && item.surface === shown.number) add(row[4][9], writer);
  }
}

/** Stores the arm of the sticky experiment behind what was shown, if none is. */
export function storeArm(p, kept, { number, written, arm }, now) {
  const tried = new Set();
  if (arm === null || !p.memory) return;
  for (let rule = p.ruleAt[number]; rule < p.ruleAt[number + 1]; rule++) {
    if (p.memory.written[rule] === written) tried.add(p.memory.experiment[rule] - 1);
  }
  for (const [item, row] of kept) {
    if (item.kind !== ARM || !tried.has(item.experiment)) continue;
    const { arms } = p.memory.experiments[item.experiment];
    if (arms.includes(arm) && !(row[4] && arms.includes(row[4][0]))) row[4] = [arm, now];
    return;
  }
}
