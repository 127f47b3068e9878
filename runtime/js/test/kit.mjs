// Conformance vectors as this runtime takes them; tests/conformance/README.md is the contract.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Observed } from "../src/index.js";
import { hashOf } from "../src/murmur3.js";
import { write } from "../src/state-msgpack.js";
import { DeviceState } from "../src/state.js";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
export const VECTORS = join(ROOT, "tests/conformance/vectors");

/** Every file below a folder. */
export function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path) : path.endsWith(".json") ? [path] : [];
  });
}

export const read = (path) => JSON.parse(readFileSync(path, "utf8"));
export const bytesOf = (base64) => new Uint8Array(Buffer.from(base64, "base64"));

/** A value as a host would pass it. */
export function decoded(value) {
  if (Array.isArray(value)) return value.map(decoded);
  if (value === null || typeof value !== "object") return value;
  const [key] = Object.keys(value);
  if (Object.keys(value).length === 1) {
    const inner = value[key];
    if (key === "$float") return Number(inner);
    if (key === "$int") return BigInt(inner);
    if (key === "$units") return String.fromCharCode(...inner);
    if (key === "$observed") return new Observed(decoded(inner.value), inner.at);
    if (key.startsWith("$")) throw new Error(`unknown encoding ${key}`);
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, decoded(item)]));
}

const TELLS = ["at", "nonce", "session", "taken", "times"];
const REFUSABLE = ["event", "show", "shown", "clicked", "dismissed", "not_interested", "less_of"];

/** What happened on a device before a case decides: a state that lives through a history. */
export class Device {
  /** `bundles` holds what `use` may name. */
  constructor(bundles, row) {
    this.bundles = bundles;
    this.bundle = bundles.first;
    this.consent = row.consent;
    this.granted = row.granted ?? row.consent ?? [];
    const now = row.first_seen ?? row.history[0].at;
    this.state = new DeviceState(this.bundle, { now, consent: this.granted });
  }

  play(records) {
    for (const record of records) {
      for (let times = record.times ?? 1; times--; ) {
        const word = Object.keys(record).find((key) => !TELLS.includes(key)), taken = this.one(word, record);
        const wanted = record.taken ?? true;
        if (REFUSABLE.includes(word) && taken !== wanted) throw new Error(`taken: ${taken} ${JSON.stringify(record)}`);
      }
    }
  }

  /** Whether a record was taken, of those that may be refused. */
  one(word, record) {
    const { state } = this, { at: now, nonce, session } = record, given = record[word], options = { now, nonce, session };
    switch (word) {
      case "event":
        return state.recordEvent(given, decoded(record.fields ?? {}), { ...options, at: record.happened });
      case "show": {
        const signals = decoded(record.signals ?? {});
        const decision = this.bundle.decide(given, signals, { now, consent: this.granted, state });
        if (decision.variant !== record.is) throw new Error(`${given} shows ${decision.variant}, not ${record.is}`);
        return state.recordShown(decision, null, options);
      }
      case "shown":
        return state.recordShown(...given, options);
      case "clicked":
        return state.recordClicked(...given, options);
      case "dismissed":
        return state.recordDismissed(...given, options);
      case "not_interested":
        return state.notInterested({ ...given, now });
      case "less_of":
        return state.lessOf({ ...given, now });
      case "undo":
        return must(state.undo(state.controls[given], { now }), record);
      case "declare":
        for (const [signal, value] of Object.entries(given)) must(state.declare(signal, value, { now }), record);
        return true;
      case "refresh":
        return state.refresh(decoded(given), { now });
      case "grant":
        this.granted = given;
        return state.grant(given, { now });
      case "use":
        this.bundle = this.bundles[given];
        return state.use(this.bundle, { now });
      case "load":
        this.state = this.loaded(0, now);
        return true;
      case "force":
        return state.force(...given);
      case "trust":
        return state.trust(now);
      case "turn_off":
        return state.turnOff({ now });
      case "turn_on":
        return state.turnOn({ now });
      case "erase":
        return state.erase({ now });
      case "tab": {
        const other = Object.assign(Object.create(Device.prototype), this, { state: this.loaded(1, now) });
        other.play(given.there);
        this.play(given.here);
        return state.merge(other.state);
      }
    }
    throw new Error(`unknown record ${word}`);
  }

  loaded(writer, now) {
    const state = DeviceState.load(this.bundle, this.state.bytes, { now, consent: this.granted, writer });
    if (state.warning) throw state.warning;
    return state;
  }
}

function must(done, record) {
  if (!done) throw new Error(`not done: ${JSON.stringify(record)}`);
  return true;
}

/** The bytes of a state as a vector writes it. */
export function stateBytes(plain) {
  return Uint8Array.from(write(plainOf(plain)));
}

function plainOf(value) {
  if (Array.isArray(value)) return value.map(plainOf);
  if (value === null || typeof value !== "object") return value;
  if (value.$hash !== undefined) return hashOf([].concat(value.$hash).join("\0"));
  const entries = value.$map ?? Object.entries(value);
  return new Map(entries.map(([key, one]) => [plainOf(key), plainOf(one)]));
}

const FIELDS = [
  "surface", "variant", "content", "reason", "rule", "explanation", "explanations", "unknown",
  "experiment", "arm", "forced",
];

/** All that a decision says, as a plain object. */
export const told = (decision) => Object.fromEntries(FIELDS.map((field) => [field, decision[field]]));
