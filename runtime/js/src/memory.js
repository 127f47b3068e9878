// Section 6, what a device remembers: STATE.md section 2.
import { TABLE, distinct } from "./bytes.js";
import { SEGMENT } from "./conditions.js";
import { fail } from "./errors.js";
import { BOOL, DOUBLE, LIST, NUMBER, STRING } from "./values.js";

const WORD = 4294967295;
const COUNT = 0, SUM = 1, DISTINCT = 2, LAST = 3, SCORES = 4, SHOWN = 5, UNCLICKED = 8, SURFACE = 9, ARM = 10;
const STORED = 11;
export const BLOCK = 7, HOLD = 8, THEME = 12;

/** By role: a bit for each type, a bit for each kind of item, and how its arguments are written. */
const ROLES = [
  [6, 7, "ib"], [6, 7, "i"], [2, 8, "i"], [64, 16, "in"], [1, 8, "iinnb"], [2, 0, ""], [2, 0, ""],
  [2, 0, "v"], [2, 0, "n"], [1, 2048, "i"], [1, 2048, "i"], [2, 0, "n"], [2, 0, "n"],
];
/** Roles of aggregates, whose names have no dot. */
const NAMED = 0b1111101;
/** By kind of a guard, the kind of its item. */
const GUARDED = [SHOWN, 6, 7, UNCLICKED, SURFACE];

export function decodeMemory(r, p) {
  const m = (p.memory = { host: 0, fields: 0, events: [], items: [] });
  decodeEvents(r, p, m);
  checkConditions(p, m);
  for (let n = r.int(4096), last; n--; ) {
    const item = decodeItem(r, p, m);
    if (last && (item.kind < last.kind || (item.kind === last.kind && item.key <= last.key))) fail(111);
    m.items.push((last = item));
  }
  distinct(m.items.map((item) => item.key));
  decodeDerived(r, p, m);
  decodeGuards(r, p, m);
  decodeExperiments(r, m);
  decodeRows(r, p, m);
  decodeGroups(r, p, m);
  const sizes = { [HOLD]: m.holds.length, 11: m.experiments.length, [THEME]: m.groups.length };
  for (const { role, args } of m.derived) if (args[0] >= sizes[role]) fail(107);
  decodePerson(r, p, m);
  m.retention = r.int();
  m.largest = r.int();
}

function decodeEvents(r, p, m) {
  const { signals } = p;
  m.host = r.int(signals.length);
  for (let i = 0; i < m.host; i++) if (signals[i].name.includes(".")) fail(114);
  const names = r.sorted(), counts = r.packed(names.length);
  let at = m.host;
  for (let i = 0, total = m.host; i < names.length; i++) {
    total += counts[i];
    if (total > signals.length) fail(107);
  }
  names.forEach((name, i) => {
    const end = at + counts[i];
    m.events.push({ name, first: at, end });
    for (; at < end; at++) {
      const { name: field, type } = signals[at];
      if (!field.startsWith(name + ".") || field.length < name.length + 2) fail(114);
      if (type > STRING) fail(114);
    }
  });
  m.derivedAt = at;
}

/** Fields are read in the conditions of events, and nothing else is; units are the host's. */
function checkConditions(p, m) {
  const wheres = p.from[p.first + p.rules];
  for (let i = 0; i < p.literals.length; i++) {
    const test = p.literals[i], signal = p.tested[test];
    const field = (p.ops[test] & 127) !== SEGMENT && signal >= m.host && signal < m.derivedAt;
    if (field !== i >= wheres) fail(114);
  }
  const units = p.holdout ? [p.holdout.unit] : [];
  for (const gate of p.gates) {
    if (gate && gate.traffic) units.push(gate.traffic.unit);
    if (gate && gate.split) units.push(gate.split.unit);
  }
  if (units.some((unit) => unit >= m.host)) fail(114);
}

