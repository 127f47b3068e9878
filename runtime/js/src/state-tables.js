// Rows that are kept, and the arithmetic of slots and scores: STATE.md 4.1 and 4.2. A table of a
// writer is a flat array of rows of equal width whose first columns rise.
import { before } from "./utf8.js";

/** Kinds of items. */
export const COUNT = 0, SUM = 1, DISTINCT = 2, LAST = 3, SCORES = 4, SHOWN = 5, LAST_SHOWN = 6;
export const DISMISSED = 7, UNCLICKED = 8, SURFACE = 9, ARM = 10, SEGMENT = 11;

/** Places of a state. */
export const PROJECT = 2, FIRST = 3, FLOOR = 4, SESSION = 5, OFF = 6, PREFERENCES = 7, CONTROLS = 8;
export const FORCED = 9, ITEMS = 10, NONCES = 11, REFUSED = 12, LATER = 13;

export const HOUR = 3600000, IDLE = 1800000, TRUSTED = 172800000, DAY = 86400000;

/** F of the page: what a score is multiplied by for a sixteenth of the way to its half. */
const FADE = [
  1, 0.9576032806985737, 0.9170040432046712, 0.8781260801866497, 0.8408964152537145, 0.8052451659746271,
  0.7711054127039704, 0.7384130729697497, 0.7071067811865476, 0.6771277734684463, 0.6484197773255048,
  0.620928906036742, 0.5946035575013605, 0.5693943173783458, 0.5452538663326288, 0.5221368912137069,
];

/** The order of values: nil first, texts by code points, arrays from their first place on. */
export function compare(left, right) {
  if (left === right) return 0;
  if (typeof left === "string") return before(left, right) ? -1 : 1;
  if (!Array.isArray(left)) return (left ?? -1) < (right ?? -1) ? -1 : 1;
  for (let i = 0; i < left.length && i < right.length; i++) {
    const found = compare(left[i], right[i]);
    if (found) return found;
  }
  return left.length - right.length;
}

/** By what an item is found again: its kind and key as one number. */
export const idOf = (kind, key) => kind * 4294967296 + key;

export const slotOf = (time, size) => (size ? Math.floor(time / size) : 0);

/** The data of an item that holds nothing. */
export function empty(kind) {
  if (kind === UNCLICKED) return [[], []];
  if (kind === SURFACE) return ["", 0, 0, 0, "", 0, [], [], [], [], [], [], []];
  if (kind === SEGMENT) return [null, 0, 0];
  return kind === LAST || kind === LAST_SHOWN || kind === ARM ? null : [];
}

/** A table as rows. */
export function rows(flat, width) {
  const found = [];
  for (let i = 0; i < flat.length; i += width) found.push(flat.slice(i, i + width));
  return found;
}

/** The table of a writer. */
export function own(writers, writer) {
  let row = writers.find(([one]) => one === writer);
  if (!row) {
    writers.push((row = [writer, []]));
    writers.sort(compare);
  }
  return row[1];
}

/** Where the row of a key is; where it is not there, it is made. */
export function place(flat, key, ...fresh) {
  let i = 0;
  while (i < flat.length && compare(flat[i], key) < 0) i += fresh.length + 1;
  if (flat[i] !== key) flat.splice(i, 0, key, ...fresh);
  return i;
}

/** Counts n more in a slot. */
export function add(writers, writer, slot = 0, n = 1) {
  const flat = own(writers, writer);
  flat[place(flat, slot, 0) + 1] += n;
  return flat;
}

/** The number in all slots, or in those later than one and up to another. */
export function counted(writers, after = -1, until = Infinity) {
  let found = 0;
  for (const [, flat] of writers) {
    for (let i = 0; i < flat.length; i += 2) if (flat[i] > after && flat[i] <= until) found += flat[i + 1];
  }
  return found;
}

/** How many slots of a writer stay. */
export function most({ kind, slots, limit }) {
  if (kind !== SHOWN) return slots;
  return limit ? Math.min(slots + 1, limit) : slots + 1;
}

/** The slot up to which a floor makes all go. */
export const gone = ({ kind, slot, slots }, floor) => slotOf(floor, slot) - slots - (kind === SHOWN ? 1 : 0);

/** Drops the oldest slots where there are too many; the shows of one that a cap may ask for move on. */
export function trim(flat, width, item, floor) {
  while (flat.length > most(item) * width) {
    const [slot, n] = flat.splice(0, width);
    if (item.kind === SHOWN && slot > gone(item, floor)) flat[1] += n;
  }
}

/** A score so many steps later; one that belongs to a later step stays as it is. */
export function faded(score, steps) {
  if (steps <= 0) return score;
  if (steps > 1039) return 0;
  score *= FADE[steps % 16];
  for (; steps > 15; steps -= 16) score *= 0.5;
  return score;
}

/** Takes what has happened into an item; `value` is that of its field. */
export function happened(item, row, writer, at, value, floor) {
  const { kind, slot: size, limit } = item, data = row[4], slot = slotOf(at, size);
  if (kind === LAST || kind === LAST_SHOWN) row[4] = Math.max(data, at);
  else if (kind === COUNT || kind === SHOWN) {
    const flat = own(data, writer), { length } = flat;
    add(data, writer, slot);
    if (size && flat.length > length) trim(flat, 2, item, floor);
  } else if (kind === DISTINCT) {
    const { length } = data, i = place(data, value, slot) + 1;
    data[i] = Math.max(data[i], slot);
    if (data.length > Math.max(length, 2 * limit)) {
      let oldest = 0;
      for (let k = 2; k < data.length; k += 2) if (data[k + 1] < data[oldest + 1]) oldest = k;
      data.splice(oldest, 2);
    }
  } else if (kind === SUM) {
    const flat = own(data, writer), { length } = flat, i = place(flat, slot, 0, 0), sum = flat[i + 2] + value;
    flat[i + 1]++;
    if (sum - sum === 0) flat[i + 2] = sum;
    if (flat.length > length) trim(flat, 3, item, floor);
  } else score(own(data, writer), value, slot, limit);
}

function score(flat, text, step, keep) {
  const { length } = flat, i = place(flat, text, step, 0), newer = Math.max(step, flat[i + 1]);
  flat[i + 2] = faded(flat[i + 2], newer - flat[i + 1]) + faded(1, newer - step);
  flat[i + 1] = newer;
  if (flat.length <= Math.max(length, 3 * keep)) return;
  const table = rows(flat, 3), newest = Math.max(...table.map((row) => row[1]));
  let worst = 0, least = Infinity;
  table.forEach((row, at) => {
    const now = faded(row[2], newest - row[1]);
    if (now <= least) [worst, least] = [at, now];
  });
  flat.splice(3 * worst, 3);
}
