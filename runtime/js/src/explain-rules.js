// Rules as explanations show them: one for each that somebody wrote, and what became of it.
//
// A rule with a guardrail, a hold or an experiment stands in the bundle as several *ways*: the same
// condition, with what leads to the way before it and what guards it behind it (STATE.md 2.7).
import {
  ARM, BLOCK, HOLD, THEME, bucketOf, decidedBy, experimentOf, gateOf, isMissing, joined, judged, ofRule,
  valueOf,
} from "./explain-access.js";
import { derivedOf, roleOf, withinTimes } from "./explain-notation.js";
import { TRUTHS, conditionView } from "./explain-scene.js";
import { plain, signalView } from "./explain-signals.js";
import { armOf, guardrailViews, isUnwanted } from "./explain-state.js";

const WRITTEN = 0, BLOCKED = 2, HOLDOUT = 3;
const HAS = 1, SEGMENT = 26;
/** By standing, and by what a BLOCK signal says, what became of a rule. */
const OF_STANDINGS = ["FIRED", "KEPT", "ARM_BLOCKED"];
const OF_BLOCKS = [null, "SUPPRESSED", "CAPPED", "COOLING_DOWN", "CAPPED", "NO_STATE"];

const allTrue = (terms) => terms.every((term) => term.truth > 0);

/** The rules of a surface; `asked` is false when an earlier step decided. */
export function ruleViews(scene, asked) {
  const found = waysOf(scene), { rule: decided } = decidedBy(scene.decision);
  const way = asked ? found.find(({ rule }) => rule === decided) : undefined;
  const written = new Map();
  for (const one of found) {
    if (one.standing >= HOLDOUT) continue; // nobody wrote it
    if (!written.has(one.written)) written.set(one.written, []);
    written.get(one.written).push(one);
  }
  const numbers = [...written.keys()].sort((left, right) => left - right);
  return numbers.map((number) => {
    const own = written.get(number);
    return ruleView(scene, own, asked ? outcomeOf(scene, own, way) : "NOT_REACHED", way);
  });
}

function ruleView(scene, own, outcome, decided) {
  const { p, surface, debug, audit, decision } = scene, main = mainOf(own), { rule } = main;
  const split = splitView(scene, main);
  let shown = main.variant;
  if (own.includes(decided)) shown = decidedBy(decision).variant;
  else if (shown === null) shown = enrolled(split, surface.variants);
  const blocked = outcome === "ARM_BLOCKED" ? whyBlocked(scene, decided.block) : null;
  const ofTheme = outcome === "OTHER_THEME" || blocked === "OTHER_THEME";
  return plain({
    number: main.written,
    id: debug && debug.rules[rule],
    owner: (audit && audit.ruleOwners[rule]) || null,
    outcome,
    truth: TRUTHS[main.when.truth],
    expression: (debug && debug.ruleTexts[rule]) || null,
    condition: conditionView(scene, main.when),
    schedule: scheduleView(scene, main),
    traffic: trafficView(scene, main),
    split,
    variant: shown === null ? null : surface.variants[shown],
    blocked,
    stopped: main.stop.length ? !allTrue(main.stop) : null,
    suppressed: main.suppress.length ? !allTrue(main.suppress) : null,
    unwanted: shown === null ? null : isUnwanted(scene, shown),
    theme: ofTheme ? themeOf(scene, own) : null,
    guardrails: guardrailViews(scene, shown === null ? main.split.arms.map((arm) => arm.variant) : [shown]),
  });
}

// ---------------------------------------------------------------- ways

/** Of every rule of a surface, in the order in which they are asked. */
function waysOf({ p, facts, surface }) {
  const ways = [];
  for (let rule = surface.firstRule; rule < surface.endRule; rule++) {
    const row = p.memory ? rowOf(p.memory, rule) : null;
    const counts = row ? row.counts : [0, 0, 0, 0], guards = counts.reduce((sum, n) => sum + n, 0);
    const terms = termsOf(p, judged(facts, ofRule(p, rule)), guards), rest = terms.length - guards;
    let leads = 0, at = rest;
    while (leads < rest && isLead(p, terms[leads])) leads++;
    const [stop, suppress, block, theme] = counts.map((n) => terms.slice(at, (at += n)));
    ways.push({
      ...gateOf(p, rule), rule,
      written: row ? row.written : rule - surface.firstRule,
      standing: row ? row.standing : WRITTEN,
      experiment: row ? row.experiment : -1,
      leads: terms.slice(0, leads), when: joinedAll(terms.slice(leads, rest)), stop, suppress, block, theme,
    });
  }
  return ways;
}

function rowOf({ written, standing, experiment, terms: { stops, suppressions, flags } }, rule) {
  return {
    written: written[rule], standing: standing[rule], experiment: experiment[rule] - 1,
    counts: [stops[rule], suppressions[rule], flags[rule] & 1, flags[rule] >> 1],
  };
}

function termsOf(p, condition, guards) {
  if (condition.terms && !condition.any) return condition.terms;
  if (guards || isLead(p, condition)) return [condition];
  return condition.constant ? [] : [condition];
}

/** A test of a hold or an arm. */
function isLead(p, { op, signal }) {
  const role = op === undefined || op === SEGMENT ? undefined : roleOf(p, signal);
  return role === HOLD || role === ARM;
}

function joinedAll(terms) {
  if (!terms.length) return { constant: true, truth: 1 };
  return terms.length === 1 ? terms[0] : joined(false, terms);
}

/** The way that is nearest to what was written: of a split, that of people without an arm. */
function mainOf(own) {
  const plainOnes = own.filter(({ standing }) => standing === WRITTEN);
  return (plainOnes.length ? plainOnes : own).slice(-1)[0];
}

// ---------------------------------------------------------------- what became of it

