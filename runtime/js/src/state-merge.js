// Two states of one device become one: STATE.md 4.11. Commutative, associative, idempotent.
import { ageOf, inOrder, nameOf } from "./state-controls.js";
import { fresh } from "./state-form.js";
import { write } from "./state-msgpack.js";
import {
  ARM, CONTROLS, COUNT, DISMISSED, DISTINCT, FIRST, FLOOR, FORCED, ITEMS, LATER, NONCES, OFF, PREFERENCES, PROJECT,
  REFUSED, SCORES, SEGMENT, SESSION, SHOWN, SUM, SURFACE, UNCLICKED, compare, faded, idOf, most, rows,
} from "./state-tables.js";

/** The greater of two, by what `of` makes of them. */
const greater = (of) => (one, other) => (compare(of(one), of(other)) < 0 ? other : one);

const whole = greater((one) => one);

/** Rows of two tables, in order; `both` makes one row of two with the same key. */
function joined(one, other, both = whole, key = (row) => row[0]) {
  const found = new Map();
  for (const row of [...one, ...other]) {
    const name = key(row), had = found.get(name);
    found.set(name, had ? both(had, row) : row);
  }
  return [...found.values()].sort(compare);
}

const turned = ([left, right]) => [right, left];

/** Of each writer the newest slots, the greater of each. */
const counters = (width, most) => (one, other) =>
  joined(one, other, ([writer, mine], [, theirs]) => [
    writer, joined(rows(mine, width), rows(theirs, width)).slice(-most).flat(),
  ]);

/** Of each writer the table that is greater as a whole. */
const tables = (of) => (one, other) => joined(one, other, greater(([, flat]) => of(flat)));

const once = counters(2, 1), newestFirst = tables((flat) => rows(flat, 2).reverse());

const scores = tables((flat) => {
  const table = rows(flat, 3), newest = Math.max(...table.map((row) => row[1]));
  return [newest, table.reduce((sum, [, step, score]) => sum + faded(score, newest - step), 0), table];
});

const latest = greater(([variant, rule, since, last, personalized, session]) => [
  last, since, variant, rule, session, personalized,
]);

/** The data of two items of a kind; `item` is what the bundle says of them, if it has them. */
function merged(kind, item, one, other) {
  switch (kind) {
    case COUNT:
    case SUM:
      return counters(kind === SUM ? 3 : 2, item ? most(item) : 1)(one, other);
    case DISTINCT:
      return joined(rows(one, 2), rows(other, 2)).map(turned).sort(compare).slice(item ? -item.limit : -1)
        .map(turned).sort(compare).flat();
    case SCORES:
      return scores(one, other);
    case SHOWN:
      return newestFirst(one, other);
    case DISMISSED:
      return once(one, other);
    case UNCLICKED:
      return [once(one[0], other[0]), once(one[1], other[1])];
    case SURFACE:
      return latest(one, other).map((value, i) => (i < 6 ? value : once(one[i], other[i])));
    case ARM:
      return !one || (other && compare([other[1], other[0]], [one[1], one[0]]) < 0) ? other : one;
    case SEGMENT: {
      const [value, time] = greater(([value, time]) => [time, value])(one, other);
      return [value, time, Math.max(one[2], other[2])];
    }
  }
  return whole(one, other);
}

/** One state of two of the same project, whose arrays are used up. Of one that is off only times are left. */
export function merge(p, one, other) {
  const { items } = p.memory || { items: [] };
  const both = (place, of) => of(one[place], other[place]);
  const found = fresh(one[PROJECT], Math.min(one[FIRST], other[FIRST]));
  found[FLOOR] = both(FLOOR, Math.max);
  found[SESSION] = both(SESSION, greater(([number, started, last, name]) => [number, last, started, name]));
  found[OFF] = one[OFF] || other[OFF];
  found.push(...greater(write)(one.slice(LATER), other.slice(LATER)));
  if (found[OFF]) return found;
  found[PREFERENCES] = new Map(
    both(PREFERENCES, (...rows) => joined(...rows, greater(([, [value, time]]) => [time, write(value)]))));
  found[CONTROLS] = inOrder(
    both(CONTROLS, (...rows) => joined(...rows, greater(([, strength, , , time]) => [time, strength]), nameOf))
      .sort((left, right) => compare(ageOf(left), ageOf(right))).slice(-16));
  found[FORCED] = new Map(both(FORCED, joined));
  found[NONCES] = both(NONCES, (mine, theirs) =>
    compare(mine, theirs) ? [...new Set([...mine, ...theirs])].sort(compare).slice(-32) : mine);
  found[REFUSED] = both(REFUSED, (mine, theirs) => mine.map((n, why) => Math.max(n, theirs[why])));
  found[ITEMS] = both(ITEMS, (...rows) => joined(...rows, (mine, theirs) => {
    const [kind, key, purpose, begun, data] = mine, item = items.find((one) => one.kind === kind && one.key === key);
    return [kind, key, purpose, Math.min(begun, theirs[3]), merged(kind, item, data, theirs[4])];
  }, ([kind, key]) => idOf(kind, key)));
  return found;
}
