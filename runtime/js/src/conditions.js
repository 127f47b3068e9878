// Tests, shapes, conditions and the arguments of their literals: FORMAT.md sections 3.3 to 3.6.
import { TABLE, below, distinct, firstUse } from "./bytes.js";
import { fail } from "./errors.js";
import { LIST, ordered } from "./values.js";

export { ordered } from "./values.js";
export const HAS = 1, IS = 11, SIZE = 16, INCLUDES = 24, EXISTS = 25, SEGMENT = 26;

/** By op, the types it is for, a bit each. */
const TYPES = [
  0, 127, 1, 38, 38, 38, 38, 0, 126, 126, 0, 126, 72, 72, 72, 0, 72, 72, 72, 72, 72, 0, 0, 0, 64, 64, 127,
];

export function decodeConditions(r, p) {
  p.ops = [];
  p.tested = [];
  decodeTests(r, p);
  p.shapes = r.many(TABLE, () => {
    const shape = { node: null, size: 0, clauses: null };
    shape.node = decodeNode(r, shape, 1, 0);
    if (shape.size > 4096) fail(106);
    return shape;
  });
  distinct(p.shapes.map(({ node }) => JSON.stringify(node)));
  p.bodies = r.int(TABLE);
  p.segments = r.int(TABLE);
  p.rules = r.int(100000);
  p.wheres = p.features ? r.int(TABLE) : 0;
  p.first = p.bodies + p.segments; // condition of the first rule
  /** Where the literals of a condition begin. */
  const from = (p.from = [0]), { shapes } = p;
  const use = firstUse(shapes.length);
  let total = 0;
  p.shapeOf = r.packed(p.first + p.rules + p.wheres, (shape) => {
    use(shape);
    from.push((total += shapes[shape].size));
    if (total > 2000000) fail(106);
  });
  use();
  p.literals = r.packed(p.from[p.from.length - 1], p.ops.length);
  decodeArguments(r, p);
  checkPlaces(p);
}

/** Tests that only bodies may use, or no body; segments below their own. */
function checkPlaces({ ops, tested, signals, bodies, segments, literals, args, from, shapeOf }) {
  const lists = [], isList = ops.map((op, test) => (op & 127) < SEGMENT && signals[tested[test]].type === LIST);
  const isSpecial = ops.map((op, test) => (op & 127) > INCLUDES || (isList[test] && (op & 127) > 7 && (op & 127) < SIZE));
  if (!bodies && !isSpecial.includes(true)) return;
  for (let condition = 0; condition < shapeOf.length; condition++) {
    for (let i = from[condition]; i < from[condition + 1]; i++) {
      const test = literals[i], op = ops[test] & 127, signal = tested[test];
      if (condition < bodies) {
        if (op < 8 || op > 20 || !isList[test] || (lists[condition] ?? signal) !== signal) fail(114);
        lists[condition] = signal;
      } else if (op === SEGMENT) below(args[i], Math.min(condition - bodies, segments));
      else if (op === EXISTS ? (lists[args[i]] ?? signal) !== signal : isSpecial[test]) fail(114);
    }
  }
}

function decodeTests(r, { ops, tested, signals }) {
  let last = -1;
  r.many(TABLE, () => {
    const op = r.u8(), plain = op & 127, signal = r.int(), types = TYPES[plain];
    if (plain === SEGMENT) {
      if (signal) fail(113);
    } else {
      if (!types || (op > 127 && ((plain > 2 && plain < 7) || (plain > 15 && plain < 20)))) fail(108);
      if (!((types >> signals[below(signal, signals.length)].type) & 1)) fail(114);
    }
    const at = op * 1024 + signal;
    if (at <= last) fail(111);
    last = at;
    ops.push(op);
    tested.push(signal);
  });
}

/** A shape's node: a constant, the place of a literal in the condition, or {any, terms}. */
function decodeNode(r, shape, depth, above) {
  const kind = r.u8();
  if (kind === 2) return shape.size++;
  below(kind, 5, 108);
  if (kind < 2 ? above : kind === above) fail(117);
  if (kind < 2) return kind > 0;
  if (depth > 127) fail(106);
  return { any: kind > 3, terms: r.many(4096, () => decodeNode(r, shape, depth + 1, kind), 2) };
}

/** By test, the arguments of its uses in order; kept by literal. */
function decodeArguments(r, p) {
  const { ops, tested, literals, signals } = p, uses = ops.map(() => []), args = (p.args = new Array(literals.length));
  for (let i = 0; i < literals.length; i++) uses[literals[i]].push(i);
  for (let test = 0; test < ops.length; test++) {
    const op = ops[test] & 127, own = uses[test], n = own.length, signal = signals[tested[test]], size = signal ? signal.values.length : 0;
    const found = op < 3 ? [] : op === 8 ? sets(r, n, size) : op === 9 ? masks(r, n, size) : op > IS && op < SIZE ? r.texts(n)
      : r.packed(n, op < SIZE ? size : [size, p.bodies, p.segments][op - INCLUDES]);
    // In an order, the class that is the value itself.
    const isOrdered = op < SIZE && ordered(signal.type), isSet = (op & 126) === 8;
    for (let i = 0; i < found.length; i++) {
      const one = found[i];
      args[own[i]] = !isOrdered ? one : isSet ? one.map(classOf) : 2 * one + 1;
    }
  }
}

const classOf = (value) => 2 * value + 1;

function sets(r, n, size) {
  const found = [];
  let total = 0, at = -1, left = 0, last = -1, set = null;
  const sizes = r.packed(n, (one) => {
    total += below(one, size + 1) < 2 ? fail(115) : one;
  });
  r.packed(total, (value) => {
    if (!left) {
      found.push((set = []));
      left = sizes[++at];
      last = -1;
    }
    if (value >= size) fail(107);
    if (value <= last) fail(111);
    set.push((last = value));
    left--;
  });
  return found;
}

function masks(r, n, size) {
  const found = [];
  let bit = r.bits(n * size, 1);
  for (let i = 0; i < n; i++, bit += size) {
    const set = [];
    for (let k = 0; k < size; k += 24) {
      for (let rest = r.bitsAt(bit + k, Math.min(24, size - k)), value = k; rest; rest >>= 1, value++) {
        if (rest & 1) set.push(value);
      }
    }
    if (set.length < 2) fail(115);
    found.push(set);
  }
  return found;
}
