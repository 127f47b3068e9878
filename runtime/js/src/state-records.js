// What records do to a state: STATE.md 4.1 and 4.4. `kept` are pairs: an item of the bundle and its
// row in the state.
import { end } from "./call.js";
import { reject } from "./errors.js";
import { hashOf } from "./murmur3.js";
import { begin } from "./remember.js";
import { MISSING, classify } from "./signals.js";
import { trusted } from "./state-standing.js";
import {
  ARM, CONTROLS, DISMISSED, DISTINCT, FLOOR, IDLE, LAST, LAST_SHOWN, SCORES, SESSION, SHOWN, SURFACE, TRUSTED,
  UNCLICKED, add, counted, faded, gone, happened, more, slotOf, trim,
} from "./state-tables.js";
import { truth } from "./truth.js";

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
  data[SESSION] = begins ? [more(number), now, now, name] : [number, started, now, name ?? before];
  if (begins) {
    const time = trusted(data, now);
    if (started <= time + TRUSTED) bringBack(data, time, kept);
    sweep(data, kept, lessOf);
  }
}

/** A clock was far ahead: what it left there belongs to now. */
function bringBack(data, time, kept) {
  const latest = time + TRUSTED, back = (at) => (at > latest ? time : at);
  for (const [item, row] of kept) {
    const { kind, slot: size } = item;
    if (kind === LAST || kind === LAST_SHOWN) row[4] = row[4] && back(row[4]);
    if (kind === SURFACE) for (const place of [2, 3]) row[4][place] = back(row[4][place]); // since, last shown
    if (kind === SCORES) for (const [writer, own] of row[4]) {
      row[4].set(writer, new Map(Array.from(own, ([text, [step, score]]) => [text, [slotOf(back(step * size), size), score]])));
    }
    if (kind === SHOWN && size) for (const [writer, own] of row[4]) {
      const there = new Map([...own].filter(([slot]) => slot * size <= latest));
      if (there.size === own.size) continue;
      const all = counted(new Map([[writer, own]])), stay = counted(new Map([[writer, there]]));
      row[4].set(writer, there);
      add(row[4], writer, slotOf(time, size), all - stay);
      trim(row[4].get(writer), item, data[FLOOR]);
    }
  }
}

/** Drops what no window can reach any more, by the floor. */
export function sweep(data, kept, lessOf) {
  for (const [item, row] of kept) {
    const { kind, slot } = item, until = gone(item, data[FLOOR]), step = slotOf(data[FLOOR], slot);
    const left = (table, stays) => new Map([...table].filter(stays));
    if (kind === DISTINCT) row[4] = left(row[4], ([, [at]]) => at > until);
    else if (kind === SCORES || item.slots) {
      for (const [writer, own] of row[4]) {
        const stays = kind === SCORES ? ([, [at]]) => faded(1, step - at) : ([at]) => at > until;
        row[4].set(writer, left(own, stays));
      }
    }
  }
  sweepControls(data, lessOf);
}

export function sweepControls(data, lessOf) {
  for (const [name, [, strength, , , time]] of data[CONTROLS]) {
    if (strength && time <= data[FLOOR] - lessOf) data[CONTROLS].delete(name);
  }
}

/** What an event tells items, as a function of its time; null: a field that is read is none. */
export function readEvent(p, event, fields, kept) {
  const { name, first, end: last } = p.memory.events[event], given = [], facts = begin(p, {}, {});
  const items = kept.filter(([item]) => item.event === event), read = new Set(items.map(([item]) => item.field));
  const conditionOf = ({ where }) => p.first + p.rules + where;
  for (const [item] of items) {
    const condition = item.where < 0 ? -1 : conditionOf(item);
    for (let i = p.begins[condition]; i < p.begins[condition + 1]; i++) read.add(p.literals[i].tested);
  }
  for (let signal = first; signal < last; signal++) {
    const field = p.signals[signal].name.slice(name.length + 1);
    const value = read.has(signal) && {}.hasOwnProperty.call(fields, field) ? fields[field] : null;
    facts.classes[signal] = MISSING;
    if (value == null) continue;
    if (typeof value !== "object") facts.classes[signal] = classify(p.signals[signal], signal, value, facts);
    if (facts.classes[signal] === MISSING) return null;
    given[signal] = value;
  }
  return (writer, at, floor) => {
    for (const [item, row] of items) {
      const value = given[item.field];
      if (item.field >= 0 && value === undefined) continue;
      if (item.where >= 0 && truth(facts, conditionOf(item)) < 1) continue;
      happened(item, row, writer, at, item.kind === DISTINCT ? hashOf(String(value)) : value, floor);
    }
    end(facts);
  };
}

