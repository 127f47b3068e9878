// What a program is asked again and again, worked out from it once.
import { BLOCK, THEME } from "./memory.js";

const CHANGES = 4;
/** The BLOCK of a variant that may not show without a state. */
const NO_STATE = 5;

export function prepare(p) {
  const { memory, names, signals } = p;
  p.numbers = new Map(names.map((name, number) => [name, number]));
  /** The signals of the host come first, the machine's last. */
  p.host = memory ? memory.host : signals.length;
  p.derivedAt = memory ? memory.derivedAt : p.host;
  /** What a state would say. */
  p.alone = { values: p.without, declared: null, off: false, forced: null };
  if (memory) withoutState(p, memory);
  return p;
}

function withoutState(p, { guards, holds, items, derived }) {
  const blocked = [];
  for (const { kind, allow, item } of [...guards, ...holds]) {
    // A hold has no kind; dismissed and unclicked ones are known without a state not to be so.
    if (allow || kind === 2 || kind === 3) continue;
    const { variants, surface } = items[item];
    if (kind < CHANGES) for (const variant of variants) blocked[variant] = true;
    else for (let v = p.variantAt[surface]; v < p.variantAt[surface + 1]; v++) blocked[v] = true;
  }
  p.names.forEach((_, surface) => (blocked[p.variantAt[surface] + p.defaults[surface]] = false));
  derived.forEach(({ role, args: [arg] }, i) => {
    const signal = p.derivedAt + i;
    if (role === BLOCK && blocked[arg]) p.without[p.signals[signal].name] = NO_STATE;
    if (role === THEME) p.themes.push([signal, arg]);
  });
}
