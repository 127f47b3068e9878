// What a program is asked again and again, worked out from it once.
import { BLOCK, THEME } from "./memory.js";

const CAP = 0, COOLDOWN = 1, CHANGES = 4;
/** The BLOCK of a variant that may not show without a state. */
const NO_STATE = 5;

export function prepare(p) {
  const { memory } = p;
  p.numbers = new Map(p.names.map((name, number) => [name, number]));
  p.forbidden = [];
  p.surfaceFlags.forEach((flags, surface) => flags & 4 && p.forbidden.push(surface));
  p.reads = [];
  p.needs = [];
  /** The signals of the host come first, the machine's last. */
  p.host = memory ? memory.host : p.signals.length;
  p.derivedAt = memory ? memory.derivedAt : p.host;
  p.groupOf = p.groupOf || [];
  /** The signals that say a theme, each with its group. */
  p.themes = [];
  p.none = [];
  p.idle = null;
  p.rows = null;
  p.without = memory ? withoutState(p, memory) : null;
  if (memory) {
    memory.derived.forEach(({ role, args }, i) => {
      if (role === THEME) p.themes.push([p.derivedAt + i, args[0]]);
    });
  }
  return p;
}

/** The values of machine signals when there is no state: STATE.md section 4.8. */
function withoutState(p, { guards, holds, items, derived }) {
  const blocked = new Set(), values = Object.create(null);
  const blockAll = (item) => {
    const { surface } = items[item];
    for (let v = p.variantAt[surface]; v < p.variantAt[surface + 1]; v++) blocked.add(v);
  };
  for (const { kind, allow, item } of guards) {
    if (allow) continue;
    if (kind === CAP || kind === COOLDOWN) items[item].variants.forEach((v) => blocked.add(v));
    if (kind === CHANGES) blockAll(item);
  }
  for (const { allow, item } of holds) if (!allow) blockAll(item);
  p.names.forEach((_, surface) => blocked.delete(p.variantAt[surface] + p.defaults[surface]));
  derived.forEach(({ role, args }, i) => {
    if (role === BLOCK && blocked.has(args[0])) values[p.signals[p.derivedAt + i].name] = NO_STATE;
  });
  return values;
}
