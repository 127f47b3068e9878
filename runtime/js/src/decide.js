// What surfaces show: FORMAT.md section 6.4.
import { hashed, position, setUnit } from "./murmur3.js";
import { seedFor } from "./outcomes.js";
import { readBy } from "./reads.js";
import { HALF, block, layOut } from "./rows.js";
import { MISSING } from "./signals.js";
import { truth } from "./truth.js";

/** Why a surface shows its default, by number. What a rule shows is 1024 · (rule + 1) + variant. */
export const DEFAULTS = ["DEFAULT", "FORBIDDEN", "OPTED_OUT", "EXPIRED", "HOLDOUT_NO_UNIT", "HOLDOUT"];

/** The salts of traffic have three characters and a zero byte. */
const SALTED = 4;

/** Calls that are answered before rows are worth their making. */
export const FEW = 2;

/** The position of a unit; -1: it is missing. */
export function positionOf(facts, part) {
  const { unit } = part, seed = seedFor(part);
  return facts.classes[unit] === MISSING ? -1
    : position(seed.hash, seed.size, setUnit(facts.units[unit], facts.values[unit]));
}

function within(at, ranges) {
  for (let i = 0; i < ranges.length; i += 2) if (at >= ranges[i] && at < ranges[i + 1]) return true;
  return false;
}

/** What a rule shows whose condition is true, as a number; 0: the next rule is tried. */
function outcome(facts, rule) {
  const { p, classes, values } = facts, { local, start, end, traffic, split } = p.gates[rule];
  let { now } = facts, variant = p.outcomes[rule];
  if (local) {
    if (classes[p.offset] === MISSING) return 0;
    now += values[p.offset] * 60000;
  }
  if (now < start || now >= end) return 0;
  if (traffic) {
    const at = positionOf(facts, traffic);
    if (at < 0 || at >= traffic.share) return 0;
  }
  if (split) {
    const at = positionOf(facts, split), arm = split.arms.find(({ ranges }) => within(at, ranges));
    if (!arm) return 0;
    ({ variant } = arm);
  }
  return 1024 * (rule + 1) + variant;
}

/** Why no surface is personalized in this call, but for those that never are; 0: they are. */
export function reasonForAll(facts) {
  const { holdout, expires } = facts.p;
  if (facts.now >= expires) return 3;
  if (!holdout) return 0;
  const at = positionOf(facts, holdout);
  return at < 0 ? 4 : within(at, holdout.ranges) ? 5 : 0;
}

/**
 * What the surfaces from one number up to another show, each for itself, unless for a reason they all
 * show their defaults. `blocked` clauses if they are known. Writes to `decided`; returns the last.
 */
export function decide(facts, first, end, reason, decided, blocked) {
  const { p } = facts, { surfaceFlags, ruleAt } = p;
  let told = 0;
  if (!reason && p.calls++ >= FEW) {
    const rows = p.rows || layOut(p), from = rows.start[first] >> 5;
    if (blocked == null) block(facts, end - first > 1 ? rows.all : readBy(p, first), from, (rows.start[end] + 31) >> 5);
    else rows.found[from] = blocked;
    if (end - first > 1) return pickAll(facts, decided);
    told = pick(facts, first);
    if (decided) decided[first] = told;
    return told;
  }
  for (let surface = first; surface < end; surface++) {
    told = surfaceFlags[surface] & 4 ? 1 : reason;
    for (let rule = ruleAt[surface]; !told && rule < ruleAt[surface + 1]; rule++) {
      if (truth(facts, p.first + rule) > 0) told = outcome(facts, rule);
    }
    if (decided) decided[surface] = told;
  }
  return told;
}

/** The lowest clause from one on that is not blocked. Mostly all of a surface stand in one word. */
function next(found, bit) {
  let live;
  while (!(live = ~found[bit >> 5] & (-1 << bit))) bit = (bit | 31) + 1;
  return (bit | 31) - Math.clz32(live & -live);
}

/** The unit of the rules in `deals`; null: it is missing. */
const unitOf = ({ classes, units, values }, { dealt }) =>
  dealt >= 0 && classes[dealt] >= 0 ? setUnit(units[dealt], values[dealt]) : null;

/** What the rule of a clause that is not blocked shows, by a code below zero; 0: the next one is tried. */
function fire(facts, { deals }, code, unit) {
  const kind = ~code & 3, deal = ~code - kind, rule = deal >> 2;
  if (!kind) return unit && (hashed(deals[deal + 1], SALTED, unit) ^ HALF) < deals[deal + 2] ? deals[deal] : 0;
  return kind > 1 && truth(facts, facts.p.first + rule) < 1 ? 0 : outcome(facts, rule);
}

/** What one surface shows: by the first rule that fires of those with a clause that is not blocked. */
function pick(facts, surface) {
  const { rows } = facts.p, { start, found, codes } = rows;
  for (let bit = start[surface]; ; bit++) {
    bit = next(found, bit);
    const code = codes[bit];
    if (code >= 0) return code;
    const shown = fire(facts, rows, code, unitOf(facts, rows));
    if (shown) return shown;
  }
}

/** The same of all. They go on together, each to its next clause, so that a processor works on many at once. */
function pickAll(facts, decided) {
  const { rows } = facts.p, { start, order, found, codes, waiting, places } = rows;
  let count = order.length;
  waiting.set(order);
  places.set(start);
  while (count) {
    let asking = 0;
    for (let i = 0; i < count; i++) {
      const surface = waiting[i], at = next(found, places[i]), shown = codes[at];
      // Who waits is not to be guessed, so there is no branch.
      waiting[asking] = surface;
      places[asking] = at;
      asking += shown >>> 31;
      decided[surface] = shown;
    }
    const unit = unitOf(facts, rows);
    count = 0;
    for (let i = 0; i < asking; i++) {
      const surface = waiting[i], at = places[i], shown = fire(facts, rows, codes[at], unit);
      waiting[count] = surface;
      places[count] = at + 1;
      count += shown ? 0 : 1;
      decided[surface] = shown;
    }
  }
}
