// Two states of one device become one: STATE.md 4.11. Commutative, associative, idempotent.
import { fresh, inOrder, named } from "./state-form.js";
import { compare, sorted, write } from "./state-msgpack.js";
import {
  ARM, CONTROLS, DISTINCT, FIRST, FLOOR, FORCED, ITEMS, LAST, LAST_SHOWN, LATER, NONCES, OFF, PREFERENCES, PROJECT,
  REFUSED, SCORES, SEGMENT, SESSION, SHOWN, SURFACE, UNCLICKED, faded, idOf, most, newestFirst, newestStep,
} from "./state-tables.js";

/** The greater of two, by what `of` makes of them. */
const greater = (of = (one) => one) => (one, other) => (compare(of(one), of(other)) < 0 ? other : one);

/** All of two tables; `both` makes one value of two. */
function joined(one, other, both = greater()) {
  const found = new one.constructor(one);
  for (const [key, value] of other) found.set(key, found.has(key) ? both(found.get(key), value) : value);
  return found;
}

/** Of each writer the newest slots, the greater of each; also of one that only one state has. */
const counters = (one, other, most = 1) =>
  new Map([...joined(one, other, joined)].map(([writer, slots]) => [writer, new Map(sorted(slots).slice(-most))]));

const scoresOf = (own) => {
  const all = sorted(own), newest = newestStep(own);
  return [newest, all.reduce((sum, [, [step, score]]) => sum + faded(score, newest - step), 0), all];
};

/** The data of two items of a kind; `item` is what the bundle says of them. */
function merged(kind, one, other, item) {
  if (kind === LAST || kind === LAST_SHOWN) return greater()(one, other);
  if (kind === DISTINCT) {
    const all = joined(one, other);
    return new Map(newestFirst(all).slice(0, item.limit).map((hash) => [hash, all.get(hash)]));
  }
  if (kind === SCORES) return joined(one, other, greater(scoresOf));
  if (kind === SHOWN) return joined(one, other, greater((own) => sorted(own).reverse()));
  if (kind === UNCLICKED) return one.map((own, i) => counters(own, other[i]));
  if (kind === SURFACE) {
    const later = greater(([variant, rule, since, last, personal, session]) =>
      [last, since, variant, rule, session, personal])(one, other);
    return later.map((value, i) => (i < 6 ? value : counters(one[i], other[i])));
  }
  if (kind === ARM) {
    const later = one && other && greater(([arm, time]) => [time, arm])(one, other);
    return later === one ? other : one;
  }
  if (kind === SEGMENT) {
    const [value, time] = greater(([value, time]) => [time, value])(one, other);
    return [value, time, Math.max(one[2], other[2])];
  }
  return counters(one, other, most(item));
}

/** The same values, to be changed by another. */
const copyOf = (value) =>
  Array.isArray(value) ? value.map(copyOf) : value instanceof Map ? new value.constructor([...value].map(copyOf)) : value;

/** One state of two of the same project; the second is left as it is. Of one that is off only times are left. */
export function merge(p, one, theirOwn) {
  const other = copyOf(theirOwn);
  const both = (place, of) => of(one[place], other[place]), found = fresh(one[PROJECT], both(FIRST, Math.min));
  found[FLOOR] = both(FLOOR, Math.max);
  found[SESSION] = both(SESSION, greater(([number, started, last, name]) => [number, last, started, name]));
  found[OFF] = one[OFF] || other[OFF];
  found.push(...greater(write)(one.slice(LATER), other.slice(LATER)));
  if (found[OFF]) return found;
  const later = greater(([value, time]) => [time, write(value)]), stronger = greater((row) => [row[4], row[1]]);
  found[PREFERENCES] = both(PREFERENCES, (mine, theirs) => joined(mine, theirs, later));
  found[CONTROLS] = both(CONTROLS, (mine, theirs) => named(inOrder(joined(mine, theirs, stronger)).slice(-16)));
  found[FORCED] = both(FORCED, (mine, theirs) => joined(mine, theirs));
  found[NONCES] = both(NONCES, (mine, theirs) =>
    compare([...mine], [...theirs]) ? new Set(sorted(new Set([...mine, ...theirs])).slice(-32)) : mine);
  found[REFUSED] = both(REFUSED, (mine, theirs) => mine.map((n, why) => Math.max(n, theirs[why])));
  found[ITEMS] = both(ITEMS, (mine, theirs) => joined(mine, theirs, ([kind, key, purpose, begun, data], row) => [
    kind, key, purpose, Math.min(begun, row[3]),
    merged(kind, data, row[4], p.memory.items.find((item) => idOf(item) === idOf({ kind, key }))),
  ]));
  return found;
}
