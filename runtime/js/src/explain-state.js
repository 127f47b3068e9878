// What the device's state has to do with one surface, for explanations.
import { ARM, BLOCK, variantName } from "./explain-access.js";
import { withinTimes } from "./explain-notation.js";
import { plain } from "./explain-signals.js";
import {
  changesOf, guardView, guarded, holdView, isSpent, isTooOld, says, storedView,
} from "./explain-views.js";
import { FIRST, SEGMENT } from "./state-tables.js";

const COOLDOWN = 1, CHANGES = 4;

/** The state as far as it matters to a surface; null without one. */
export function rememberedView({ look, surface }) {
  if (!look) return null;
  const { data, session, off } = look;
  return plain({ first_seen: data[FIRST], session, off, shows: off ? null : heldView(look, surface) });
}

/** What shows on a surface with a hold, and whether it is held. */
function heldView(look, { number }) {
  const { memory, now } = look;
  for (let i = 0; i < memory.holds.length; i++) {
    const { surface, item, stable, changes } = memory.holds[i], shown = look.row(memory.items[item])[4];
    const { variant, since, held, until } = holdView(look, i);
    if (surface !== number || !variant) continue;
    const why = held && stable && now - since < stable ? ["stable_for"] : [];
    if (held && changes >= 0 && isSpent(look, shown, changes)) why.push("changes");
    const budget = changes < 0 ? null : changes;
    return plain({ variant, since, held, why, until, changes: changesOf(look, shown), budget });
  }
  return null;
}

/** The guardrails on some variants of the surface; null: there is none, or no state. */
export function guardrailViews({ look, surface, p }, places) {
  if (!look || look.off) return null;
  const own = new Set(places.map((place) => surface.firstVariant + place));
  const isOn = (guard) => guarded(look, guard).some((variant) => own.has(variant));
  const found = look.memory.guards.filter(isOn);
  return found.length ? found.map((guard) => guardrailView(look, surface, own, guard)) : null;
}

function guardrailView(look, surface, own, guard) {
  const { p, memory } = look, item = memory.items[guard.item], { opens, ...view } = guardView(look, guard);
  const variants = guarded(look, guard).map((variant) => {
    const [of, id] = variantName(p, variant);
    return of === surface.name ? id : `${of}.${id}`;
  });
  if (guard.kind === CHANGES && own.size === 1) {
    // Going on with what shows is no change.
    const [only] = own, [, , , , personalized] = look.row(item)[4];
    view.blocks = view.blocks && variantName(p, only)[1] !== personalized;
  }
  const window = guard.kind === COOLDOWN ? guard.limit : (item.slot || 0) * item.slots;
  const { kind, ...rest } = view;
  return plain({ kind, variants, ...rest, window: withinTimes(window) || null, opens });
}

/** True where a control of the person blocks the variant at a place; null where none does. */
export function isUnwanted({ look, surface }, place) {
  return look && says(look, [BLOCK, surface.firstVariant + place], []) !== null ? true : null;
}

/** What the state holds of a segment; null: it is never stored, or not for this device. */
export function storedSegment({ look, consent }, segment) {
  if (!look) return null;
  const { p, memory } = look;
  for (let i = 0; i < memory.items.length; i++) {
    const item = memory.items[i], purpose = p.purposes[item.purpose];
    if (item.kind !== SEGMENT || item.segment !== segment || !look.has(item)) continue;
    if (purpose !== undefined && !consent.includes(purpose)) continue;
    return plain({ ...storedView(look, item), too_old: isTooOld(look, i) || null });
  }
  return null;
}

/** The arm that this device has for an experiment, and whether it was forced. */
export function armOf({ look, facts }, experiment) {
  const arm = look && experiment >= 0 ? says(look, [ARM, experiment]) : null;
  if (arm === null) return {};
  const stored = look.memory.experiments[experiment].arms[arm - 1];
  return { stored, forced: facts.forced.has(experiment) || null };
}

/** Whether an item is not there for want of consent. */
export const lacksItem = ({ has }, item) => item.purpose >= 0 && !has(item);
