// What items hold, and the arithmetic of slots and scores: STATE.md 4.1 and 4.2. Tables are maps: from
// writers to maps from slots to [n] or, of sums, [n, sum], or from texts to [step, score]; of DISTINCT
// from hashes to [slot]. A table is never changed but for a writer's place in it: others may share it.
import { sorted } from "./state-msgpack.js";

/** Kinds of items. */
export const SUM = 1, DISTINCT = 2, LAST = 3, SCORES = 4, SHOWN = 5, LAST_SHOWN = 6, DISMISSED = 7;
export const UNCLICKED = 8, SURFACE = 9, ARM = 10, SEGMENT = 11;

/** Places of a state. */
export const PROJECT = 2, FIRST = 3, FLOOR = 4, SESSION = 5, OFF = 6, PREFERENCES = 7, CONTROLS = 8;
export const FORCED = 9, ITEMS = 10, NONCES = 11, REFUSED = 12, LATER = 13;

export const HOUR = 3600000, DAY = 24 * HOUR, IDLE = HOUR / 2, TRUSTED = 2 * DAY;

/**
 * F[j] of the page, the double nearest to 2^(-j/16): what a score is multiplied by for j sixteenths of the
 * way to its half. Roots of one another give all but two to the bit; a test has the table.
 */
export const fade = (j) =>
  j === 1 ? 0.9576032806985737 : j === 4 ? 0.8408964152537145
    : j ? Math.sqrt(j < 8 ? fade(2 * j) : fade(2 * j - 16) / 2) : 1;

/** A count that goes on; at the greatest of the format it stays. */
export const more = (count, by = 1) => Math.min(count + by, 4294967295);

/** By what an item is found again. */
export const idOf = ({ kind, key }) => kind * 4294967296 + key;

export const slotOf = (time, size) => (size ? Math.floor(time / size) : 0);

/** How long a stored segment is good for; undefined: until something happens. */
export const turnOf = (cadence) => [0, HOUR, DAY][cadence];

/** The data of an item that holds nothing. */
export function empty(kind) {
  const none = () => new Map();
  if (kind === UNCLICKED) return [none(), none()];
  if (kind === SURFACE) return ["", 0, 0, 0, "", 0, none(), none(), none(), none(), none(), none(), none()];
  if (kind === SEGMENT) return [null, 0, 0];
  return kind === LAST || kind === LAST_SHOWN || kind === ARM ? null : none();
}

/** The number in all slots, or in those later than one and up to another. */
export function counted(writers, after = -1, until = Infinity) {
  let found = 0;
  for (const own of writers.values()) for (const [slot, [n]] of own) if (slot > after && slot <= until) found += n;
  return found;
}

/** How many slots of a writer stay. */
export const most = ({ kind, slots, limit }) =>
  kind === SHOWN ? Math.min(slots + 1, limit || Infinity) : slots;

/** The slot up to which a floor makes all go. */
export const gone = ({ kind, slot, slots }, floor) => slotOf(floor, slot) - slots - (kind === SHOWN);

/** A score so many steps later; one that belongs to a later step stays as it is. */
export function faded(score, steps) {
  if (steps <= 0) return score;
  if (steps > 1039) return 0;
  score *= fade(steps % 16);
  for (; steps > 15; steps -= 16) score *= 0.5;
  return score;
}

/** Makes the oldest slots go where there are too many; what a cap may still ask for moves on. */
export function trim(own, item, floor) {
  while (own.size > most(item)) {
    const oldest = Math.min(...own.keys()), [n] = own.get(oldest);
    own.delete(oldest);
    const next = Math.min(...own.keys());
    if (item.kind === SHOWN && oldest > gone(item, floor)) own.set(next, [more(own.get(next)[0], n)]);
  }
}

/** Counts n more of a writer in a slot, by an item that has a window; `value`: of sums. */
export function add(writers, writer, slot = 0, n = 1, item, floor, value) {
  const own = new Map(writers.get(writer)), [count = 0, sum = 0] = own.get(slot) || [], total = sum + value;
  own.set(slot, value === undefined ? [more(count, n)] : [more(count, n), total - total === 0 ? total : sum]);
  if (!count && item) trim(own, item, floor);
  writers.set(writer, own);
}

/** Takes what happened into an item; `value` is that of its field. */
export function happened(item, row, writer, at, value, floor) {
  const { kind, slot: size, limit } = item, data = row[4], slot = slotOf(at, size);
  if (kind === LAST || kind === LAST_SHOWN) row[4] = Math.max(data, at);
  else if (kind === DISTINCT) {
    const [newest] = data.get(value) || [];
    data.set(value, [Math.max(slot, newest || 0)]);
    if (newest === undefined) for (const hash of newestFirst(data).slice(limit)) data.delete(hash);
  } else if (kind === SCORES) score(data, writer, value, slot, limit);
  else add(data, writer, slot, 1, item, floor, kind === SUM ? value : undefined);
}

/** The hashes of a DISTINCT, those with the newest slot first, then the greater. */
export const newestFirst = (hashes) =>
  sorted(Array.from(hashes, ([hash, [slot]]) => [-slot, -hash])).map((row) => -row[1]);

function score(writers, writer, text, step, keep) {
  const own = new Map(writers.get(writer)), [since, before] = own.get(text) || [step, 0];
  const newer = Math.max(step, since);
  own.set(text, [newer, faded(before, newer - since) + faded(1, newer - step)]);
  if (!before && own.size > keep) {
    const newest = newestStep(own), worst = sorted(own).map(([name, [at, n]]) => [faded(n, newest - at), name]);
    own.delete(worst.reduce((least, row) => (row[0] <= least[0] ? row : least))[1]);
  }
  writers.set(writer, own);
}

export const newestStep = (scores) => Math.max(...[...scores.values()].map(([step]) => step));