function outcomeOf(scene, own, decided) {
  if (own.includes(decided)) return OF_STANDINGS[decided.standing];
  if (decided && decided.rule < mainOf(own).rule) return "NOT_REACHED";
  const plainOnes = own.filter(({ standing }) => standing === WRITTEN);
  // Of several ways the one that came nearest says why: others are for other people.
  let furthest = -1, found = "FALSE";
  for (const way of plainOnes.length ? plainOnes : own) {
    const steps = allTrue(way.leads) ? stepsOf(scene, way) : [];
    const step = steps.findIndex(([, passes]) => !passes);
    if (step > furthest) [furthest, found] = [step, steps[step][0]];
  }
  return found;
}

/** What must hold, in the order in which it is told, and what a rule is called without it. */
function stepsOf(scene, way) {
  return [
    ["FALSE", way.when.truth >= 0],
    ["UNKNOWN", way.when.truth !== 0],
    ["OUT_OF_SCHEDULE", isOpen(scene, way)],
    ["STOPPED", allTrue(way.stop)],
    ["NOT_ENROLLED", isEnrolled(scene, way)],
    ["SUPPRESSED", allTrue(way.suppress)],
    [whyBlocked(scene, way.block), allTrue(way.block)],
    ["OTHER_THEME", allTrue(way.theme)],
  ];
}

function isEnrolled(scene, way) {
  const traffic = trafficView(scene, way);
  if (traffic && !traffic.inside) return false;
  if (!way.split) return true;
  const at = bucketOf(scene.facts, way.split);
  return at >= 0 && way.split.arms.some((arm) => isWithin(at, arm.ranges));
}

/** What blocks a variant: its own signal says, or else the theme, or else a condition. */
function whyBlocked({ p, facts }, terms) {
  for (const { op, signal, truth } of literalsOf(terms)) {
    if (op === SEGMENT) continue;
    const role = roleOf(p, signal);
    if (role === BLOCK && !isMissing(facts, signal)) return OF_BLOCKS[valueOf(facts, signal)];
    if (role === THEME && truth > 0) return "OTHER_THEME";
  }
  return "SUPPRESSED";
}

/** The theme that a surface before this one in its group has set. */
function themeOf({ p, facts }, own) {
  for (const { block, theme } of own) {
    for (const { op, signal } of literalsOf([...block, ...theme])) {
      if (op === SEGMENT || roleOf(p, signal) !== THEME) continue;
      const group = p.memory.groups[derivedOf(p, signal).args[0]];
      return isMissing(facts, signal) ? null : group.themes[valueOf(facts, signal) - 1];
    }
  }
  return null;
}

/** The literals of some terms, left to right. */
function literalsOf(terms) {
  return terms.flatMap((term) => (term.terms ? literalsOf(term.terms) : term.op === undefined ? [] : [term]));
}

// ---------------------------------------------------------------- schedules and buckets

/** The time that a schedule looks at; null: the offset from UTC is missing. */
function timeOf({ p, facts }, { local }) {
  if (!local) return facts.now;
  return isMissing(facts, p.offset) ? null : facts.now + valueOf(facts, p.offset) * 60000;
}

function isOpen(scene, way) {
  const at = timeOf(scene, way);
  return at !== null && way.start <= at && at < way.end;
}

function scheduleView(scene, way) {
  const { start, end, local } = way, time = (ms) => (ms - ms === 0 ? ms : null), at = timeOf(scene, way);
  if (time(start) === null && time(end) === null) return null;
  return plain({
    open: isOpen(scene, way), at: at === null ? at : withinTimes(at), start: time(start), end: time(end),
    local: !!local,
  });
}

const isWithin = (at, ranges) => ranges.some((start, i) => i % 2 === 0 && at >= start && at < ranges[i + 1]);

function pairs(ranges) {
  const found = [];
  for (let i = 0; i < ranges.length; i += 2) found.push([ranges[i], ranges[i + 1]]);
  return found;
}

/** A bucket against ranges: of a rule's traffic, or of a holdout. */
export function bucketView(scene, dealt, ranges) {
  const at = bucketOf(scene.facts, dealt);
  return plain({
    unit: signalView(scene, dealt.unit), bucket: at < 0 ? null : at, ranges: pairs(ranges),
    inside: at >= 0 && isWithin(at, ranges),
  });
}

function trafficView(scene, { traffic }) {
  return traffic && bucketView(scene, traffic, [0, traffic.share]);
}

/** The holdout that stands before the rules of a surface. */
export function surfaceHoldout(scene) {
  const way = waysOf(scene).find(({ standing, split }) => standing === HOLDOUT && split);
  return way ? bucketView(scene, way.split, way.split.arms.flatMap((arm) => arm.ranges)) : null;
}

function splitView(scene, { split, rule, experiment, leads }) {
  if (!split) return null;
  const at = bucketOf(scene.facts, split), { variants } = scene.surface;
  // Another way is for people who have an arm already.
  const deals = leads.every(({ op }) => op === HAS);
  const arms = (deals ? split.arms : []).map(({ variant, ranges }) => (
    { variant: variants[variant], ranges: pairs(ranges), holds: at >= 0 && isWithin(at, ranges) }
  ));
  return plain({
    unit: signalView(scene, split.unit), bucket: at < 0 ? null : at,
    experiment: experimentOf(scene.p, scene.debug, rule, experiment), arms,
    ...armOf(scene, experiment),
  });
}

/** The variant whose arm a person is in; null: none. */
function enrolled(split, variants) {
  if (split.bucket === undefined) return null;
  const held = split.arms.find((arm) => arm.holds), arm = split.stored ?? (held && held.variant);
  const found = variants.indexOf(arm);
  return found < 0 ? null : found;
}
