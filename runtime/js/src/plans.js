// The quick way to one surface whose clauses fit into a word.
//
// A plan tells of each signal that the surface reads its number, how many kinds of values the surface
// knows, and for each kind a word of bits as in rows.js: the clauses that are not true when the signal is
// so. The first kind is missing, then come its classes; but of an ordered signal only those between and
// at the `cuts`, the values that the surface itself compares it with, so that a number needs no class.
import { valueOf } from "./call.js";
import { readBy, rising } from "./reads.js";
import { blocks, layOut } from "./rows.js";
import { MISSING, classesOf, classify, isNumber } from "./signals.js";
import { LIST, VERSION, ordered } from "./values.js";

/** The plan of a surface, made when first asked for; false: it has none and goes by rows. */
export const planOf = (p, surface) => p.plans[surface] ?? (p.plans[surface] = make(p, surface));

function make(p, surface) {
  const { start, codes, uses, passed } = p.rows || layOut(p), reads = readBy(p, surface);
  const first = start[surface], last = start[surface + 1], words = [], cuts = [];
  // A condition that must be walked asks for classes.
  if (codes.subarray(first, last).some((code) => code < 0 && (-1 - code) & 2)) return false;
  if (reads.length > 32 || last > (first | 31) + 1 || p.ahead[surface]) return false;
  for (const number of reads) {
    const signal = p.signals[number], { type, values } = signal, own = [], all = uses[number];
    for (let i = passed[surface][number]; all[i + 1] < last; i += 2) own.push(i);
    let kinds = [...Array(classesOf(signal)).keys()];
    if (ordered(type)) {
      const compared = rising(new Set(own.flatMap((i) => p.args[all[i]] ?? [])));
      for (const kind of compared) cuts.push(type === VERSION ? kind : values[kind >> 1]);
      kinds = [...compared.flatMap((kind) => [kind - 1, kind]), 2 * values.length];
    }
    kinds.unshift(MISSING);
    words.push(number, kinds.length);
    for (const kind of kinds) {
      words.push(own.reduce((word, i) => word | (blocks(p, number, kind, all[i]) << (all[i + 1] & 31)), 0));
    }
  }
  return (p.room -= words.length) > 0 && { words: Int32Array.from(words), cuts: Float64Array.from(cuts) };
}

/** Reads the signals of a plan; in `missing` of the facts a bit for each. Returns the blocked clauses. */
export function look(facts, { words, cuts }) {
  const { p, classes } = facts;
  let blocked = 0, bit = 1, cut = 0;
  for (let at = 0; at < words.length; bit <<= 1) {
    const number = words[at], row = at + 3, signal = p.signals[number], { type } = signal;
    const value = valueOf(facts, signal, number), isOrdered = ordered(type);
    let kind = MISSING, compared = value, next = cut;
    at = row + words[at + 1] - 1;
    if (isOrdered) next += (at - row) >> 1;
    if (typeof value === "number") kind = isNumber(signal, number, value, facts) ? 0 : MISSING;
    else if (value != null) compared = kind = classify(signal, number, value, facts);
    // Sums of truths: what comes next cannot be guessed, and a branch would wait for it.
    if (kind >= 0 && isOrdered) {
      for (kind = 0; cut < next; cut++) kind += (cuts[cut] < compared) + (cuts[cut] <= compared);
    }
    cut = next;
    classes[number] = kind;
    let word = words[row + kind];
    if (kind < 0) facts.missing |= bit;
    else if (type === LIST) {
      const own = facts.elements[number];
      let hit = 0;
      for (let k = 0; k < own.length && own[k] >= 0; k++) hit |= words[row + 1 + own[k]];
      word ^= hit;
    }
    blocked |= word;
  }
  return blocked;
}
