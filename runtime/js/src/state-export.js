// All of a state as plain JSON, with the names of the bundle: what the person may ask for.
import { controlsOf } from "./state-controls.js";
import { write } from "./state-msgpack.js";
import {
  CONTROLS, FIRST, FLOOR, FORCED, ITEMS, LATER, NONCES, OFF, PREFERENCES, PROJECT, REFUSED, SCORES, SEGMENT, SESSION,
  SURFACE, compare, idOf,
} from "./state-tables.js";

const KINDS = [
  "count", "sum", "distinct", "last", "scores", "shown", "last_shown", "dismissed", "unclicked", "surface", "arm",
  "segment",
];

/**
 * Times are epoch ms; `holds` of an item has the shape of STATE.md section 3; what a later version
 * added is its msgpack as hex.
 */
export function exported(p, data) {
  const [number, started, last, name] = data[SESSION], [future, past, none] = data[REFUSED];
  const { items } = p.memory || { items: [] };
  return JSON.parse(JSON.stringify({
    format: data[0],
    version: data[1],
    project_hash: data[PROJECT],
    first_seen: data[FIRST],
    newest_trusted_time: data[FLOOR],
    session: { number, started, last_activity: last, name_hash: name },
    off: data[OFF],
    preferences: Object.fromEntries(
      [...data[PREFERENCES]].sort(compare).map(([signal, [value, time]]) => [signal, { value, time }])),
    controls: controlsOf(data),
    controls_taken_back: data[CONTROLS].filter((row) => row[1] > 1)
      .map(([kind, , target, variant, time]) => [kind, target, variant, time]).sort(compare),
    forced_arms: Object.fromEntries([...data[FORCED]].sort(compare)),
    items: data[ITEMS].map(([kind, key, purpose, begun, holds]) => {
      const item = items.find((one) => idOf(one.kind, one.key) === idOf(kind, key));
      return { kind: KINDS[kind], key, purpose, of: item ? subject(p, item) : null, begun, holds };
    }),
    record_hashes: data[NONCES],
    refused_events: { future, far_past: past, none },
    later: data.slice(LATER).map((value) => write(value).map((byte) => (byte + 256).toString(16).slice(1)).join("")),
  }));
}

/** What an item is about: an event or its field, variants, a surface, a segment, an experiment. */
function subject(p, { kind, event, field, variants, surface, segment, experiment }) {
  if (kind <= SCORES) return field === undefined ? p.memory.events[event].name : p.signals[field].name;
  if (variants) {
    return variants.map((v) => [p.names[p.names.findIndex((_, of) => v < p.variantAt[of + 1])], p.ids[p.variants[v]]]);
  }
  if (kind === SURFACE) return p.names[surface];
  if (kind === SEGMENT) return p.segmentNames ? p.segmentNames[segment] : segment;
  return p.memory.experiments[experiment].key;
}