function decodeItem(r, p, m) {
  const kind = r.u8();
  if (kind > STORED) fail(108);
  const item = { kind, key: r.int(WORD), purpose: r.index(p.purposes.length + 1) - 1 };
  if (kind <= SCORES) decodeOccurrence(r, p, m, item);
  else if (kind <= UNCLICKED) item.variants = rising(r, p.variants.length, 1);
  if (kind <= DISTINCT || kind === SHOWN) {
    const least = kind === SHOWN ? 0 : 1;
    item.slot = r.int(undefined, least);
    item.slots = r.int(400, least);
    if (!item.slot !== !item.slots) fail(115);
  }
  if (kind === DISTINCT) item.limit = r.int(256, 1);
  else if (kind === SCORES) {
    item.slot = r.int(undefined, 1);
    item.limit = r.int(64, 1);
  } else if (kind === SURFACE) item.surface = r.index(p.names.length);
  else if (kind === ARM) item.experiment = r.int();
  else if (kind === STORED) {
    item.segment = r.index(p.segments);
    item.cadence = r.int();
    if (item.cadence < 1 || item.cadence > 4) fail(108);
    item.events = [];
    const events = m.events.length;
    if (item.cadence === 4) for (let n = r.int(events); n--; ) item.events.push(r.index(events));
  }
  return item;
}

function decodeOccurrence(r, p, m, item) {
  item.event = r.index(m.events.length);
  const { first, end } = m.events[item.event];
  item.where = r.index(p.wheres + 1) - 1;
  if (item.where >= 0) {
    const condition = p.first + p.rules + item.where;
    for (let i = p.from[condition]; i < p.from[condition + 1]; i++) {
      const signal = p.tested[p.literals[i]];
      if (signal < first || signal >= end) fail(114);
    }
  }
  if (item.kind === COUNT || item.kind === LAST) return;
  item.field = r.index(p.signals.length);
  if (item.field < first || item.field >= end) fail(114);
  const { type } = p.signals[item.field];
  if (item.kind === SUM && type !== NUMBER && type !== DOUBLE) fail(114);
  if (item.kind === SCORES && type !== STRING) fail(114);
}

/** Rising indexes of a table. */
function rising(r, size, least) {
  const found = [];
  for (let n = r.int(size, least), last = -1; n--; last = found[found.length - 1]) {
    found.push(r.index(size));
    if (found[found.length - 1] <= last) fail(111);
  }
  return found;
}

/** An item of one of some kinds, a bit each. */
function itemOf(r, m, kinds) {
  const item = r.index(m.items.length);
  if (!((kinds >> m.items[item].kind) & 1)) fail(114);
  return item;
}

function decodeDerived(r, p, m) {
  m.declared = r.bits(m.host, 1);
  const read = {
    i: (kinds) => itemOf(r, m, kinds),
    b: () => bit(r),
    n: () => r.int(),
    v: () => r.index(p.variants.length),
  };
  m.derived = p.signals.slice(m.derivedAt).map(({ name, type }) => {
    const role = r.u8();
    if (role > THEME) fail(108);
    const [types, kinds, args] = ROLES[role];
    if (name.includes(".") === !!((NAMED >> role) & 1) || !((types >> type) & 1)) fail(114);
    return { role, args: [...args].map((what) => read[what](kinds)) };
  });
}

function bit(r) {
  const found = r.int();
  if (found > 1) fail(113);
  return found;
}

function decodeGuards(r, p, m) {
  m.guards = [];
  m.holds = [];
  for (let n = r.int(TABLE); n--; ) {
    const kind = r.u8();
    if (kind > 4) fail(108);
    const allow = r.flags(1), item = itemOf(r, m, 1 << GUARDED[kind]);
    const limit = r.int();
    m.guards.push({ kind, allow, item, limit });
    // Of shows, the greatest that a cap asks for.
    if (!kind) m.items[item].limit = Math.max(m.items[item].limit || 0, limit);
  }
  for (let n = r.int(TABLE); n--; ) {
    const item = itemOf(r, m, 1 << SURFACE), stable = r.int(), changes = r.int() - 1;
    const allow = r.flags(1), entries = [], { surface } = m.items[item];
    const variants = p.variantAt[surface + 1] - p.variantAt[surface];
    for (let k = r.int(100000), last; k--; ) {
      const entry = [r.int(), r.index(variants)];
      if (last && (entry[0] < last[0] || (entry[0] === last[0] && entry[1] <= last[1]))) fail(111);
      entries.push((last = entry));
    }
    m.holds.push({ item, surface, stable, changes, allow, entries });
  }
}

