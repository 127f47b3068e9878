// A state as engineers read it: at a time, and how its surfaces do.
import {
  ARM, BLOCK, EXACT, HOLD, IN, LEAST, OUT, experimentOf, notes, surfaceOf, variantName,
} from "./explain-access.js";
import { withinTimes } from "./explain-notation.js";
import { plain } from "./explain-signals.js";
import { said } from "./state-form.js";
import { sorted } from "./state-msgpack.js";
import { standing, trusted, unclicked } from "./state-standing.js";
import {
  CONTROLS, FIRST, FLOOR, FORCED, IDLE, ITEMS, OFF, REFUSED, SEGMENT, SESSION, SURFACE, counted, empty, idOf, more, slotOf,
  turnOf,
} from "./state-tables.js";

const GUARDS = ["cap", "cooldown", "dismissed", "unclicked", "changes"];
const CAP = 0, COOLDOWN = 1, DISMISSED = 2, UNCLICKED = 3, CHANGES = 4;
const CADENCES = [null, "hourly", "daily", "campaign", "events"];
const BLOCKS = [null, "SUPPRESSED", "CAPPED", "COOLING_DOWN", "CHANGES"];

/** A state at a time, as one version of its bundle sees it. */
export function lookAt(p, data, now) {
  const has = (item) => data[ITEMS].has(idOf(item));
  /** What an item holds, and since when; one that is not there begins now. */
  const row = ({ kind, key }) => data[ITEMS].get(idOf({ kind, key })) || [kind, key, null, now, empty(kind)];
  const [number, , last, name] = data[SESSION];
  const session = more(number, name === null && now - last >= IDLE);
  return { p, data, now, has, row, session, memory: p.memory, off: data[OFF] };
}

/** What machine signals of these roles and arguments would say, were they there; null: it is missing. */
export function answers({ p, data, now, memory }, asked, guards = memory.guards) {
  const derived = asked.map(([role, ...args]) => ({ role, args }));
  const signals = asked.map((_, i) => ({ name: String(i), values: [], least: -Infinity, most: Infinity }));
  const own = { ...memory, host: 0, derivedAt: 0, derived, guards };
  const { values } = standing({ ...p, memory: own, signals }, data, now);
  return signals.map(({ name }) => values[name] ?? null);
}

export const says = (look, asked, guards) => answers(look, [asked], guards)[0];

/** Changes in this session, and whether they reach a limit. */
export const changesOf = ({ session }, shown) => counted(shown[6], session - 1, session);
export const isSpent = (look, shown, limit) => shown[5] === look.session && changesOf(look, shown) >= limit;

/** The numbers of the variants that a guard is on. */
export function guarded({ p, memory }, { kind, item }) {
  const { variants, surface } = memory.items[item];
  if (kind !== CHANGES) return variants;
  const { firstVariant, variants: own } = surfaceOf(p, surface);
  return own.map((_, i) => firstVariant + i);
}

/** A guardrail: what it has used of its limit, when its variants may show again, if that is known. */
export function guardView(look, guard) {
  const { memory, data, now } = look, { kind } = guard, item = memory.items[guard.item];
  const own = look.row(item)[4], time = trusted(data, now);
  let { limit } = guard, used = 0, opens = null, spent = null;
  if (kind === CAP) {
    used = counted(own, item.slot ? slotOf(time, item.slot) - item.slots - 1 : -1);
    if (used >= limit) opens = capOpens(item, own, limit);
  } else if (kind === COOLDOWN) {
    if (own !== null && time < own + limit) [used, opens] = [1, withinTimes(own + limit)];
    limit = 1;
  } else if (kind === DISMISSED) used = counted(own);
  else if (kind === UNCLICKED) used = unclicked(own);
  else [used, spent] = [changesOf(look, own), isSpent(look, own, limit)];
  return {
    kind: GUARDS[kind], limit, used, left: Math.max(0, limit - used), blocks: spent ?? used >= limit, opens,
  };
}

/** The time from which a cap counts fewer than `limit` shows, without further ones. */
function capOpens({ slot: size, slots }, writers, limit) {
  if (!slots || !limit) return null;
  const times = sorted([...writers.values()].flatMap((own) => [...own.keys()].map((slot) => [slot])));
  const [last] = times.find(([slot]) => counted(writers, slot) < limit);
  return withinTimes((last + slots + 1) * size);
}