/** What was shown, by a decision, or by a surface and the id of a variant ("": none is named). */
export function shownOf(p, given, variant) {
  const named = typeof given === "string", surface = named ? given : given && given.surface;
  if (typeof surface !== "string" || (variant != null && !(named && typeof variant === "string"))) reject(210);
  const number = p.numbers.get(surface), found = { surface, number, variant: variant ?? "", rule: 0, arm: null };
  if (named || typeof given.variant !== "string") return found;
  found.variant = given.variant;
  if (p.memory && number >= 0) {
    const counts = p.memory.countsOfWritten, { rule } = given;
    let first = 0;
    for (let i = 0; i < number; i++) first += counts[i];
    const keys = p.memory.keys.slice(first, first + counts[number]), byName = typeof rule === "string";
    found.rule = byName ? hashOf(surface + "\0" + rule) : keys[rule] ?? 0;
    found.written = byName ? keys.indexOf(found.rule) : rule;
    if (["SPLIT", "KEPT", "ARM_BLOCKED"].includes(given.reason) && !given.forced) found.arm = given.arm;
  }
  return found;
}

export const SHOW = 0, CLICK = 1, DISMISS = 2;

/** What a show, a click or a dismissal of a variant does; `place`: the variant's number. */
export function recorded(what, data, kept, shown, writer, now, isDefault) {
  const { number, place, variant } = shown;
  for (const [item, row] of kept) {
    const { kind } = item, own = row[4];
    if (item.variants && item.variants.includes(place)) {
      if (what === SHOW && (kind === SHOWN || kind === LAST_SHOWN)) {
        happened(item, row, writer, Math.max(now, data[FLOOR]), undefined, data[FLOOR]);
      }
      if (kind === DISMISSED && what === DISMISS) add(own, writer);
      if (kind === UNCLICKED && what === SHOW) add(own[0], writer);
      if (kind === UNCLICKED && what === CLICK) own[1] = new Map(own[0]);
    }
    if (item.surface === number) {
      if (what === SHOW) showedOn(own, shown, writer, now, data[SESSION][0], isDefault);
      else if (what === CLICK && variant === own[0]) own[12] = new Map();
      add(own[7 + what], writer);
    }
  }
}

/** A SURFACE when something is shown there. */
function showedOn(own, { variant, rule }, writer, now, session, isDefault) {
  if (variant === own[0]) add(own[11], writer);
  else {
    own[2] = now;
    own[12] = new Map();
  }
  if (!isDefault) {
    if (own[4] && own[4] !== variant && own[5] === session) {
      add(own[10], writer);
      add(own[6], writer, session, 1, { slots: 1 });
    }
    own[4] = variant;
    own[5] = session;
  }
  own[0] = variant;
  own[1] = rule;
  own[3] = now;
  add(own[12], writer);
}

/** Stores the arm of the sticky experiment behind what was shown, if none is. */
export function storeArm(p, kept, { number, written, arm }, now) {
  for (const [{ kind, experiment }, row] of arm === null ? [] : kept) {
    const { memory } = p, ofRule = (one, rule) =>
      one - 1 === experiment && memory.written[rule] === written && p.surfaceOf[rule] === number;
    if (kind === ARM && memory.experiment.some(ofRule)) {
      const { arms } = memory.experiments[experiment];
      if (arms.includes(arm) && !(row[4] && arms.includes(row[4][0]))) row[4] = [arm, now];
    }
  }
}
