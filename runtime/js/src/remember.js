// Deciding with what a device remembers, or as if it were known to have none: STATE.md sections 4.7 to 4.9.
import { begin as beginPlain, given } from "./call.js";
import { decide } from "./decide.js";
import { reject } from "./errors.js";
import { BLOCK, THEME } from "./memory.js";
import { MISSING, find } from "./signals.js";

const CHANGES = 4;
/** The BLOCK of a variant that may not show without a state. */
const NO_STATE = 5;

/** What a state says of a bundle without section 6. */
const NOTHING = { values: {}, declared: null, off: false, forced: null };

/** Works out once what each call asks of section 6. */
export function prepare(p) {
  if (p.memory) {
    p.sourceOf = sourceOf;
    p.memory.alone = { ...NOTHING, values: withoutState(p, p.memory) };
  }
  return p;
}

/** The values of machine signals when there is no state: STATE.md section 4.8. */
function withoutState(p, { guards, holds, items, derived, derivedAt }) {
  const blocked = [], values = {};
  for (const { kind, allow, item } of [...guards, ...holds]) {
    // A hold has no kind; dismissed and unclicked ones are known without a state not to be so.
    if (allow || kind === 2 || kind === 3) continue;
    const { variants, surface } = items[item];
    if (kind < CHANGES) for (const variant of variants) blocked[variant] = true;
    else for (let v = p.variantAt[surface]; v < p.variantAt[surface + 1]; v++) blocked[v] = true;
  }
  p.names.forEach((_, surface) => (blocked[p.variantAt[surface] + p.defaults[surface]] = false));
  derived.forEach(({ role, args: [arg] }, i) => {
    if (role === BLOCK && blocked[arg]) values[p.signals[derivedAt + i].name] = NO_STATE;
  });
  return values;
}

/** `begin` of call.js, with what the state says. */
export function begin(p, signals, options) {
  const facts = beginPlain(p, signals, options), { state } = options, { memory } = p;
  if (state != null && !state._standing) reject(204);
  const { values, declared, forced, off } = state != null ? state._standing(p, facts.now) : memory ? memory.alone : NOTHING;
  facts.machine = values;
  facts.declared = declared;
  facts.forced = forced;
  facts.off = off;
  return facts;
}

/** What a signal is read from: those of the host come first, the machine's last, between them fields of events. */
function sourceOf({ p, machine, declared }, { name }, number, passed) {
  const { host, derivedAt } = p.memory;
  if (number >= host) return number < derivedAt ? null : machine[name];
  const value = given(passed);
  return declared && value == null ? declared[name] : value;
}

/** The variant that a surface shows, by its place there. */
export function shownPlace(p, surface, decided) {
  const rule = (decided >> 10) - 1;
  return rule < 0 || (p.memory && p.memory.standing[rule] > 1) ? p.defaults[surface] : decided & 1023;
}

/**
 * What the surfaces of a group show in their order, up to one and with it: each sees the theme that
 * those before it have set. Writes to `decided`; returns the last.
 */
export function decideGroup(facts, number, last, decided) {
  const { p } = facts, { surfaces, themeOf } = p.memory.groups[number];
  let theme = 0, told = 0;
  for (const surface of surfaces) {
    told = decide(facts, surface, surface + 1, 0, decided);
    if (surface === last) break;
    theme = theme || themeOf[p.variantAt[surface] + shownPlace(p, surface, told)];
    setTheme(facts, number, theme);
  }
  setTheme(facts, number, 0);
  return told;
}

function setTheme(facts, group, theme) {
  const { p, classes } = facts, { derived, derivedAt } = p.memory;
  derived.forEach(({ role, args: [of] }, i) => {
    const signal = derivedAt + i;
    if (role === THEME && of === group) classes[signal] = theme ? find(p.signals[signal], theme) : MISSING;
  });
  facts.segments = [];
}
