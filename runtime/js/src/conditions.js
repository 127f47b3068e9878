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
  const { signals } = p;
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
  p.from = [0];
  const use = firstUse(p.shapes.length);
  p.shapeOf = r.packed(p.first + p.rules + p.wheres, (shape, i) => {
    use(below(shape, p.shapes.length));
    p.from.push(below(p.from[i] + p.shapes[shape].size, 2000001, 106));
    return shape;
  });
  use();
  p.literals = r.packed(p.from[p.from.length - 1], p.ops.length);
  decodeArguments(r, p);
  const lists = [];
  for (let condition = 0; condition < p.shapeOf.length; condition++) {
    const inBody = condition < p.bodies, segments = Math.min(condition - p.bodies, p.segments);
    for (let i = p.from[condition]; i < p.from[condition + 1]; i++) {
      const op = p.ops[p.literals[i]] & 127, signal = p.tested[p.literals[i]];
      const isList = op < SEGMENT && signals[signal].type === LIST;
      if (inBody) {
        if (op < 8 || op > 20 || !isList || (lists[condition] ?? signal) !== signal) fail(114);
        lists[condition] = signal;
      } else if (op === SEGMENT) below(p.args[i], segments);
      else if (op === EXISTS ? (lists[p.args[i]] ?? signal) !== signal : isList && op > 7 && op < SIZE) {
        fail(114);
      }
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

function decodeArguments(r, p) {
  const uses = p.ops.map(() => []);
  p.literals.forEach((test, i) => uses[test].push(i));
  p.args = p.literals.map(() => 0);
  p.ops.forEach((negatable, test) => {
    const op = negatable & 127, own = uses[test], n = own.length, signal = p.signals[p.tested[test]];
    if (op < 3) return;
    const size = signal ? signal.values.length : 0;
    // In an order, the class that is the value itself.
    const classOf = op < SIZE && ordered(signal.type) ? (i) => 2 * i + 1 : (i) => i;
    const sets = own.map(() => []);
    let at = 0;
    let column;
    const add = (i, value) => sets[i].push(classOf(value));
    if (op > IS && op < SIZE) column = r.texts(n);
    else if (op === 8) {
      const sizes = r.packed(n, (one) => (below(one, size + 1) < 2 ? fail(115) : one));
      let last = -1, left = sizes[0];
      r.packed(sizes.reduce((sum, one) => sum + one, 0), (value) => {
        if (!left) {
          last = -1;
          left = sizes[++at];
        }
        if (below(value, size) <= last) fail(111);
        left--;
        add(at, (last = value));
      });
      column = sets;
    } else if (op === 9) {
      r.bits(n * size, 1, (bit, i) => bit && add(Math.floor(i / size), i % size));
      column = sets.map((set) => (set.length < 2 ? fail(115) : set));
    } else {
      column = r.packed(n, op < SIZE || op === INCLUDES ? size : op === EXISTS ? p.bodies : op === SEGMENT ? p.segments : Infinity)
        .map(classOf);
    }
    column.forEach((one, i) => (p.args[own[i]] = one));
  });
}
