// What a state says at a time: the values of machine signals. STATE.md 2.3 and section 4.
import { sorted } from "./state-msgpack.js";
import {
  ARM, CONTROLS, DISTINCT, FIRST, FLOOR, FORCED, IDLE, ITEMS, OFF, PREFERENCES, SESSION, SUM,
  TRUSTED, counted, empty, faded, idOf, more, slotOf, turnOf,
} from "./state-tables.js";

/** The time that caps and cooldowns look at. */
export const trusted = (data, now) => (now < data[FLOOR] && data[FLOOR] <= now + TRUSTED ? data[FLOOR] : now);

/** How often shown since the last click. */
export const unclicked = ([shows, clicked]) => [...shows].reduce((sum, [writer, own]) => {
  const before = clicked.get(writer);
  return sum + Math.max(0, own.get(0)[0] - (before ? before.get(0)[0] : 0));
}, 0);

/**
 * All that deciding asks of a state, and for which times it stays so: those from `since` on and before
 * `until`. A time since something may meanwhile be any with the same answers to all tests.
 */
export function standing(p, data, now) {
  const values = Object.create(null), declared = Object.create(null), { memory } = p;
  const found = { p, values, declared, off: data[OFF], forced: new Set(), since: -Infinity, until: Infinity };
  if (!memory || found.off) return found;

  /** Something changes at this time. */
  const cut = (at) => {
    if (at <= now) found.since = Math.max(found.since, at);
    else found.until = Math.min(found.until, at);
  };
  const slotNow = (size) => {
    const slot = slotOf(now, size);
    cut(slot * size);
    cut((slot + 1) * size);
    return slot;
  };
  const kept = memory.items.map((item) =>
    data[ITEMS].get(idOf(item)) || [item.kind, item.key, null, now, empty(item.kind)]);
  const [session, , last, name] = data[SESSION];
  if (name === null) cut(last + IDLE);
  const current = more(session, name === null && now - last >= IDLE);
  const spent = ([, , , , , of, changes], limit) =>
    of === current && counted(changes, current - 1, current) >= limit;
  const idsOf = (surface) => {
    const own = [];
    for (let v = p.variantAt[surface]; v < p.variantAt[surface + 1]; v++) own.push(p.ids[p.variants[v]]);
    return own;
  };

  /** By variant, the rank of what blocks it: suppressed, capped, changes spent, cooling down. */
  const blocks = () => {
    const by = [], time = trusted(data, now);
    const block = (rank, variants) => variants.forEach((v) => (by[v] = Math.min(by[v] ?? 9, rank)));
    cut(data[FLOOR]);
    cut(data[FLOOR] - TRUSTED);
    for (const [kind, strength, target, variant, at] of data[CONTROLS].values()) {
      const until = strength > 1 ? -Infinity : strength ? at + memory.lessOf : Infinity;
      if (strength === 1) cut(until);
      if (now >= until) continue;
      const surface = p.numbers.get(target), topic = memory.topics.indexOf(target);
      block(0, [...p.variants.keys()].filter((v) =>
        kind === 1 ? memory.topicsOf[v].includes(topic)
          : v >= p.variantAt[surface] && v < p.variantAt[surface + 1] && (kind || p.ids[p.variants[v]] === variant)));
    }
    for (const { kind, item, limit } of memory.guards) {
      const of = memory.items[item], own = kept[item][4], { slot, variants } = of;
      if (kind === 0) {
        if (slot && time === now) slotNow(slot);
        if (counted(own, slot ? slotOf(time, slot) - of.slots - 1 : -1) >= limit) block(1, variants);
      } else if (kind === 1) {
        if (own === null) continue;
        cut(own + limit);
        if (time < own + limit) block(3, variants);
      } else if (kind === 4) {
        const at = p.variantAt[of.surface];
        if (spent(own, limit)) idsOf(of.surface).forEach((id, i) => id !== own[4] && block(2, [at + i]));
      } else if ((kind === 2 ? counted(own) : unclicked(own)) >= limit) block(0, variants);
    }
    p.names.forEach((_, surface) => delete by[p.variantAt[surface] + p.defaults[surface]]);
    return by;
  };
  let by;

  const since = (signal, time) => {
    if (time === null) return null;
    for (const value of [...signal.values, signal.least, signal.most]) {
      cut(time + value);
      cut(time + value + 1);
    }
    return Math.max(0, now - time);
  };
  const amount = ({ kind, slot, slots }, own) => {
    const until = slotNow(slot), after = until - slots;
    if (kind === DISTINCT) return [...own.values()].filter(([at]) => at > after && at <= until).length;
    if (kind !== SUM) return counted(own, after, until);
    const parts = [];
    for (const [writer, table] of own) for (const [at, cell] of table) parts.push([at, writer, cell[1]]);
    return sorted(parts).reduce((sum, [at, , part]) => (at > after && at <= until ? sum + part : sum), 0);
  };
  const top = (signal, i, most) => {
    const all = new Map(), step = slotNow(memory.items[i].slot);
    for (const [, table] of sorted(kept[i][4])) {
      for (const [text, [at, score]] of table) all.set(text, (all.get(text) || 0) + faded(score, step - at));
    }
    const best = sorted([...all].map(([text, score]) => [-score, text])).filter(([score]) => score);
    return best.length ? best.slice(0, most).map(([, text]) => text) : null;
  };
  const funnel = (signal, a, b, after, within, zero) => {
    const [, , , begun, reached] = kept[a], left = kept[b][4];
    if (reached !== null) {
      const age = now - reached;
      cut(reached + after);
      cut(reached + within);
      if (age < within) return age >= after && (left === null || left < reached);
    }
    if (zero) return false;
    cut(begun + within);
    return now - begun < within ? null : false;
  };
  const hold = (signal, number) => {
    const { item, surface, stable, changes, entries } = memory.holds[number], own = kept[item][4];
    const [variant, rule, start] = own, ids = idsOf(surface);
    if (!variant || variant === ids[p.defaults[surface]]) return null;
    if (stable) cut(start + stable);
    if (!(stable && now - start < stable) && !(changes >= 0 && spent(own, changes))) return null;
    let first = 0;
    for (let i = 0; i < surface; i++) first += memory.countsOfWritten[i];
    return 1 + entries.findIndex(([one, of]) => memory.keys[first + one] === rule && ids[of] === variant) || null;
  };
  const arm = (signal, number) => {
    const { key, arms } = memory.experiments[number], forced = arms.indexOf(data[FORCED].get(key));
    const item = memory.items.findIndex(({ kind, experiment }) => kind === ARM && experiment === number);
    const stored = item < 0 ? null : kept[item][4];
    return 1 + (forced < 0 && stored ? arms.indexOf(stored[0]) : forced) || null;
  };
  const stored = (number, wanted) => {
    const [value, time] = kept[number][4], turn = turnOf(memory.items[number].cadence);
    // After two turns without a refresh it does not count.
    const end = turn ? (slotOf(time, turn) + 2) * turn : Infinity;
    cut(end);
    return value === wanted && now < end ? true : null;
  };

  const exact = (signal, i, zero = 1) => {
    const item = memory.items[i], [, , , begun, own] = kept[i];
    return zero || slotOf(begun, item.slot) <= slotNow(item.slot) - item.slots ? amount(item, own) : null;
  };
  const block = (signal, variant) => [1, 2, 4, 3][(by = by || blocks())[variant]];
  const roles = [
    exact, exact, (signal, i) => since(signal, kept[i][4]), top, funnel, (signal) => since(signal, data[FIRST]),
    () => current, block, hold, (signal, i) => stored(i, true), (signal, i) => stored(i, false), arm, () => null,
  ];
  memory.derived.forEach(({ role, args }, i) => {
    const signal = p.signals[memory.derivedAt + i], value = roles[role](signal, ...args);
    if (value != null) values[signal.name] = value;
  });
  for (let i = 0; i < memory.host; i++) {
    const { name: signal } = p.signals[i], row = memory.declared[i] && data[PREFERENCES].get(signal);
    if (row && row[0] !== null) declared[signal] = row[0];
  }
  memory.experiments.forEach(({ key, arms }, number) => {
    if (arms.includes(data[FORCED].get(key))) found.forced.add(number);
  });
  return found;
}
