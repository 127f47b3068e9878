// What surfaces show: FORMAT.md section 6.4.
import { position, setUnit } from "./murmur3.js";
import { block, layOut } from "./rows.js";
import { MISSING } from "./signals.js";
import { truth } from "./truth.js";

/** Why a surface shows its default, by number. What a rule shows is 1024 · (rule + 1) + variant. */
export const DEFAULTS = ["DEFAULT", "FORBIDDEN", "OPTED_OUT", "EXPIRED", "HOLDOUT_NO_UNIT", "HOLDOUT"];

/** Calls that are answered before rows are worth their making. */
export const FEW = 2;

/** The position of a unit; -1: it is missing. */
export function positionOf(facts, { unit, seed }) {
  return facts.classes[unit] === MISSING ? -1
    : position(seed.hash, seed.size, setUnit(facts.units[unit], facts.values[unit]));
}

function within(at, ranges) {
  for (let i = 0; i < ranges.length; i += 2) if (at >= ranges[i] && at < ranges[i + 1]) return true;
  return false;
}

/** What a rule shows whose condition is true, as a number; 0: the next rule is tried. */
function outcome(facts, rule) {
  const { p, classes, values } = facts, gate = p.gates[rule];
  let variant = p.outcomes[rule];
  if (gate) {
    const { local, start, end, traffic, split } = gate;
    let { now } = facts;
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
    if (blocked == null) block(facts, end - first > 1 ? rows.all : rows.asked[first], from, (rows.stop[end - 1] + 31) >> 5);
    else rows.found[from] = blocked;
    return pick(facts, rows, first, end, decided);
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

/** The same by the first rule that fires of those with a clause that is not blocked. */
function pick(facts, { start, stop, found, codes, shares, units, hashes }, first, end, decided) {
  const { p, classes, values } = facts, { outcomes, surfaceFlags } = p;
  let told = 0;
  for (let surface = first; surface < end; surface++) {
    const last = stop[surface];
    told = (surfaceFlags[surface] >> 2) & 1;
    // Mostly all clauses of a surface stand in one word.
    for (let bit = start[surface]; bit < last && !told; bit = (bit | 31) + 1) {
      for (let live = ~found[bit >> 5] & (-1 << bit); live && !told; live &= live - 1) {
        const at = (bit | 31) - Math.clz32(live & -live);
        if (at >= last) break;
        const code = codes[at], rule = (-1 - code) >> 1;
        if (code > 0) told = code;
        else if (code & 1 || truth(facts, p.first + rule) > 0) {
          const share = shares[rule];
          if (share < 0) told = outcome(facts, rule);
          else {
            const unit = units[rule];
            if (!share || (classes[unit] !== MISSING &&
                position(hashes[rule], 4, setUnit(facts.units[unit], values[unit])) < share)) {
              told = 1024 * (rule + 1) + outcomes[rule];
            }
          }
        }
      }
    }
    if (decided) decided[surface] = told;
  }
  return told;
}
