// Section 6, what a device remembers: STATE.md section 2.
import { TABLE, below, distinct } from "./bytes.js";
import { SEGMENT } from "./conditions.js";
import { fail } from "./errors.js";
import { DOUBLE, NUMBER, STRING } from "./values.js";

const WORD = 4294967295;
const DISTINCT = 2, LAST = 3, SCORES = 4, SHOWN = 5, SURFACE = 9, ARM = 10;
export const BLOCK = 7, HOLD = 8, THEME = 12;

/** By role: a bit for each type, a bit for each kind of item, and how its arguments are written. */
const ROLES = [
  [6, 7, "ib"], [6, 7, "i"], [2, 8, "i"], [64, 16, "in"], [1, 8, "iinnb"], [2, 0, ""], [2, 0, ""],
  [2, 0, "v"], [2, 0, "n"], [1, 2048, "i"], [1, 2048, "i"], [2, 0, "n"], [2, 0, "n"],
];
/** Roles of aggregates, whose names have no dot. */
const NAMED = 0b1111101;

export function decodeMemory(r, p) {
  const { signals, names, rules, first } = p, variants = p.variants.length, surfaces = names.length;
  const host = r.int(signals.length), events = r.sorted();
  const m = (p.memory = { host, fields: 0, events: [] });
  const flag = () => below(r.u8(), 2, 113), word = () => r.int(WORD);
  /** Rising indexes of a table. */
  const indexes = (size, least) => r.many(size, (found, i) => {
    const entry = r.place(size);
    return i && entry <= found[i - 1] ? fail(111) : entry;
  }, least);
  /** An item of one of some kinds, a bit each. */
  const itemOf = (kinds) => {
    const item = r.place(m.items.length);
    return (kinds >> m.items[item].kind) & 1 ? item : fail(114);
  };

  // 2.1 events
  for (let i = 0; i < host; i++) if (signals[i].name.includes(".")) fail(114);
  let at = host;
  r.packed(events.length, (count, i) => {
    const name = events[i], end = below(at + count, signals.length + 1) ;
    m.events.push({ name, first: at, end });
    for (; at < end; at++) {
      const { name: field, type } = signals[at];
      if (!field.startsWith(name + ".") || field.length < name.length + 2 || type > STRING) fail(114);
    }
  });
  m.derivedAt = at;
  // Fields are read in the conditions of events, and nothing else is; units are the host's.
  p.literals.forEach((test, i) => {
    const signal = p.tested[test];
    const isField = (p.ops[test] & 127) !== SEGMENT && signal >= host && signal < at;
    if (isField !== i >= p.from[first + rules]) fail(114);
  });
  for (const part of [p.holdout, ...p.gates.flatMap((gate) => (gate ? [gate.traffic, gate.split] : []))]) {
    if (part && part.unit >= host) fail(114);
  }

  // 2.2 items
  m.items = r.many(4096, (found, i) => {
    const kind = below(r.u8(), 12, 108), item = { kind, key: word(), purpose: r.place(p.purposes.length + 1) - 1 };
    if (kind <= SCORES) occurrence(r, p, m, item);
    else if (kind < SURFACE) item.variants = indexes(variants, 1);
    if (kind <= DISTINCT || kind === SHOWN) {
      const least = kind === SHOWN ? 0 : 1;
      item.slot = r.int(undefined, least);
      item.slots = r.int(400, least);
      if (!item.slot !== !item.slots) fail(115);
    }
    if (kind === DISTINCT) item.limit = r.int(256, 1);
    if (kind === SCORES) {
      item.slot = r.int(undefined, 1);
      item.limit = r.int(64, 1);
    }
    if (kind === SURFACE) item.surface = r.place(surfaces);
    if (kind === ARM) item.experiment = r.int();
    if (kind > ARM) {
      item.segment = r.place(p.segments);
      item.cadence = r.int();
      if (item.cadence < 1 || item.cadence > 4) fail(108);
      item.events = item.cadence > 3 ? r.many(events.length, () => r.place(events.length)) : [];
    }
    const last = found[i - 1];
    return i && (kind < last.kind || (kind === last.kind && item.key <= last.key)) ? fail(111) : item;
  });
  distinct(m.items.map((item) => item.key));

  // 2.3 derived
  const bit = r.bits(host, 1);
  m.declared = signals.slice(0, host).map((_, i) => r.bitsAt(bit + i, 1));
  const argument = {
    i: itemOf, b: () => below(r.int(), 2, 113), n: () => r.int(), v: () => r.place(variants),
  };
  m.derived = signals.slice(at).map(({ name, type }) => {
    const role = below(r.u8(), 13, 108), [types, kinds, args] = ROLES[role];
    if (name.includes(".") === !!((NAMED >> role) & 1) || !((types >> type) & 1)) fail(114);
    return { role, args: [...args].map((what) => argument[what](kinds)) };
  });

  // 2.4 guards, of items of the kinds 5 to 9; 2.5 holds
  m.guards = r.many(TABLE, () => {
    const kind = below(r.u8(), 5, 108), allow = flag(), item = itemOf(32 << kind);
    return { kind, allow, item, limit: r.int() };
  });
  m.holds = r.many(TABLE, () => {
    const item = itemOf(1 << SURFACE), { surface } = m.items[item], stable = r.int(), changes = r.int() - 1;
    return { item, surface, stable, changes, allow: flag(), entries: r.many(100000, (found, i) => {
      const rule = r.int(), variant = r.place(p.counts[surface]), last = found[i - 1];
      return i && (rule < last[0] || (rule === last[0] && variant <= last[1])) ? fail(111) : [rule, variant];
    }) };
  });

  // 2.6 experiments
  m.experiments = r.many(100000, () => ({ key: word(), sticky: flag(), arms: r.texts() }));
  const wanted = m.experiments.map(({ sticky }) => sticky);
  for (const { kind, experiment } of m.items) {
    if (kind === ARM && !wanted[below(experiment, wanted.length)]--) fail(115);
  }
  if (wanted.includes(1)) fail(115);

  // 2.7 rules
  let total = 0;
  const written = r.packed(surfaces, (count) => {
    total = below(total + below(count, 20001, 106), 100001, 106);
    return count;
  });
  for (const { surface, entries } of m.holds) for (const [rule] of entries) below(rule, written[surface]);
  m.written = r.packed(rules);
  m.standing = r.packed(rules, (standing, rule) => {
    if (below(standing, 5, 108) < 3) below(m.written[rule], written[p.surfaceOf[rule]]);
    return standing;
  });
  m.experiment = r.packed(rules, m.experiments.length + 1);
  const stops = r.packed(rules), suppressions = r.packed(rules);
  const flags = r.packed(rules, 4, 113);
  flags.forEach((bits, rule) => {
    const { any, terms } = p.shapes[p.shapeOf[first + rule]].node;
    if (stops[rule] + suppressions[rule] + (bits & 1) + (bits >> 1) > (terms && !any ? terms.length : 1)) fail(115);
  });
  m.countsOfWritten = written;
  m.terms = { stops, suppressions, flags };
  m.keys = [];
  while (total--) m.keys.push(word());

  // 2.8 groups
  m.groups = r.many(surfaces, (groups, group) => {
    const themeOf = {}, variantsOfGroup = [];
    const own = r.many(surfaces, (found, i) => {
      const surface = r.place(surfaces);
      if (i && surface <= found[i - 1]) fail(111);
      if (p.groupOf[surface] >= 0) fail(112);
      p.groupOf[surface] = group;
      for (let v = p.variantAt[surface]; v < p.variantAt[surface + 1]; v++) variantsOfGroup.push(v);
      return surface;
    }, 2, 1);
    const themes = r.texts();
    r.packed(variantsOfGroup.length, (theme, i) => (themeOf[variantsOfGroup[i]] = below(theme, themes.length + 1)));
    return { surfaces: own, themes, themeOf };
  });
  const sizes = { [HOLD]: m.holds, 11: m.experiments, [THEME]: m.groups };
  for (const { role, args } of m.derived) if (sizes[role]) below(args[0], sizes[role].length);

  // 2.9 the person, 2.10 bounds
  m.topics = r.sorted();
  const ofVariants = r.packed(variants, m.topics.length + 1);
  m.topicsOf = ofVariants.map(() => []);
  total = 0;
  for (const count of ofVariants) total += count;
  at = 0;
  r.packed(total, (topic) => {
    while (m.topicsOf[at].length >= ofVariants[at]) at++;
    const own = m.topicsOf[at];
    if (below(topic, m.topics.length) <= own[own.length - 1]) fail(111);
    own.push(topic);
  });
  m.lessOf = r.int();
  m.retention = r.int();
  m.largest = r.int();
}

function occurrence(r, p, m, item) {
  const { kind } = item;
  item.event = r.place(m.events.length);
  item.where = r.place(p.wheres + 1) - 1;
  const { first, end } = m.events[item.event];
  const ofEvent = (signal) => signal < first || signal >= end ? fail(114) : signal;
  if (item.where >= 0) {
    const condition = p.first + p.rules + item.where;
    for (let i = p.from[condition]; i < p.from[condition + 1]; i++) ofEvent(p.tested[p.literals[i]]);
  }
  if (!kind || kind === LAST) return;
  const { type } = p.signals[(item.field = ofEvent(r.place(p.signals.length)))];
  if (kind === SCORES ? type !== STRING : kind < 2 && type !== NUMBER && type !== DOUBLE) fail(114);
}
