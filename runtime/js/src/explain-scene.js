// Conditions as explanations show them.
//
// What the compiler added for memory is shown as what it stands for: the two ends of an aggregate as
// one test, and a stored segment as the segment.
import { EXACT, IN, LEAST, OUT, elementOf, joined } from "./explain-access.js";
import { derivedOf, literalText, roleOf, segmentName } from "./explain-notation.js";
import { NOT_OBSERVED, leastOf, plain, signalView } from "./explain-signals.js";

const EXISTS = 25, SEGMENT = 26;

/** A truth in words. */
export const TRUTHS = { 1: "true", 0: "unknown", "-1": "false" };

const isStored = (role) => role === IN || role === OUT;
const isLiteral = ({ op }) => op !== undefined;

/** The role of the machine signal that a literal tests; undefined: it tests none. */
const roleIn = (p, literal) => (literal.op === SEGMENT ? undefined : roleOf(p, literal.signal));

export function conditionView(scene, node) {
  const truth = TRUTHS[node.truth];
  if (node.constant !== undefined) return { truth, text: node.constant ? "always" : "never" };
  if (isLiteral(node)) return testView(scene, node, node.truth);
  const terms = termViews(scene, node);
  return terms.length < 2 ? terms[0] : { truth, of: node.any ? "any" : "all", terms };
}

/** The terms of a group; two that were made of one test are shown as that test. */
function termViews(scene, { any, terms }) {
  const views = [];
  for (let i = 0; i < terms.length; i++) {
    const shown = i + 1 < terms.length ? oneOfPair(scene.p, terms[i], terms[i + 1], any) : null;
    if (shown) views.push(testView(scene, shown, joined(any, [terms[i], terms[++i]]).truth));
    else views.push(conditionView(scene, terms[i]));
  }
  return views;
}

/** The test that two neighbours stand for; null: they are two. */
function oneOfPair(p, first, second, any) {
  if (!isLiteral(first)) return null;
  const role = roleIn(p, first);
  if (isLiteral(second)) {
    const ends = role === LEAST && roleIn(p, second) === EXACT;
    return ends && leastOf(p, second.signal) === first.signal ? second : null;
  }
  // has(in) || !has(out) && s, and !has(in) && (has(out) || !s): whatever is stored, or else s
  if (!second.terms || second.any === any || !isStored(role)) return null;
  const live = second.terms[second.terms.length - 1];
  return second.terms.length === 2 && live.op === SEGMENT ? live : null;
}

function testView(scene, literal, truth) {
  const { p, facts } = scene, view = { truth: TRUTHS[truth], text: literalText(scene, literal) };
  if (literal.op === SEGMENT) return { ...view, segment: literal.argument };
  const role = roleOf(p, literal.signal);
  if (isStored(role)) return { ...view, text: storedText(scene, literal, role) };
  view.signal = signalView(scene, literal.signal);
  if (role === LEAST) asEnd(view);
  if (literal.op === EXISTS && !view.signal.hidden) view.element = elementOf(facts, literal);
  return plain(view);
}

/** One end of an aggregate alone: the other says nothing. */
function asEnd(view) {
  const { name, type, value, missing, hidden } = view.signal, bare = name.slice(0, name.lastIndexOf("."));
  view.text = view.text.split(name).join(`${bare} so far`);
  view.signal = plain({ name: bare, type, missing: missing || NOT_OBSERVED, hidden, so_far: value });
}

/** A test of what is stored of a segment, by itself. */
function storedText(scene, { signal, negated }, role) {
  const { memory } = scene.p, { segment } = memory.items[derivedOf(scene.p, signal).args[0]];
  const name = segmentName(scene, segment);
  return `${name} ${negated ? "is not" : "is"} stored as ${role === IN ? "true" : "false"}`;
}
