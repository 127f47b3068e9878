// Tests, shapes, conditions and the arguments of their literals: FORMAT.md sections 3.3 to 3.6.
import { TABLE, ascending, below, distinct, firstUse } from "./bytes.js";
import { fail } from "./errors.js";
import { LIST, ordered } from "./values.js";

const SIZE = 16;
export const HAS = 1, IS = 11, INCLUDES = 24, EXISTS = 25, SEGMENT = 26;

/** By op, the types it is for, a bit each, and 128: it may be negated. */
const TYPES = [
  0, 255, 129, 38, 38, 38, 38, 0, 254, 254, 0, 254, 200, 200, 200, 0, 72, 72, 72, 72, 200, 0, 0, 0, 192, 192, 255,
];

export function decodeConditions(r, p) {
  const tests = decodeTests(r, p.signals), shapes = r.many(TABLE, () => {
    const shape = { node: null, size: 0, told: null };
    shape.node = decodeNode(r, shape, 1, 0);
    if (shape.size > 4096) fail(106);
    return shape;
  });
  distinct(shapes.map(({ node }) => JSON.stringify(node)));
  p.bodies = r.varint(TABLE);
  p.segments = r.varint(TABLE);
  p.rules = r.varint(100000);
  p.wheres = p.features ? r.varint(TABLE) : 0;
  p.first = p.bodies + p.segments; // condition of the first rule
  /** Where the literals of a condition begin. */
  const begins = (p.begins = [0]), use = firstUse(shapes.length);
  let total = 0;
  p.shapeOf = r.packed(p.first + p.rules + p.wheres, undefined, (shape) => {
    use(shape);
    begins.push((total += shapes[shape].size));
    if (total > 2000000) fail(106);
  }).map((shape) => shapes[shape]);
  use();
  /** By literal its test. */
  const literals = (p.literals = r.packed(total, tests.length));
  for (let i = 0; i < total; i++) literals[i] = tests[literals[i]];
  decodeArguments(r, p, tests);
  if (p.bodies || tests.some(({ isSpecial }) => isSpecial)) checkPlaces(p);
}

/** Tests that only bodies may use, or no body; segments below their own. */
function checkPlaces({ bodies, segments, literals, args, begins }) {
  const lists = [];
  for (let condition = 0; condition < begins.length; condition++) {
    for (let i = begins[condition]; i < begins[condition + 1]; i++) {
      const { op, tested: signal, isList, isSpecial } = literals[i], isOther = (body) => (lists[body] ?? signal) !== signal;
      if (condition < bodies) {
        if (op < 8 || op > 20 || !isList || isOther(condition)) fail(114);
        lists[condition] = signal;
      } else if (op === SEGMENT) below(args[i], Math.min(condition - bodies, segments));
      else if (op === EXISTS ? isOther(args[i]) : isSpecial) fail(114);
    }
  }
}

function decodeTests(r, signals) {
  const above = ascending();
  return r.many(TABLE, () => {
    const code = r.u8(), op = code & 127, signal = r.varint(), types = TYPES[op], isSegment = op === SEGMENT;
    if (isSegment) {
      if (signal) fail(113);
    } else {
      if (!types || (code > 127 && types < 128)) fail(108);
      if (!((types >> signals[below(signal, signals.length)].type) & 1)) fail(114);
    }
    above(code * 1024 + signal);
    const isList = !isSegment && signals[signal].type === LIST, isSpecial = op > INCLUDES || (isList && op > 7 && op < SIZE);
    return { op, not: code > 127, tested: signal, isList, isSpecial, uses: 0, at: -1 };
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
function decodeArguments(r, p, tests) {
  const { literals, signals } = p, { length } = literals, args = (p.args = new Array(length)), next = new Int32Array(length);
  // The uses of a test are a chain through the literals: lists of them would grow, and be copied, again and again.
  for (let i = length; i--; ) {
    const test = literals[i];
    next[i] = test.at;
    test.at = i;
    test.uses++;
  }
  for (const { op, tested, uses: n, at } of tests) {
    const signal = signals[tested], size = signal ? signal.values.length : 0;
    const found = op < 3 ? [] : op === 8 ? sets(r, n, size) : op === 9 ? masks(r, n, size) : op > IS && op < SIZE ? r.texts(n)
      : r.packed(n, op < SIZE ? size : [size, p.bodies, p.segments][op - INCLUDES]);
    // In an order, the class that is the value itself.
    const isOrdered = op < SIZE && ordered(signal.type), isSet = (op & 126) === 8;
    for (let i = at, k = 0; k < found.length; i = next[i]) {
      const one = found[k++];
      args[i] = !isOrdered ? one : isSet ? one.map(classOf) : 2 * one + 1;
    }
  }
}

const classOf = (value) => 2 * value + 1;

function sets(r, n, size) {
  let total = 0, of = 0, left = 0, last = -1;
  const sizes = r.packed(n, size + 1, (one) => {
    if (one < 2) fail(115);
    total += one;
  });
  const all = r.packed(total, size, (value) => {
    if (!left--) {
      left = sizes[of++] - 1;
      last = -1;
    }
    if (value <= last) fail(111);
    last = value;
  });
  total = 0;
  return sizes.map((one) => all.slice(total, (total += one)));
}

function masks(r, n, size) {
  const found = [], all = r.bits(n * size, 1), set = [];
  for (let i = 0, at = 0; i < n; i++) {
    let count = 0;
    for (let value = 0; value < size; value++) if (all[at++]) set[count++] = value;
    found.push(count < 2 ? fail(115) : set.slice(0, count));
  }
  return found;
}