function decodeExperiments(r, m) {
  m.experiments = [];
  for (let n = r.int(100000); n--; ) {
    m.experiments.push({ key: r.int(WORD), sticky: r.flags(1), arms: r.texts() });
  }
  const stored = m.experiments.map(() => 0);
  for (const item of m.items) {
    if (item.kind !== ARM) continue;
    if (item.experiment >= stored.length) fail(107);
    stored[item.experiment]++;
  }
  if (stored.some((count, i) => count !== m.experiments[i].sticky)) fail(115);
}

function decodeRows(r, p, m) {
  const counts = r.packed(p.names.length);
  let total = 0;
  for (const count of counts) {
    if (count > 20000) fail(106);
    total += count;
  }
  if (total > 100000) fail(106);
  for (const { surface, entries } of m.holds) {
    for (const [rule] of entries) if (rule >= counts[surface]) fail(107);
  }
  m.written = r.packed(p.rules);
  m.standing = r.packed(p.rules, 5, 108);
  m.experiment = r.packed(p.rules, m.experiments.length + 1);
  const stops = r.packed(p.rules), suppressions = r.packed(p.rules), flags = r.packed(p.rules, 4, 113);
  for (let surface = 0; surface < counts.length; surface++) {
    for (let rule = p.ruleAt[surface]; rule < p.ruleAt[surface + 1]; rule++) {
      if (m.standing[rule] < 3 && m.written[rule] >= counts[surface]) fail(107);
      const { node } = p.shapes[p.shapeOf[p.first + rule]];
      const terms = stops[rule] + suppressions[rule] + (flags[rule] & 1) + (flags[rule] >> 1);
      if (terms > (node.terms && !node.any ? node.terms.length : 1)) fail(115);
    }
  }
  m.countsOfWritten = counts;
  m.terms = { stops, suppressions, flags };
  m.keys = [];
  while (total--) m.keys.push(r.int(WORD));
}

function decodeGroups(r, p, m) {
  m.groups = [];
  const surfaces = p.names.length, grouped = [];
  for (let n = r.int(surfaces); n--; ) {
    const own = rising(r, surfaces, 2), themes = r.texts(), themeOf = {};
    grouped.push(...own);
    let size = 0;
    for (const surface of own) size += p.variantAt[surface + 1] - p.variantAt[surface];
    const column = r.packed(size, themes.length + 1);
    size = 0;
    for (const surface of own) {
      for (let v = p.variantAt[surface]; v < p.variantAt[surface + 1]; v++) themeOf[v] = column[size++];
    }
    m.groups.push({ surfaces: own, themes, themeOf });
  }
  distinct(grouped);
}

function decodePerson(r, p, m) {
  m.topics = r.sorted();
  const counts = r.packed(p.variants.length, m.topics.length + 1);
  let total = 0, at = 0, many = false;
  for (const count of counts) {
    total += count;
    many = many || count > 1;
  }
  // A column without bytes vouches for no length; all would be the first topic.
  if (many && !r.bytes[r.at]) fail(r.at < r.end ? 111 : 101);
  const all = r.packed(total, m.topics.length);
  m.topicsOf = Array.from(counts, (count) => {
    const own = Array.from(all.subarray(at, (at += count)));
    for (let i = 1; i < count; i++) if (own[i] <= own[i - 1]) fail(111);
    return own;
  });
  m.lessOf = r.int();
}
