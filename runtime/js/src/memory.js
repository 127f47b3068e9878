// Section 6, what a device remembers: STATE.md section 2. And what of other sections goes by it.
import { TABLE, ascending, below, distinct } from "./bytes.js";
import { SEGMENT } from "./conditions.js";
import { fail } from "./errors.js";
import { decodeDebug as decodePlainDebug, readDebug } from "./sections.js";
import { DOUBLE, NUMBER, STRING } from "./values.js";

const WORD = 4294967295;
const DISTINCT = 2, LAST = 3, SCORES = 4, SHOWN = 5, SURFACE = 9, ARM = 10;
const HOLD = 8;
export const BLOCK = 7, THEME = 12;

/** By role: a bit for each type, a bit for each kind of item, and how its arguments are written. */
const ROLES = [
  [6, 7, "ib"], [6, 7, "i"], [2, 8, "i"], [64, 16, "in"], [1, 8, "iinnb"], [2, 0, ""], [2, 0, ""],
  [2, 0, "v"], [2, 0, "n"], [1, 2048, "i"], [1, 2048, "i"], [2, 0, "n"], [2, 0, "n"],
];
/** Roles of aggregates, whose names have no dot. */
const NAMED = 0b1111101;

export function decodeMemory(r, p) {
  const { signals, names, rules, first } = p, variants = p.variants.length, surfaces = names.length;
  const host = r.varint(signals.length), events = r.sorted();
  const m = (p.memory = { host, events: [], groupOf: [] });
  const flag = () => below(r.u8(), 2, 113), word = () => r.varint(WORD);
  /** Rising indexes of a table. */
  const indexes = (size, least, each = (entry) => entry, bytesEach) => {
    const above = ascending();
    return r.many(size, () => each(above(r.place(size))), least, bytesEach);
  };
  /** An item of one of some kinds, a bit each. */
  const itemOf = (kinds) => {
    const item = r.place(m.items.length);
    return (kinds >> m.items[item].kind) & 1 ? item : fail(114);
  };

  // 2.1 events
  for (let i = 0; i < host; i++) if (signals[i].name.includes(".")) fail(114);
  let at = host;
  r.packed(events.length, undefined, (count, i) => {
    const name = events[i], end = below(at + count, signals.length + 1);
    m.events.push({ name, first: at, end });
    for (; at < end; at++) {
      const { name: field, type } = signals[at];
      if (!field.startsWith(name + ".") || field.length < name.length + 2 || type > STRING) fail(114);
    }
  });
  m.derivedAt = at;
  // Fields are read in the conditions of events, and nothing else is; units are the host's.
  p.literals.forEach(({ op, tested }, i) => {
    const isField = op !== SEGMENT && tested >= host && tested < at;
    if (isField !== i >= p.begins[first + rules]) fail(114);
  });
  for (const part of [p.holdout, ...p.gates.flatMap(({ traffic, split }) => [traffic, split])]) {
    if (part && part.unit >= host) fail(114);
  }

  // 2.2 items
  const above = ascending();
  m.items = r.many(4096, () => {
    const kind = below(r.u8(), 12, 108), item = { kind, key: word(), purpose: r.place(p.purposes.length + 1) - 1 };
    if (kind <= SCORES) occurrence(r, p, m, item);
    else if (kind < SURFACE) item.variants = indexes(variants, 1);
    if (kind <= DISTINCT || kind === SHOWN) {
      const least = kind === SHOWN ? 0 : 1;
      item.slot = r.varint(undefined, least);
      item.slots = r.varint(400, least);
      if (!item.slot !== !item.slots) fail(115);
    }
    if (kind === DISTINCT) item.limit = r.varint(256, 1);
    if (kind === SCORES) {
      item.slot = r.varint(undefined, 1);
      item.limit = r.varint(64, 1);
    }
    if (kind === SURFACE) item.surface = r.place(surfaces);
    if (kind === ARM) item.experiment = r.varint();
    if (kind > ARM) {
      item.segment = r.place(p.segments);
      item.cadence = r.varint();
      if (item.cadence < 1 || item.cadence > 4) fail(108);
      item.events = item.cadence > 3 ? r.many(events.length, () => r.place(events.length)) : [];
    }
    above(kind * 4294967296 + item.key);
    return item;
  });
  distinct(m.items.map((item) => item.key));

  // 2.3 derived
  m.declared = r.bits(host, 1);
  const argument = {
    i: itemOf, b: () => below(r.varint(), 2, 113), n: () => r.varint(), v: () => r.place(variants),
  };
  m.derived = signals.slice(at).map(({ name, type }) => {
    const role = below(r.u8(), 13, 108), [types, kinds, args] = ROLES[role];
    if (name.includes(".") === !!((NAMED >> role) & 1) || !((types >> type) & 1)) fail(114);
    return { role, args: [...args].map((what) => argument[what](kinds)) };
  });

  // 2.4 guards, of items of the kinds 5 to 9; 2.5 holds
  m.guards = r.many(TABLE, () => {
    const kind = below(r.u8(), 5, 108), allow = flag(), item = itemOf(32 << kind);
    return { kind, allow, item, limit: r.varint() };
  });
  m.holds = r.many(TABLE, () => {
    const item = itemOf(1 << SURFACE), { surface } = m.items[item], stable = r.varint(), changes = r.varint() - 1;
    return { item, surface, stable, changes, allow: flag(), entries: r.many(100000, (found, i) => {
      const rule = r.varint(), variant = r.place(p.counts[surface]), [before, last] = found[i - 1] || [-1];
      return rule < before || (rule === before && variant <= last) ? fail(111) : [rule, variant];
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
  const written = r.packed(surfaces, undefined, (count) => {
    total = below(total + below(count, 20001, 106), 100001, 106);
    return count;
  });
  for (const { surface, entries } of m.holds) for (const [rule] of entries) below(rule, written[surface]);
  m.written = r.packed(rules);
  m.standing = r.packed(rules, undefined, (standing, rule) => {
    if (below(standing, 5, 108) < 3) below(m.written[rule], written[p.surfaceOf[rule]]);
    return standing;
  });
  m.experiment = r.packed(rules, m.experiments.length + 1);
  const stops = r.packed(rules), suppressions = r.packed(rules);
  const flags = r.packed(rules, 4, null, 113);
  flags.forEach((bits, rule) => {
    const { any, terms } = p.shapeOf[first + rule].node;
    if (stops[rule] + suppressions[rule] + (bits & 1) + (bits >> 1) > (terms && !any ? terms.length : 1)) fail(115);
  });
  m.countsOfWritten = written;
  m.terms = { stops, suppressions, flags };
  m.keys = [];
  while (total--) m.keys.push(word());

  // 2.8 groups
  m.groups = r.many(surfaces, (groups, group) => {
    const themeOf = {}, variantsOfGroup = [];
    const own = indexes(surfaces, 2, (surface) => {
      if (m.groupOf[surface] >= 0) fail(112);
      m.groupOf[surface] = group;
      for (let v = p.variantAt[surface]; v < p.variantAt[surface + 1]; v++) variantsOfGroup.push(v);
      return surface;
    }, 1);
    const themes = r.texts();
    r.packed(variantsOfGroup.length, themes.length + 1, (theme, i) => (themeOf[variantsOfGroup[i]] = theme));
    own.forEach((surface, i) => (p.ahead[surface] = own.slice(0, i + 1)));
    return { surfaces: own, themes, themeOf };
  });
  const sizes = { [HOLD]: m.holds, 11: m.experiments, [THEME]: m.groups };
  for (const { role, args } of m.derived) if (sizes[role]) below(args[0], sizes[role].length);

  // 2.9 the person, 2.10 bounds
  m.topics = r.sorted();
  const ofVariants = r.packed(variants, m.topics.length + 1);
  m.topicsOf = ofVariants.map(() => []);
  total = at = 0;
  for (const count of ofVariants) total += count;
  const rising = ofVariants.map(ascending);
  r.packed(total, undefined, (topic) => {
    while (m.topicsOf[at].length >= ofVariants[at]) at++;
    m.topicsOf[at].push(rising[at](below(topic, m.topics.length)));
  });
  m.lessOf = r.varint();
  m.retention = r.varint();
  m.largest = r.varint();
}

function occurrence(r, p, m, item) {
  const { kind } = item;
  item.event = r.place(m.events.length);
  item.where = r.place(p.wheres + 1) - 1;
  const { first, end } = m.events[item.event];
  const ofEvent = (signal) => signal < first || signal >= end ? fail(114) : signal;
  if (item.where >= 0) {
    const condition = p.first + p.rules + item.where;
    for (let i = p.begins[condition]; i < p.begins[condition + 1]; i++) ofEvent(p.literals[i].tested);
  }
  if (!kind || kind === LAST) return;
  const { type } = p.signals[(item.field = ofEvent(r.place(p.signals.length)))];
  if (kind === SCORES ? type !== STRING : kind < 2 && type !== NUMBER && type !== DOUBLE) fail(114);
}

export function decodeDebug(r, p) {
  const { memory, names, ruleAt } = p;
  if (!memory) return decodePlainDebug(r, p);
  readDebug(r, p);
  for (let surface = 0; surface < names.length; surface++) {
    // Rules of one written rule have one id, those of two have two; nobody wrote those of a holdout.
    const ids = new Set(), numbers = new Set(), pairs = new Set();
    for (let rule = ruleAt[surface]; rule < ruleAt[surface + 1]; rule++) {
      if (memory.standing[rule] > 2) continue;
      const id = p.ruleIds[rule], number = memory.written[rule];
      ids.add(id);
      numbers.add(number);
      pairs.add(`${number} ${id}`);
    }
    if (pairs.size > ids.size || pairs.size > numbers.size) fail(112);
  }
}
