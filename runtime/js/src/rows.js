// The quick way to the rules whose conditions are true.
//
// Every clause of every rule is a bit; bits of a surface stand together, in the order of its rules.
// Every class of every signal has a row of bits: those of the clauses that are not true when the
// signal is of that class. So the clauses that no row of a call's classes holds are true, and the
// lowest of them on a surface is the rule that fires. A table's columns are filled when a surface is
// first decided.
import { clausesOf } from "./clauses.js";
import { EXISTS, HAS, INCLUDES, IS, SEGMENT } from "./conditions.js";
import { classesOf } from "./signals.js";
import { LIST } from "./values.js";

/** Entries of a table; signals for which there is no room are asked by walking the conditions. */
const ROOM = 4194304;

export function layOut(p, room = ROOM) {
  const count = p.names.length, start = new Int32Array(count + 1);
  for (const shape of p.shapes) shape.told = clausesOf(shape.node);
  let bit = 0;
  const sizes = new Int32Array(count);
  for (let surface = 0; surface < count; surface++) {
    let size = 0;
    for (let rule = p.ruleAt[surface]; rule < p.ruleAt[surface + 1]; rule++) {
      size += p.shapes[p.shapeOf[p.first + rule]].told.clauses.length;
    }
    // Not over the end of a word, if one word can hold it.
    if ((bit & 31) + size > 32) bit = (bit + 31) & ~31;
    start[surface] = bit;
    sizes[surface] = size;
    bit += size;
  }
  const width = ((bit + 31) >> 5) || 1, tested = new Set(p.tested), base = [], signals = [];
  let rows = 1; // the first blocks nothing
  p.signals.forEach((signal, number) => {
    // Missing, the classes, and one to spare; of lists: missing, present, the values.
    const own = classesOf(signal) + 2;
    base.push(-1);
    if (!tested.has(number) || (rows + own) * width > room) return;
    base[number] = rows;
    signals.push(number);
    rows += own;
  });
  p.rows = {
    start,
    sizes,
    width,
    base,
    signals,
    table: new Int32Array(rows * width),
    changes: new Int32Array(rows),
    lists: p.signals.map(({ type }) => type === LIST),
    /** All surfaces before this one have been filled. */
    filled: 0,
    found: new Int32Array(width),
    hit: new Int32Array(width),
    /**
     * By clause what its surface shows, if that is all. Else below zero: -1, less twice its rule, less
     * one more when the condition must be walked as well.
     */
    codes: new Int32Array(width * 32),
    ...columns(p.gates),
    /** By surface, the signals whose rows it needs; undefined: its columns are not filled yet. */
    asked: [],
  };
}

/** By rule: the share of one that asks for traffic alone, 0 for one that asks nothing, else -1. */
function columns(gates) {
  const shares = new Int32Array(gates.length), units = new Int32Array(gates.length);
  const hashes = new Int32Array(gates.length);
  gates.forEach((gate, rule) => {
    if (!gate) return;
    const { traffic, split, start, end } = gate;
    shares[rule] = -1;
    if (traffic && !split && start === -Infinity && end === Infinity) {
      shares[rule] = traffic.share;
      units[rule] = traffic.unit;
      hashes[rule] = traffic.seed.hash;
    }
  });
  return { shares, units, hashes };
}

/** Fills the columns of a surface. */
export function fill(p, surface) {
  const { rows } = p, touched = new Set(), end = p.ruleAt[surface + 1];
  let bit = rows.start[surface];
  for (let rule = p.ruleAt[surface]; rule < end; rule++) {
    const { told } = p.shapes[p.shapeOf[p.first + rule]];
    for (const clause of told.clauses) {
      const exact = addClause(p, clause, p.from[p.first + rule], bit, touched) && told.exact;
      const plain = exact && !p.gates[rule];
      rows.codes[bit] = plain ? 1024 * (rule + 1) + p.outcomes[rule] : -1 - 2 * rule - (exact ? 0 : 1);
      if (!(++bit & 31)) settle(p, (bit - 1) >> 5, touched);
    }
  }
  if (bit & 31) settle(p, bit >> 5, touched);
  rows.asked[surface] = [...touched];
}

