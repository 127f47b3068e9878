// The quick way to the rules whose conditions are true.
//
// Every clause of every rule is a bit; bits of a surface stand together, in the order of its rules. A
// class of a signal has a row of bits: those of the clauses that are not true when the signal is of
// that class. So the clauses that no row of a call's classes holds are true, and the lowest of them on
// a surface is the rule that fires. A row is made when a call first has its class.
import { clausesOf } from "./clauses.js";
import { HAS, INCLUDES, IS } from "./conditions.js";
import { limitOf } from "./murmur3.js";
import { TRAFFIC, seedFor } from "./outcomes.js";
import { classesOf } from "./signals.js";
import { holds } from "./truth.js";
import { LIST } from "./values.js";

/** Entries of a table; when there are more, all rows are made anew. */
const ROOM = 4194304;

/** Makes numbers of 32 bits without a sign compare as those with one do. */
export const HALF = -2147483648;

export function layOut(p, room = ROOM) {
  const start = [], codes = [], base = [], uses = p.signals.map(() => []);
  const deals = new Int32Array(4 * p.rules);
  let dealt = -1, bit = 0, kinds = 0;
  const isList = p.signals.map((signal) => {
    base.push(kinds + 1);
    kinds += classesOf(signal) + 1;
    return signal.type === LIST;
  });
  for (let surface = 0; surface < p.names.length; surface++) {
    const clauses = [];
    for (let rule = p.ruleAt[surface]; rule < p.ruleAt[surface + 1]; rule++) {
      const shape = p.shapeOf[p.first + rule], told = (shape.told = shape.told || clausesOf(shape.node));
      for (const clause of told.clauses) clauses.push([rule, clause, told.exact]);
    }
    // In what is left of a word, or else from the next one on.
    if ((bit & 31) + clauses.length > 31) bit = (bit + 31) & ~31;
    start.push(bit);
    for (const [rule, clause, exact] of clauses) {
      const lists = [];
      let isKnown = exact;
      for (const place of clause) {
        const literal = p.begins[p.first + rule] + place, { op, tested: signal } = p.literals[literal];
        // Of a list one test alone: see `makeRow`.
        if ((op > IS && op !== INCLUDES) || lists.includes(signal)) isKnown = false;
        else {
          if (isList[signal]) lists.push(signal);
          uses[signal].push(literal, bit);
        }
      }
      const shown = 1024 * (rule + 1) + p.outcomes[rule], { flags, traffic } = p.gates[rule];
      let kind = isKnown ? 1 : 3;
      if (isKnown && flags === TRAFFIC) {
        if (dealt < 0) dealt = traffic.unit;
        if (traffic.unit === dealt) {
          kind = 0;
          deals.set([shown, seedFor(traffic).hash, limitOf(traffic.share) + HALF], 4 * rule);
        }
      }
      codes[bit++] = isKnown && !flags ? shown : -1 - 4 * rule - kind;
    }
    // One that is always true comes last.
    codes[bit++] = (p.surfaceFlags[surface] >> 2) & 1;
  }
  start.push(bit);
  const width = ((bit + 31) >> 5) || 1, words = (n) => new Int32Array(n), surfaces = p.names.length;
  return (p.rows = {
    start: Int32Array.from(start), width, base, uses, room, isList,
    /**
     * By clause what its surface shows, if that is all. Else below zero, -1 less four times its rule, less
     * 0 for a rule in `deals`, 1 for another, 3 for one whose condition must be walked.
     */
    codes: Int32Array.from(codes),
    /** Of rules that ask for traffic alone, all of one unit: what it shows, its salt as a hash, its limit. */
    dealt, deals,
    /** Surfaces that are not decided yet, and their clauses. */
    order: Int32Array.from(p.names, (_, surface) => surface), waiting: words(surfaces), places: words(surfaces + 1),
    all: [...uses.keys()].filter((signal) => uses[signal].length),
    /** By signal and class, where its row begins in the table; 0: it is not made yet. */
    at: words(kinds + 1),
    table: words(16 * width),
    /** The first row blocks nothing. */
    used: width,
    found: words(width),
    hit: words(width),
    offsets: words(p.signals.length + 1032),
  });
}

/**
 * Whether a class keeps a literal from being true; of a list 0 is one without elements, and 1 + an
 * element's class is what that element changes.
 */
export function blocks(p, signal, kind, literal) {
  const { op, not } = p.literals[literal], arg = p.args[literal];
  const isElement = p.rows.isList[signal] && kind > 0;
  return kind < 0 ? op !== HAS || !not
    : op === INCLUDES ? (isElement ? arg === kind - 1 : !not)
    : !isElement && (op === HAS || holds(op, arg, kind)) === not;
}

/** Makes the row of a class. */
function makeRow(p, signal, kind) {
  const { rows } = p, { width, uses } = rows, own = uses[signal], at = rows.used;
  if ((rows.used += width) > rows.table.length) {
    const table = new Int32Array(2 * rows.table.length);
    table.set(rows.table);
    rows.table = table;
  }
  for (let i = 0; i < own.length; i += 2) {
    if (blocks(p, signal, kind, own[i])) rows.table[at + (own[i + 1] >> 5)] |= 1 << (own[i + 1] & 31);
  }
  return (rows.at[rows.base[signal] + kind] = at);
}

/** In the columns from one up to another, blocks the clauses of some signals that are not true. */
export function block({ p, classes, elements }, signals, from, to) {
  const { rows } = p, { at, base, isList, offsets, found, hit } = rows;
  let n = 0, keep = 0;
  if (rows.used > rows.room) {
    at.fill(0);
    rows.table.fill(0);
    rows.used = rows.width;
  }
  for (let i = 0; i < signals.length; i++) {
    const signal = signals[i], kind = classes[signal], row = at[base[signal] + kind] || makeRow(p, signal, kind);
    if (isList[signal] && !kind) {
      const own = elements[signal], first = n;
      for (let k = 0; k < own.length && own[k] >= 0; k++) {
        offsets[n++] = at[base[signal] + own[k] + 1] || makeRow(p, signal, own[k] + 1);
      }
      orAll(hit, 0, rows.table, offsets, first, n, from, to);
      for (let k = from; k < to; k++) found[k] = (found[k] & keep) | (rows.table[row + k] ^ hit[k]);
      keep = -1;
      n = first;
    } else offsets[n++] = row;
  }
  orAll(found, keep, rows.table, offsets, 0, n, from, to);
}

/** Six rows at a time; `keep`: a mask of what stands there. Behind the last are rows that block nothing. */
function orAll(found, keep, table, offsets, i, n, from, to) {
  for (let k = n; k < n + 6; k++) offsets[k] = 0;
  do {
    const a = offsets[i++], b = offsets[i++], c = offsets[i++], d = offsets[i++], e = offsets[i++], f = offsets[i++];
    for (let k = from; k < to; k++) {
      found[k] = (found[k] & keep) | table[a + k] | table[b + k] | table[c + k] | table[d + k] | table[e + k] | table[f + k];
    }
    keep = -1;
  } while (i < n);
}