/** What shows on a surface with a hold. */
export function holdView(look, number) {
  const { memory, now } = look, hold = memory.holds[number], shown = look.row(memory.items[hold.item])[4];
  const [variant, , since] = shown, until = since + hold.stable;
  return {
    variant, since, held: says(look, [HOLD, number]) !== null,
    until: variant && until > now ? withinTimes(until) : null, changes: changesOf(look, shown),
  };
}

/** What is stored of a segment. */
export function storedView(look, item) {
  const [value, time, event] = look.row(item)[4], turn = turnOf(item.cadence), known = value !== null;
  return plain({
    cadence: CADENCES[item.cadence], value, since: known ? time : null,
    due: known ? (turn ? withinTimes((slotOf(time, turn) + 1) * turn) : event || null) : null,
  });
}

/** Whether what is stored of a segment, an item by its number, does not count any more. */
export function isTooOld(look, number) {
  const [value] = look.row(look.memory.items[number])[4], said = answers(look, [[IN, number], [OUT, number]]);
  return value !== null && said.every((one) => one === null);
}

// ---------------------------------------------------------------- for engineers

/** All that a state says at a time. */
export function inspected(p, data, now) {
  const look = lookAt(p, data, now);
  const nothing = { windows: [], guards: [], blocked: [], holds: [], segments: [], arms: [] };
  return {
    now, off: look.off, first_seen: data[FIRST], floor: data[FLOOR], session: look.session,
    ...(look.memory && !look.off ? remembered(look) : nothing),
    controls: said(data[CONTROLS], look.memory ? look.memory.lessOf : Infinity, now),
    refused: data[REFUSED].slice(),
  };
}

function remembered(look) {
  const { p, memory, data } = look, { debug } = notes(p), pair = (variant) => variantName(p, variant);
  const arms = memory.experiments.flatMap(({ key, arms: ids }, number) => {
    const arm = says(look, [ARM, number]);
    return arm === null ? [] : [[key, experimentName(p, debug, number) || key, ids[arm - 1]]];
  });
  return {
    windows: windowViews(look),
    guards: memory.guards.map((guard) => {
      const { kind, ...rest } = guardView(look, guard);
      return plain({ kind, variants: guarded(look, guard).map(pair), ...rest });
    }),
    blocked: answers(look, Array.from(p.variants, (_, v) => [BLOCK, v])).flatMap(
      (why, v) => (why ? [[pair(v), BLOCKS[why]]] : []),
    ),
    holds: memory.holds.map(({ surface }, number) => {
      return plain({ surface: p.names[surface], ...holdView(look, number) });
    }),
    segments: memory.items.flatMap((item, number) => {
      if (item.kind !== SEGMENT || !look.has(item)) return [];
      const segment = debug ? debug.segments[item.segment] : item.segment, view = storedView(look, item);
      return [{ segment, ...view, too_old: isTooOld(look, number) }];
    }),
    arms: sorted(arms).map(([key, experiment, arm]) => {
      return { experiment, arm, forced: data[FORCED].get(key) === arm };
    }),
  };
}

/** The id of a sticky experiment; null: no rule deals it out any more, or ids are left out. */
function experimentName(p, debug, number) {
  const rule = p.memory.experiment.findIndex((one) => one - 1 === number);
  return rule < 0 ? null : experimentOf(p, debug, rule, number);
}

function windowViews(look) {
  const { p, data, now, memory } = look, { values } = standing(p, data, now), views = [];
  memory.derived.forEach(({ role, args }, i) => {
    const { name } = p.signals[memory.derivedAt + i];
    if (name.includes(".")) return;
    const view = { name, value: values[name] ?? null };
    if (role === EXACT) {
      const item = memory.items[args[0]], begun = slotOf(look.row(item)[3], item.slot);
      view.so_far = says(look, [LEAST, args[0]]);
      view.observed_from = withinTimes((begun + item.slots) * item.slot);
    }
    views.push(plain(view));
  });
  return views;
}

/** Surfaces, each with how often it repeats, tires and changes: of those that the bundle keeps. */
export function healthOf(p, data) {
  const look = lookAt(p, data, 0), kept = p.memory ? p.memory.items : [];
  const shown = kept.filter((item) => item.kind === SURFACE && look.has(item));
  return shown.map((item) => [p.names[item.surface], health(look.row(item)[4])]);
}

function health(shown) {
  const [shows, clicks, dismissals, changes, repeats, fatigue] = shown.slice(7).map((of) => counted(of));
  const share = (n) => (shows ? n / shows : 0);
  return {
    shows, clicks, dismissals, changes, repetition: share(repeats), fatigue, change_rate: share(changes),
  };
}
