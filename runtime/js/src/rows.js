// The quick way to the rules whose conditions are true.
//
// Every clause of every rule is a bit; bits of a surface stand together, in the order of its rules. A
// class of a signal has a row of bits: those of the clauses that are not true when the signal is of
// that class. So the clauses that no row of a call's classes holds are true, and the lowest of them on
// a surface is the rule that fires. A row is made when a call first has its class.
import { clausesOf } from "./clauses.js";
import { HAS, INCLUDES, IS, SEGMENT } from "./conditions.js";
import { classesOf } from "./signals.js";
import { holds } from "./truth.js";
import { LIST } from "./values.js";

/** Entries of a table; when there are more, all rows are made anew. */
const ROOM = 4194304;

export function layOut(p, room = ROOM) {
  const start = [], sizes = [], codes = [], asked = [], uses = p.signals.map(() => []);
  let bit = 0;
  for (const shape of p.shapes) shape.told = shape.told || clausesOf(shape.node);
  for (let surface = 0; surface < p.names.length; surface++) {
    const clauses = [], signals = new Set();
    for (let rule = p.ruleAt[surface]; rule < p.ruleAt[surface + 1]; rule++) {
      const { told } = p.shapes[p.shapeOf[p.first + rule]];
      for (const clause of told.clauses) clauses.push({ rule, clause, exact: told.exact });
    }
    // Not over the end of a word, if one word can hold it.
    if ((bit & 31) + clauses.length > 32) bit = (bit + 31) & ~31;
    start.push(bit);
    sizes.push(clauses.length);
    for (const { rule, clause, exact } of clauses) {
      const lists = new Set();
      let known = exact;
      for (const place of clause) {
        const literal = p.from[p.first + rule] + place, test = p.literals[literal], op = p.ops[test] & 127;
        const signal = p.tested[test];
        // Of a list one test alone: see `makeRow`.
        if (op > IS && op !== INCLUDES || lists.has(signal)) known = false;
        else {
          if (p.signals[signal].type === LIST) lists.add(signal);
          uses[signal].push(literal, bit);
          signals.add(signal);
        }
      }
      codes[bit++] = known && !p.gates[rule] ? 1024 * (rule + 1) + p.outcomes[rule] : -1 - 2 * rule - (known ? 0 : 1);
    }
    asked.push([...signals]);
  }
  const width = ((bit + 31) >> 5) || 1, base = [];
  let kinds = 0;
  for (const signal of p.signals) {
    base.push(kinds + 1);
    kinds += classesOf(signal) + 1;
  }
  for (let i = 0; i < 32 * width; i++) codes[i] = codes[i] || 0;
  p.rows = {
    start, sizes, width, base, uses, asked, room,
    codes: Int32Array.from(codes),
    all: p.signals.map((_, i) => i).filter((signal) => uses[signal].length),
    isList: p.signals.map(({ type }) => type === LIST),
    /** By signal and class, where its row begins in the table; 0: it is not made yet. */
    at: new Int32Array(kinds + 1),
    table: new Int32Array(16 * width),
    /** The first row blocks nothing. */
    used: width,
    found: new Int32Array(width),
    hit: new Int32Array(width),
    offsets: [],
    ...columns(p.gates),
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

/**
 * Makes the row of a class; of a list 0 is one without elements, and 1 + an element's class is what
 * that element changes.
 */
function makeRow(p, signal, kind) {
  const { rows } = p, { width, uses } = rows, own = uses[signal], isElement = rows.isList[signal] && kind > 0;
  const at = rows.used;
  if ((rows.used += width) > rows.table.length) {
    const table = new Int32Array(2 * rows.table.length);
    table.set(rows.table);
    rows.table = table;
  }
  for (let i = 0; i < own.length; i += 2) {
    const literal = own[i], op = p.ops[p.literals[literal]], plain = op & 127, arg = p.args[literal];
    const blocks = kind < 0 ? op !== HAS + 128
      : plain === INCLUDES ? (isElement ? arg === kind - 1 : op < 128)
      : !isElement && (plain === HAS || holds(plain, arg, kind)) === op > 127;
    if (blocks) rows.table[at + (own[i + 1] >> 5)] |= 1 << (own[i + 1] & 31);
  }
  return (rows.at[rows.base[signal] + kind] = at);
}

/** In the columns from one up to another, blocks the clauses of some signals that are not true. */
export function block({ p, classes, elements }, signals, from, to) {
  const { rows } = p, { at, base, isList, offsets, found, hit } = rows, lists = [];
  if (rows.used > rows.room) {
    at.fill(0);
    rows.table.fill(0);
    rows.used = rows.width;
  }
  let n = 0;
  for (let i = 0; i < signals.length; i++) {
    const signal = signals[i], kind = classes[signal], row = at[base[signal] + kind] || makeRow(p, signal, kind);
    if (isList[signal] && !kind) {
      lists.push([row, elements[signal].map((one) => at[base[signal] + one + 1] || makeRow(p, signal, one + 1))]);
    } else offsets[n++] = row;
  }
  const { table } = rows;
  orAll(found, table, offsets, n, from, to);
  for (let i = 0; i < lists.length; i++) {
    const [row, own] = lists[i];
    orAll(hit, table, own, own.length, from, to);
    for (let k = from; k < to; k++) found[k] |= table[row + k] ^ hit[k];
  }
}

/** Six rows at a time. */
function orAll(found, table, offsets, n, from, to) {
  found.fill(0, from, to);
  for (let i = 0; i < n; ) {
    let a = offsets[i++] + from, b = i < n ? offsets[i++] + from : from, c = i < n ? offsets[i++] + from : from;
    let d = i < n ? offsets[i++] + from : from, e = i < n ? offsets[i++] + from : from;
    for (let k = from; k < to; k++) found[k] |= table[a++] | table[b++] | table[c++] | table[d++] | table[e++];
  }
}