/** Marks where the rows of a clause change; false: its literals ask more than rows can tell. */
function addClause(p, clause, from, bit, touched) {
  const { changes, base, table, width } = p.rows, mask = 1 << (bit & 31), ranges = new Map();
  let exact = true;
  for (const place of clause) {
    const literal = from + place, test = p.literals[literal], op = p.ops[test], plain = op & 127;
    const signal = p.tested[test], row = base[signal], arg = p.args[literal];
    const order = plain > 2 && plain < 7;
    let range = ranges.get(signal);
    if (plain === SEGMENT || plain === EXISTS || (plain > IS && plain < INCLUDES) || row < 0 ||
        (range && !(order && range.order))) {
      exact = false;
      continue;
    }
    touched.add(signal);
    const count = classesOf(p.signals[signal]);
    if (!range) ranges.set(signal, (range = { order, low: 0, high: count, row }));
    const flip = (kind) => (changes[row + 1 + kind] ^= mask);
    if (order) {
      if (plain < 5) range.high = Math.min(range.high, arg + plain - 3);
      else range.low = Math.max(range.low, arg + 6 - plain);
    } else if (p.signals[signal].type === LIST) {
      const at = row * width + (bit >> 5), has = plain === HAS, negated = op > 127;
      if (!has || !negated) table[at] |= mask;
      // A list's row is the second, changed where the row of an element has a bit.
      if (has === negated) table[at + width] |= mask;
      if (!has) table[at + (2 + arg) * width] |= mask;
    } else if (plain === HAS && op > 127) {
      flip(0);
      flip(count);
    } else {
      flip(-1);
      if (op > 127 || plain === HAS) flip(0), flip(count);
      if (plain > HAS) {
        for (const kind of plain === IS ? [arg] : plain === 2 ? [1] : arg) flip(kind), flip(kind + 1);
      }
    }
  }
  for (const { order, low, high, row } of ranges.values()) {
    if (!order) continue;
    changes[row] ^= mask;
    if (low < high) {
      changes[row + 1 + low] ^= mask;
      changes[row + 1 + high] ^= mask;
    }
  }
  return exact;
}

/** Writes a column of what was marked. */
function settle(p, column, touched) {
  const { changes, base, table, width } = p.rows;
  for (const signal of touched) {
    if (p.signals[signal].type === LIST) continue;
    const first = base[signal], end = first + classesOf(p.signals[signal]) + 1;
    let now = 0;
    for (let row = first; row <= end; row++) {
      now ^= changes[row];
      changes[row] = 0;
      if (row < end) table[row * width + column] |= now;
    }
  }
}

/** Blocks, in the columns of one surface, the clauses that are not true. */
export function blockOne(facts, surface) {
  const { p } = facts, { rows } = p, { table, width, base, found, lists } = rows;
  if (!rows.asked[surface]) fill(p, surface);
  const asked = rows.asked[surface], { classes } = facts;
  const first = rows.start[surface] >> 5, end = (rows.start[surface] + rows.sizes[surface] + 31) >> 5;
  for (let column = first; column < end; column++) {
    let blocked = 0;
    for (let i = 0; i < asked.length; i++) {
      const signal = asked[i], kind = classes[signal], at = (base[signal] + 1 + kind) * width + column;
      blocked |= lists[signal] ? table[at] ^ hits(table, at, width, facts, signal) : table[at];
    }
    found[column] = blocked;
  }
}

/** The bits of a list's elements; `at` is its row. */
function hits(table, at, width, { classes, elements }, list) {
  let found = 0;
  if (classes[list] < 0) return found;
  const own = elements[list];
  for (let i = 0; i < own.length; i++) found |= table[at + (1 + own[i]) * width];
  return found;
}

/** The same for all surfaces. */
export function blockAll(facts) {
  const { p } = facts, { rows } = p, { table, width, base, found, hit, signals, lists } = rows;
  for (let i = rows.filled; i < p.names.length; i++, rows.filled++) if (!rows.asked[i]) fill(p, i);
  const at = [];
  for (let i = 0; i < signals.length; i++) {
    const signal = signals[i];
    if (!lists[signal]) at.push((base[signal] + 1 + facts.classes[signal]) * width);
  }
  while (at.length % 6) at.push(0);
  found.fill(0);
  for (let i = 0; i < at.length; i += 6) {
    orInto(found, table, at[i], at[i + 1], at[i + 2], at[i + 3], at[i + 4], at[i + 5]);
  }
  for (let i = 0; i < signals.length; i++) {
    const signal = signals[i], row = (base[signal] + 1 + facts.classes[signal]) * width;
    if (!lists[signal]) continue;
    const own = facts.classes[signal] < 0 ? [] : facts.elements[signal];
    // Row 0 blocks nothing.
    if (own.length) {
      const of = [];
      for (let k = 0; k < own.length; k++) of.push(row + (1 + own[k]) * width);
      while (of.length % 6) of.push(0);
      hit.fill(0);
      for (let k = 0; k < of.length; k += 6) {
        orInto(hit, table, of[k], of[k + 1], of[k + 2], of[k + 3], of[k + 4], of[k + 5]);
      }
      for (let k = 0; k < width; k++) found[k] |= table[row + k] ^ hit[k];
    } else orInto(found, table, row, 0, 0, 0, 0, 0);
  }
}

function orInto(found, table, a, b, c, d, e, f) {
  for (let k = 0; k < found.length; k++) {
    found[k] |= table[a++] | table[b++] | table[c++] | table[d++] | table[e++] | table[f++];
  }
}
