// The quick way to one surface whose clauses fit into a word.
//
// A plan tells of each signal that the surface reads its number, how many kinds of values the surface
// knows, and for each kind a word of bits as in rows.js: the clauses that are not true when the signal is
// so. The first kind is missing, then come its classes; but of an ordered signal only those between and
// at the `cuts`, its bounds and the values that the surface itself compares it with, so that a number needs no class.
import { ask, valueOf } from "./call.js";
import { readBy, rising } from "./reads.js";
import { blocks, layOut } from "./rows.js";
import { MISSING, classesOf, classify, text } from "./signals.js";
import { DOUBLE, LIST, NUMBER, VERSION, ordered } from "./values.js";

/**
 * Classes of a signal beyond which a plan takes too long to make, and values of an ordered one beyond
 * which finding its class is quicker than comparing it with each.
 */
const MOST = 1024, CUTS = 64;

/** The plan of a surface, made when first asked for; false: it has none and goes by rows. */
export const planOf = (p, surface) => p.plans[surface] ?? (p.plans[surface] = make(p, surface));

function make(p, surface) {
  const { start, codes, uses } = p.rows || layOut(p), reads = readBy(p, surface);
  const first = start[surface], last = start[surface + 1], words = [], cuts = [];
  // A condition that must be walked asks for classes.
  if (codes.subarray(first, last).some((code) => code < 0 && ~code & 2)) return false;
  if (reads.length > 32 || last > (first | 31) + 1 || p.ahead[surface]) return false;
  for (const number of reads) {
    const signal = p.signals[number], { type, values } = signal, own = [], all = uses[number];
    for (let i = since(all, first); all[i + 1] < last; i += 2) own.push(i);
    const count = ordered(type) ? 0 : classesOf(signal);
    if (count > MOST) return false;
    let kinds = [...Array(count).keys()];
    if (ordered(type)) {
      cuts.push(signal.least, signal.most);
      const compared = rising(new Set(own.flatMap((i) => p.args[all[i]] ?? [])));
      if (compared.length > CUTS) return false;
      for (const kind of compared) cuts.push(type === VERSION ? kind : values[kind >> 1]);
      kinds = [...compared.flatMap((kind) => [kind - 1, kind]), 2 * values.length];
    }
    kinds.unshift(MISSING);
    words.push(number, flagsOf(p, number), kinds.length);
    for (const kind of kinds) {
      words.push(own.reduce((word, i) => word | (blocks(p, number, kind, all[i]) << (all[i + 1] & 31)), 0));
    }
  }
  return (p.room -= words.length) > 0 && { words: Int32Array.from(words), cuts: Float64Array.from(cuts) };
}

/** Where the pairs of a literal and a clause begin whose clauses are not below one. */
function since(pairs, first) {
  let low = 0, high = pairs.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pairs[2 * middle + 1] < first) low = middle + 1;
    else high = middle;
  }
  return 2 * low;
}

const WHOLE = 1, FRACTION = 2, CUT = 4, ELEMENTS = 8, ASKED = 16;

/** What `look` asks of a signal. */
function flagsOf({ signals, memory }, number) {
  const { type, purpose } = signals[number], isAsked = purpose !== null || (memory && number >= memory.host);
  return (type === NUMBER ? WHOLE : type === DOUBLE ? FRACTION : 0) |
    (ordered(type) ? CUT : type === LIST ? ELEMENTS : 0) | (isAsked ? ASKED : 0);
}

/** Reads the signals of a plan; in `missing` of the facts a bit for each. Returns the blocked clauses. */
export function look(facts, { words, cuts }) {
  const { p, classes, signals } = facts;
  let blocked = 0, bit = 1, cut = 0;
  for (let at = 0; at < words.length; bit <<= 1) {
    const number = words[at], flags = words[at + 1], row = at + 4, signal = p.signals[number];
    at = row + words[at + 2] - 1;
    const next = cut + (flags & CUT ? ((at - row) >> 1) + 2 : 0);
    let value = ask(signals, signal.name, number), kind = MISSING, hit = 0;
    if (flags & ASKED || value === undefined || typeof value === "function" || (typeof value === "object" && !Array.isArray(value))) {
      value = valueOf(facts, signal, number, value);
    }
    let compared = value;
    if (typeof value !== "number") {
      if (flags & ELEMENTS) {
        if (Array.isArray(value) && value.length <= signal.items) {
          kind = 0;
          for (let k = 0; k < value.length; k++) {
            const element = value[k], found = typeof element === "string" ? text(signal, element) : MISSING;
            if (found < 0) {
              kind = found;
              hit = 0;
              break;
            }
            hit |= words[row + 1 + found];
          }
        }
      } else if (value != null) compared = kind = classify(signal, number, value, facts);
    } else if (flags & 3 && value >= cuts[cut] && value <= cuts[cut + 1] && (flags & WHOLE ? Number.isSafeInteger(value) : value - value === 0)) {
      kind = 0;
      if (flags & WHOLE) facts.values[number] = value;
    }
    // Sums of truths: what comes next cannot be guessed, and a branch would wait for it.
    if (flags & CUT && kind >= 0) {
      kind = 0;
      for (let k = cut + 2; k < next; k++) kind += (cuts[k] < compared) + (cuts[k] <= compared);
    }
    cut = next;
    classes[number] = kind;
    if (kind < 0) facts.missing |= bit;
    blocked |= words[row + kind] ^ hit;
  }
  return blocked;
}
