// The person's controls: what they name, and how they are kept (STATE.md 3 and 4.5).
import { reject } from "./errors.js";
import { CONTROLS, FLOOR, compare } from "./state-tables.js";

const KINDS = ["variant", "topic", "surface"], STRENGTHS = ["not_interested", "less_of"];
const MOST = 16;

/** What a control is about, as one text. */
export const nameOf = ([kind, , target, variant]) => JSON.stringify([kind, target, variant]);

/** By this they stand in the state. */
export const placeOf = ([kind, strength, target, variant, time]) => [time, kind, strength, target, variant];

/** By this the oldest goes. */
export const ageOf = ([kind, , target, variant, time]) => [time, kind, target, variant];

export const inOrder = (controls) => controls.sort((left, right) => compare(placeOf(left), placeOf(right)));

/** Kind, target and variant of what is named; refuses what names nothing of the bundle, or several things. */
export function named(p, surface, variant, topic) {
  const [of, one, about] = [surface, variant, topic].map((name) => name != null);
  if (about ? of || one : !of) reject(208);
  if (about) {
    if (!p.memory || !p.memory.topics.includes(topic)) reject(209);
    return [1, topic, ""];
  }
  const number = p.numbers.get(surface);
  if (number === undefined) reject(209);
  if (!one) return [2, surface, ""];
  const variants = p.variants.slice(p.variantAt[number], p.variantAt[number + 1]);
  if (!Array.from(variants, (id) => p.ids[id]).includes(variant)) reject(209);
  return [0, surface, variant];
}

/** Drops those whose time is over, by a floor; `lessOf` is how long they last. */
export function sweepControls(data, lessOf) {
  data[CONTROLS] = data[CONTROLS].filter(([, strength, , , time]) => !strength || time > data[FLOOR] - lessOf);
}

/** Sets one, at its time or that of the one before on the same thing; false: there is no room. */
export function setControl(data, lessOf, [kind, target, variant], strength, now) {
  const row = [kind, strength, target, variant, now], name = nameOf(row);
  const others = () => data[CONTROLS].filter((one) => nameOf(one) !== name);
  const before = data[CONTROLS].find((one) => nameOf(one) === name);
  if (before) row[4] = Math.max(now, before[4]);
  if (others().length >= MOST) sweepControls(data, lessOf);
  let kept = others();
  if (kept.length >= MOST && !strength) {
    const weaker = kept.find((one) => one[1]);
    kept = kept.filter((one) => one !== weaker);
  }
  if (kept.length >= MOST) return false;
  data[CONTROLS] = inOrder([...kept, row]);
  return true;
}

/** Those that hold, for the host. */
export const controlsOf = (data) => Object.freeze(
  data[CONTROLS].filter(([, strength]) => strength < 2).map(([kind, strength, target, variant, time]) =>
    Object.freeze({ kind: KINDS[kind], strength: STRENGTHS[strength], target, variant, time })));

/** Takes one of these back; it stays on record as such, for merging. False: it is not there. */
export function takeBack(data, lessOf, { kind, strength, target, variant, time }, now) {
  const wanted = [KINDS.indexOf(kind), STRENGTHS.indexOf(strength), target, variant, time];
  if (!data[CONTROLS].some((row) => !compare(row, wanted))) return false;
  return setControl(data, lessOf, [wanted[0], target, variant], 2, now);
}
