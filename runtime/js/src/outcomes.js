// Surfaces, rules and splits: FORMAT.md sections 3.7 to 3.9.
import { TABLE, below, distinct } from "./bytes.js";
import { fail } from "./errors.js";
import { seedOf, seedOfWord } from "./murmur3.js";
import { ENUM, NUMBER, STRING } from "./values.js";

/** The code of a digit of a salt. */
const digit = (n) => (n < 26 ? n + 65 : n < 52 ? n + 71 : n < 62 ? n - 4 : n > 62 ? 95 : 45);

export const TRAFFIC = 1;
const SPLIT = 2, START = 4, END = 8, LOCAL = 16;

/** What a rule asks besides its condition: nothing. */
const OPEN = { flags: 0, surface: 0, local: 0, start: -Infinity, end: Infinity, traffic: null, split: null };

/** The seed of a holdout, a split or traffic; that of traffic is made when first asked for. */
export function seedFor(part) {
  const { salts, at } = part;
  return part.seed || (part.seed = seedOfWord(digit(salts[at]) | (digit(salts[at + 1]) << 8) | (digit(salts[at + 2]) << 16)));
}

/** A signal whose value can be a unit. */
export function checkUnit({ signals }, unit) {
  const { type } = signals[below(unit, signals.length)];
  return type === NUMBER || type === STRING || type === ENUM ? unit : fail(114);
}

export function readSalt(r) {
  const salt = r.chars();
  return /^[\w-]{3}([\w-]{4})?$/.test(salt) ? seedOf(salt) : fail(118);
}

/** Ranges of positions, each as two numbers; `room`: for so many. */
export function readRanges(r, room = 10000) {
  const found = [];
  let end = 0;
  r.many(10000, () => {
    const start = end + r.varint(10000, end ? 1 : 0);
    found.push(start, (end = start + r.varint(10000, 1)));
    if (end > 10000 || found.length > 2 * room) fail(106);
  }, 1);
  return found;
}

/** Where the entries of each begin, from how many it has. */
const starts = (counts) => {
  const found = [0];
  for (let i = 0; i < counts.length; i++) found.push(found[i] + counts[i]);
  return found;
};

export function decodeSurfaces(r, p) {
  const names = (p.names = distinct(r.texts(-1, TABLE))), count = names.length;
  p.numbers = new Map(names.map((name, number) => [name, number]));
  const ids = (p.ids = r.sorted());
  p.surfaceFlags = r.packed(count, 8, (flags) => flags % 4 > 2 && fail(108), 113);
  /** How many variants each surface has. */
  p.counts = r.packed(count, 1025, (n) => n || fail(115), 106);
  p.defaults = r.packed(count, undefined, (variant, i) => below(variant, p.counts[i]));
  const rules = r.packed(count, 20001, (n, i) => n && p.surfaceFlags[i] & 4 && fail(115), 106);
  /** First variant, and first rule, of each surface; then how many there are. */
  p.variantAt = starts(p.counts);
  p.ruleAt = starts(rules);
  if (p.ruleAt[count] !== p.rules) fail(115);
  const all = p.variantAt[count], seen = [];
  let surface = 0;
  p.variants = r.packed(all, ids.length, (id, i) => {
    if (i === p.variantAt[surface + 1]) surface++;
    if (seen[id] === surface) fail(112);
    seen[id] = surface;
  }, 107, all > count && 112);
}

export function decodeRules(r, p) {
  const { rules, ruleAt, counts } = p, gates = (p.gates = new Array(rules)), surfaceOf = (p.surfaceOf = new Array(rules)), asking = [];
  const having = (flag) => asking.filter(({ flags }) => flags & flag);
  let surface = 0, splits = 0;
  p.offset = p.signals.findIndex(({ name, type }) => name === "utc_offset_minutes" && type === NUMBER);
  r.packed(rules, 32, (flags, rule) => {
    while (rule >= ruleAt[surface + 1]) surface++;
    surfaceOf[rule] = surface;
    gates[rule] = OPEN;
    if (!flags) return;
    const local = flags & LOCAL;
    if (local && !(flags & (START | END))) fail(113);
    if (local && p.offset < 0) fail(120);
    asking.push((gates[rule] = { flags, surface, local, start: -Infinity, end: Infinity, traffic: null, split: null }));
  }, 113);
  p.outcomes = r.packed(rules, undefined, (outcome, rule) => {
    if (!(gates[rule].flags & SPLIT)) below(outcome, counts[surfaceOf[rule]]);
    else if (outcome !== splits++) fail(111);
  });
  const limited = having(TRAFFIC), starting = having(START), ending = having(END), dealing = having(SPLIT), n = limited.length;
  const units = r.packed(n, undefined, (unit) => checkUnit(p, unit));
  const shares = r.stepped(n, (share) => (share < 1 || share > 9999) && fail(116));
  const salts = r.packed(3 * n, 64, null, 118);
  for (let i = 0; i < n; i++) limited[i].traffic = { unit: units[i], share: shares[i], salts, at: 3 * i, seed: null };
  r.stepped(starting.length, (time, i) => (starting[i].start = time));
  r.stepped(ending.length, (time, i) => ((ending[i].end = time) <= ending[i].start ? fail(111) : 0));
  const count = r.varint(100000);
  if (count !== (p.splits = splits)) fail(111);
  r.room(7 * count);
  dealing.forEach((gate) => {
    const all = [];
    below(r.u8(), 2, 113);
    gate.split = {
      unit: checkUnit(p, r.varint()), seed: readSalt(r), arms: r.many(1024, () => {
        const variant = below(r.varint(), 1024), ranges = readRanges(r, 10000 - all.length);
        for (let k = 0; k < ranges.length; k += 2) all.push([ranges[k], ranges[k + 1]]);
        return { variant, ranges };
      }, 1),
    };
    all.sort((left, right) => left[0] - right[0]);
    for (let k = 1; k < all.length; k++) if (all[k][0] < all[k - 1][1]) fail(112);
  });
  dealing.forEach(({ surface, split }) => {
    for (const { variant } of split.arms) below(variant, p.counts[surface]);
  });
}
