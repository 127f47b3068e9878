// What a surface shows: FORMAT.md section 6.4, STATE.md sections 4.7 to 4.9.
import { position, setUnit } from "./murmur3.js";
import { block } from "./rows.js";
import { MISSING, find } from "./signals.js";
import { truth } from "./truth.js";

/** Why a surface shows its default, by number. What a rule shows is 1024 · (rule + 1) + variant. */
export const DEFAULTS = ["DEFAULT", "FORBIDDEN", "OPTED_OUT", "EXPIRED", "HOLDOUT_NO_UNIT", "HOLDOUT"];

/** The position of a unit; -1: it is missing. */
export function positionOf(facts, { unit, seed }) {
  if (facts.classes[unit] === MISSING) return -1;
  return position(seed.hash, seed.size, setUnit(facts.units[unit], facts.values[unit]));
}

function within(at, ranges) {
  for (let i = 0; i < ranges.length; i += 2) if (at >= ranges[i] && at < ranges[i + 1]) return true;
  return false;
}

/** The variant that a rule shows whose condition is true; -1: the next rule is tried. */
function outcome(facts, rule) {
  const { p } = facts, gate = p.gates[rule];
  if (!gate) return p.outcomes[rule];
  let { now } = facts;
  if (gate.local) {
    if (facts.classes[p.offset] === MISSING) return -1;
    now += facts.values[p.offset] * 60000;
  }
  if (now < gate.start || now >= gate.end) return -1;
  if (gate.traffic) {
    const at = positionOf(facts, gate.traffic);
    if (at < 0 || at >= gate.traffic.share) return -1;
  }
  if (!gate.split) return p.outcomes[rule];
  const at = positionOf(facts, gate.split);
  if (at >= 0) for (const arm of gate.split.arms) if (within(at, arm.ranges)) return arm.variant;
  return -1;
}

/** Why no surface is personalized in this call, but for those that never are; 0: they are. */
export function reasonForAll(facts) {
  const { holdout, expires } = facts.p;
  if (facts.off) return 2;
  if (facts.now >= expires) return 3;
  if (!holdout) return 0;
  const at = positionOf(facts, holdout);
  return at < 0 ? 4 : within(at, holdout.ranges) ? 5 : 0;
}

/** What a surface shows, as a number (see DEFAULTS), when nothing holds for all of them. */
export function decideSurface(facts, surface) {
  const { rows, surfaceFlags } = facts.p, first = rows.start[surface];
  if (surfaceFlags[surface] & 4) return 1;
  block(facts, rows.asked[surface], first >> 5, (first + rows.sizes[surface] + 31) >> 5);
  return pick(facts, surface, surface + 1, null);
}

/**
 * For the surfaces from one number up to another, the first rule that fires of those with a clause
 * that is not blocked. Writes to `decided` what each shows; returns the last.
 */
export function pick(facts, first, end, decided) {
  const { p, classes, values } = facts, { outcomes, rows } = p;
  const { start, sizes, found, codes, shares, units, hashes } = rows;
  let told = 0;
  for (let surface = first; surface < end; surface++) {
    const stop = start[surface] + sizes[surface];
    told = 0;
    // Mostly all clauses of a surface stand in one word.
    for (let bit = start[surface]; bit < stop && !told; bit = (bit | 31) + 1) {
      const from = bit & ~31;
      let live = ~found[bit >> 5] & (-1 << (bit & 31));
      if (stop - from < 32) live &= (1 << (stop & 31)) - 1;
      for (; live; live &= live - 1) {
        const code = codes[from + 31 - Math.clz32(live & -live)], rule = (-1 - code) >> 1;
        if (code > 0) {
          told = code;
          break;
        }
        if (!(code & 1) && truth(facts, p.first + rule) < 1) continue;
        const share = shares[rule];
        let variant = outcomes[rule];
        if (share > 0) {
          const unit = units[rule];
          if (classes[unit] === MISSING) continue;
          if (position(hashes[rule], 4, setUnit(facts.units[unit], values[unit])) >= share) continue;
        } else if (share) variant = outcome(facts, rule);
        if (variant < 0) continue;
        told = 1024 * (rule + 1) + variant;
        break;
      }
    }
    if (decided) decided[surface] = told;
  }
  return told;
}

/** The variant that a surface shows, by its place there. */
export function shownVariant(p, surface, decided) {
  const rule = (decided >> 10) - 1;
  return rule < 0 || (p.memory && p.memory.standing[rule] > 1) ? p.defaults[surface] : decided & 1023;
}

/**
 * The same for the surfaces of a group in their order, up to one and with it: each sees the theme
 * that those before it have set. `tell` is called with each surface and what it shows.
 */
export function decideGroup(facts, number, last, tell) {
  const { p } = facts, group = p.memory.groups[number];
  let theme = 0;
  for (const surface of group.surfaces) {
    const decided = decideSurface(facts, surface);
    tell(surface, decided);
    if (surface === last) break;
    theme = theme || group.themeOf[p.variantAt[surface] + shownVariant(p, surface, decided)];
    if (theme) setTheme(facts, number, theme);
  }
  setTheme(facts, number, 0);
}

function setTheme(facts, group, theme) {
  for (const [number, of] of facts.p.themes) {
    if (of === group) facts.classes[number] = theme ? find(facts.p.signals[number], theme) : MISSING;
  }
  facts.segments = [];
}
