// Tests, shapes, conditions and the arguments of their literals: FORMAT.md sections 3.3 to 3.6.
import { TABLE, distinct, firstUse } from "./bytes.js";
import { fail } from "./errors.js";
import { DOUBLE, LIST, NUMBER, VERSION } from "./values.js";

export const HAS = 1, IS = 11, SIZE = 16, INCLUDES = 24, EXISTS = 25, SEGMENT = 26;

/** By op, the types it is for, a bit each. */
const TYPES = [
  0, 127, 1, 38, 38, 38, 38, 0, 126, 126, 0, 126, 72, 72, 72, 0, 72, 72, 72, 72, 72, 0, 0, 0, 64, 64, 127,
];

/** Values of these types stand in an order: value i is class 2i + 1, and what lies before it 2i. */
export const ordered = (type) => type === NUMBER || type === DOUBLE || type === VERSION;

export function decodeConditions(r, p) {
  decodeTests(r, p);
  decodeShapes(r, p);
  const bodies = (p.bodies = r.int(TABLE));
  p.segments = r.int(TABLE);
  p.rules = r.int(100000);
  p.wheres = p.features ? r.int(TABLE) : 0;
  p.first = bodies + p.segments; // condition of the first rule
  const count = p.first + p.rules + p.wheres;
  p.shapeOf = r.packed(count, p.shapes.length);
  firstUse(p.shapeOf, p.shapes.length);
  /** Where the literals of a condition begin. */
  p.from = new Int32Array(count + 1);
  for (let i = 0, total = 0; i < count; i++) {
    total += p.shapes[p.shapeOf[i]].size;
    if (total > 2000000) fail(106);
    p.from[i + 1] = total;
  }
  p.literals = r.packed(p.from[count], p.ops.length);
  const lists = listsOfBodies(p);
  decodeArguments(r, p, lists);
  for (let i = 0; i < p.segments; i++) {
    for (let k = p.from[bodies + i]; k < p.from[bodies + i + 1]; k++) {
      if ((p.ops[p.literals[k]] & 127) === SEGMENT && p.args[k] >= i) fail(107);
    }
  }
}

function decodeTests(r, p) {
  p.ops = [];
  p.tested = [];
  for (let n = r.int(TABLE), i = 0, last = -1; i < n; i++) {
    const op = r.u8(), plain = op & 127, signal = r.int();
    if (!TYPES[plain]) fail(108);
    if (op > 127 && ((plain > 2 && plain < 7) || (plain > 15 && plain < 20))) fail(108);
    if (plain === SEGMENT) {
      if (signal) fail(113);
    } else {
      if (signal >= p.signals.length) fail(107);
      if (!((TYPES[plain] >> p.signals[signal].type) & 1)) fail(114);
    }
    if (op * 1024 + signal <= last) fail(111);
    last = op * 1024 + signal;
    p.ops.push(op);
    p.tested.push(signal);
  }
}

/** A shape's node: a constant, the place of a literal in the condition, or {any, terms}. */
function decodeShapes(r, p) {
  let size;
  const node = (depth, above) => {
    const kind = r.u8();
    if (kind > 4) fail(108);
    if (depth > 128) fail(106);
    if (kind < 2) {
      if (above) fail(117);
      return kind > 0;
    }
    if (kind === 2) return size++;
    if (kind === above) fail(117);
    const terms = [];
    let n = r.int();
    if (n < 2) fail(115);
    while (n--) {
      terms.push(node(depth + 1, kind));
      if (size > 4096) fail(106);
    }
    return { any: kind > 3, terms };
  };
  p.shapes = [];
  const seen = [];
  for (let n = r.int(TABLE); n--; ) {
    const at = r.at;
    size = 0;
    const top = node(1, 0);
    p.shapes.push({ node: top, size, clauses: null });
    seen.push(r.bytes.subarray(at, r.at).join());
  }
  distinct(seen);
}

/** The list that each body is about, -1: any; refuses what may not stand in bodies or outside. */
function listsOfBodies(p) {
  const lists = [];
  for (let i = 0, body = 0; i < p.literals.length || body < p.bodies; i++) {
    while (body < p.bodies && p.from[body + 1] <= i) lists[body] = lists[body++] ?? -1;
    if (i >= p.literals.length) break;
    const test = p.literals[i], op = p.ops[test] & 127, signal = p.tested[test];
    const list = op !== SEGMENT && p.signals[signal].type === LIST;
    if (body < p.bodies) {
      if (op < 8 || op > 20 || !list || (lists[body] ?? signal) !== signal) fail(114);
      lists[body] = signal;
    } else if (list && op > 7 && op < SIZE) fail(114);
  }
  return lists;
}

function decodeArguments(r, p, lists) {
  const { literals, ops, tested, signals } = p, uses = ops.map(() => []);
  const args = (p.args = new Array(literals.length).fill(0));
  for (let i = 0; i < literals.length; i++) uses[literals[i]].push(i);
  ops.forEach((negatable, test) => {
    const op = negatable & 127, own = uses[test], n = own.length, signal = signals[tested[test]];
    if (op < 3) return;
    const size = signal ? signal.values.length : 0;
    // In an order, the class that is the value itself.
    const classOf = op < SIZE && ordered(signal.type) ? (i) => 2 * i + 1 : (i) => i;
    if (op > IS && op < SIZE) {
      r.texts(n).forEach((text, i) => (args[own[i]] = text));
    } else if (op === 8 || op === 9) {
      (op === 8 ? sets(r, n, size) : masks(r, n, size)).forEach((set, i) => {
        if (set.length < 2) fail(115);
        args[own[i]] = set.map(classOf);
      });
    } else {
      const limit = op === EXISTS ? p.bodies : op === SEGMENT ? p.segments : size;
      const column = op >= SIZE && op < INCLUDES ? r.packed(n) : r.packed(n, limit);
      column.forEach((entry, i) => {
        if (op === EXISTS && lists[entry] >= 0 && lists[entry] !== tested[test]) fail(114);
        args[own[i]] = classOf(entry);
      });
    }
  });
}

function sets(r, n, size) {
  const sizes = r.packed(n);
  let total = 0;
  for (const one of sizes) {
    if (one < 2) fail(115);
    if (one > size) fail(107);
    total += one;
  }
  const all = Array.from(r.packed(total, size));
  total = 0;
  return Array.from(sizes, (one) => {
    const set = all.slice(total, (total += one));
    for (let i = 1; i < one; i++) if (set[i] <= set[i - 1]) fail(111);
    return set;
  });
}

function masks(r, n, size) {
  const all = r.bits(n * size, 1), found = [];
  for (let i = 0; i < n; i++) {
    const set = [];
    for (let k = 0; k < size; k++) if (all[i * size + k]) set.push(k);
    found.push(set);
  }
  return found;
}
