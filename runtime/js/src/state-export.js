// All of a state as plain JSON, with the names of the bundle: what the person may ask for.
import { read, write } from "./state-msgpack.js";
import { LATER, SCORES, SEGMENT, SURFACE, idOf } from "./state-tables.js";

const KINDS =
  "count sum distinct last scores shown last_shown dismissed unclicked surface arm segment".split(" ");

/**
 * `bytes` are the state's. Times are epoch ms; `holds` of an item has the shape of STATE.md section 3;
 * what a later version added is its msgpack as hex.
 */
export function exported(p, bytes, controls) {
  const data = read(bytes), { items } = p.memory || { items: [] };
  const [format, version, project_hash, first_seen, newest_trusted_time, session, off, preferences, said, forced] = data;
  const [number, started, last_activity, name_hash] = session, [future, far_past, none] = data[LATER - 1];
  return {
    format, version, project_hash, first_seen, newest_trusted_time,
    session: { number, started, last_activity, name_hash },
    off,
    preferences: Object.fromEntries([...preferences].map(([signal, [value, time]]) => [signal, { value, time }])),
    controls: controls.map((one) => ({ ...one })),
    controls_taken_back: said.filter((row) => row[1] > 1).map(([kind, , ...rest]) => [kind, ...rest]),
    forced_arms: Object.fromEntries(forced),
    items: data[LATER - 3].map(([kind, key, purpose, begun, holds]) => {
      const item = items.find((one) => idOf(one) === idOf({ kind, key }));
      return { kind: KINDS[kind], key, purpose, of: item ? subject(p, item) : null, begun, holds };
    }),
    record_hashes: data[LATER - 2],
    refused_events: { future, far_past, none },
    later: data.slice(LATER).map((value) => write(value).map((byte) => (byte + 256).toString(16).slice(1)).join("")),
  };
}

/** What an item is about: an event or its field, variants, a surface, a segment, an experiment. */
function subject(p, { kind, event, field, variants, surface, segment, experiment }) {
  if (kind <= SCORES) return field >= 0 ? p.signals[field].name : p.memory.events[event].name;
  if (variants) {
    return variants.map((v) => [p.names[p.variantAt.findIndex((at) => at > v) - 1], p.ids[p.variants[v]]]);
  }
  if (kind === SURFACE) return p.names[surface];
  return kind === SEGMENT ? (p.segmentNames ? p.segmentNames[segment] : segment) : p.memory.experiments[experiment].key;
}
