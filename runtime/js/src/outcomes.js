// Surfaces, rules and splits: FORMAT.md sections 3.7 to 3.9.
import { TABLE, distinct } from "./bytes.js";
import { fail } from "./errors.js";
import { seedOf } from "./murmur3.js";
import { ENUM, NUMBER, STRING } from "./values.js";

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const TRAFFIC = 1, SPLIT = 2, START = 4, END = 8, LOCAL = 16;

/** A signal whose value can be a unit. */
export function checkUnit(p, unit) {
  if (unit >= p.signals.length) fail(107);
  const { type } = p.signals[unit];
  if (type !== NUMBER && type !== STRING && type !== ENUM) fail(114);
  return unit;
}

export function decodeSurfaces(r, p) {
  const names = (p.names = r.texts(-1, TABLE)), count = names.length;
  distinct(names);
  const ids = (p.ids = r.sorted());
  p.surfaceFlags = r.packed(count, 8, 113);
  const variants = r.packed(count), defaults = (p.defaults = r.packed(count));
  const rules = r.packed(count);
  /** First variant, and first rule, of each surface; then how many there are. */
  p.variantAt = [0];
  p.ruleAt = [0];
  for (let i = 0; i < count; i++) {
    if ((p.surfaceFlags[i] & 3) === 3) fail(108);
    if (!variants[i]) fail(115);
    if (variants[i] > 1024 || rules[i] > 20000) fail(106);
    if (defaults[i] >= variants[i]) fail(107);
    if (p.surfaceFlags[i] & 4 && rules[i]) fail(115);
    p.variantAt.push(p.variantAt[i] + variants[i]);
    p.ruleAt.push(p.ruleAt[i] + rules[i]);
  }
  if (p.ruleAt[count] !== p.rules) fail(115);
  const all = p.variantAt[count];
  // A column without bytes vouches for no length; all would be the first id.
  if (all > count && !r.bytes[r.at]) fail(r.at < r.end ? 112 : 101);
  p.variants = r.packed(all, ids.length);
  for (let i = 0; i < count; i++) distinct(p.variants.subarray(p.variantAt[i], p.variantAt[i + 1]));
}

export function decodeRules(r, p) {
  const { rules } = p, flags = r.packed(rules, 32, 113);
  p.outcomes = r.packed(rules);
  /** What a rule asks besides its condition; null: nothing. */
  p.gates = new Array(rules).fill(null);
  p.offset = p.signals.findIndex(({ name, type }) => name === "utc_offset_minutes" && type === NUMBER);
  for (let rule = 0, surface = 0; rule < rules; rule++) {
    while (rule >= p.ruleAt[surface + 1]) surface++;
    const flag = flags[rule];
    if (flag & LOCAL) {
      if (!(flag & (START | END))) fail(113);
      if (p.offset < 0) fail(120);
    }
    const variants = p.variantAt[surface + 1] - p.variantAt[surface];
    if (!(flag & SPLIT) && p.outcomes[rule] >= variants) fail(107);
    if (flag) {
      p.gates[rule] = {
        surface, local: flag & LOCAL, start: -Infinity, end: Infinity, traffic: null, split: null,
      };
    }
  }
  const having = (flag) => p.gates.filter((gate, rule) => flags[rule] & flag);
  const limited = having(TRAFFIC), n = limited.length;
  const units = r.packed(n), shares = r.stepped(n), salts = r.packed(3 * n, 64, 118);
  limited.forEach((gate, i) => {
    if (shares[i] < 1 || shares[i] > 9999) fail(116);
    const salt = DIGITS[salts[3 * i]] + DIGITS[salts[3 * i + 1]] + DIGITS[salts[3 * i + 2]];
    gate.traffic = { unit: checkUnit(p, units[i]), seed: seedOf(salt), share: shares[i] };
  });
  const starting = having(START), starts = r.stepped(starting.length);
  starting.forEach((gate, i) => (gate.start = starts[i]));
  const ending = having(END), ends = r.stepped(ending.length);
  ending.forEach((gate, i) => {
    gate.end = ends[i];
    if (gate.end <= gate.start) fail(111);
  });
  decodeSplits(r, p, having(SPLIT), p.outcomes.filter((outcome, rule) => flags[rule] & SPLIT));
}

function decodeSplits(r, p, gates, numbers) {
  const count = r.int(100000);
  if (count !== gates.length) fail(111);
  gates.forEach((gate, i) => {
    if (numbers[i] !== i) fail(111);
    const variants = p.variantAt[gate.surface + 1] - p.variantAt[gate.surface];
    r.flags(1);
    const unit = checkUnit(p, r.int()), seed = seedOf(r.salt()), arms = [];
    const all = [];
    for (let n = r.int(1024, 1); n--; ) {
      const variant = r.index(variants), ranges = r.ranges();
      arms.push({ variant, ranges });
      for (let k = 0; k < ranges.length; k += 2) all.push([ranges[k], ranges[k + 1]]);
    }
    all.sort((left, right) => left[0] - right[0]);
    for (let k = 1; k < all.length; k++) if (all[k][0] < all[k - 1][1]) fail(112);
    gate.split = { unit, seed, arms };
  });
}
