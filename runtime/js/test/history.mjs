// What happened on a device before a case decides: the records of tests/conformance/README.md,
// played. Pure, as runner.mjs.
import { decoded, packed } from "./values.mjs";

/** The words that make a record, and what may stand beside one. */
const RECORDS = ["event", "show", "shown", "clicked", "dismissed"];
const WORDS = [
  ...RECORDS, "not_interested", "less_of", "undo", "declare", "refresh", "grant", "use", "load", "force",
  "trust", "turn_off", "turn_on", "erase", "tab",
];
const BESIDE = {
  event: ["fields", "happened"],
  show: ["signals", "is"],
};
const ALWAYS = ["at", "times"], RECORDED = ["nonce", "session"];
const CONTROLS = ["not_interested", "less_of"];

/** A state that lives through a history. */
export class Device {
  /** `bundles` holds what `use` may name; `row` is the case. */
  constructor(bundles, row, host) {
    this.bundles = bundles;
    this.bundle = bundles.first;
    this.host = host;
    this.granted = row.granted || row.consent || [];
    const now = row.first_seen === undefined ? row.history[0].at : row.first_seen;
    this.state = new host.DeviceState(this.bundle, { now, consent: this.granted });
  }

  /** Throws at the first record that goes otherwise than it says. */
  play(records) {
    records.forEach((record, number) => {
      const word = wordOf(record);
      for (let times = record.times === undefined ? 1 : record.times; times--; ) {
        const taken = this.one(word, record);
        if (taken !== (record.taken !== false)) {
          throw new Error(`record ${number}, ${word}: taken is ${taken}`);
        }
      }
    });
  }

  one(word, record) {
    return RECORDS.includes(word) ? this.recorded(word, record) : this.said(word, record[word], record.at);
  }

  recorded(word, record) {
    const { state, host } = this, { at: now, nonce, session } = record, how = { now, nonce, session };
    const given = record[word];
    if (word === "event") {
      const fields = decoded(record.fields || {}, host.observe);
      return state.recordEvent(given, fields, { ...how, at: record.happened });
    }
    if (word === "show") {
      const signals = decoded(record.signals || {}, host.observe);
      const decision = this.bundle.decide(given, signals, { now, consent: this.granted, state });
      const { variant } = decision;
      if (variant !== record.is) throw new Error(`${given} shows ${variant}, not ${record.is}`);
      return state.recordShown(decision, null, how);
    }
    const [surface, variant] = given;
    if (word === "shown") return state.recordShown(surface, variant, how);
    if (word === "clicked") return state.recordClicked(surface, variant, how);
    return state.recordDismissed(surface, variant, how);
  }

  said(word, given, now) {
    const { state, host } = this;
    switch (word) {
      case "not_interested":
        return state.notInterested({ ...given, now });
      case "less_of":
        return state.lessOf({ ...given, now });
      case "undo":
        return state.undo(state.controls[given], { now });
      case "declare":
        return Object.keys(given).every((signal) => state.declare(signal, given[signal], { now }));
      case "refresh":
        state.refresh(decoded(given, host.observe), { now });
        break;
      case "grant":
        this.granted = given;
        state.grant(given, { now });
        break;
      case "use":
        this.bundle = this.bundles[given];
        state.use(this.bundle, { now });
        break;
      case "load":
        this.state = this.loaded(now, 0, given === true ? undefined : Uint8Array.from(packed(given)));
        break;
      case "force":
        state.force(...given);
        break;
      case "trust":
        state.trust(now);
        break;
      case "turn_off":
        state.turnOff({ now });
        break;
      case "turn_on":
        state.turnOn({ now });
        break;
      case "erase":
        state.erase({ now });
        break;
      case "tab":
        this.tab(given, now);
    }
    return true;
  }

  /** The state, saved and loaded; or another's bytes. */
  loaded(now, writer = 0, bytes = this.state.bytes) {
    const how = { now, consent: this.granted, writer };
    const state = this.host.DeviceState.load(this.bundle, bytes, how);
    if (state.warning) throw new Error(`the bytes are refused: ${state.warning.code}`);
    return state;
  }

  tab({ there, here }, now) {
    const other = Object.create(Device.prototype, Object.getOwnPropertyDescriptors(this));
    other.state = this.loaded(now, 1);
    other.play(there);
    this.play(here);
    this.state.merge(other.state);
  }
}

/** The word of a record; refuses what README.md does not name. */
function wordOf(record) {
  const keys = Object.keys(record), words = keys.filter((key) => WORDS.includes(key)), [word] = words;
  if (words.length !== 1) throw new Error(`a record of ${keys.join(", ") || "nothing"}`);
  const also = [word, ...ALWAYS, ...(BESIDE[word] || [])];
  if (RECORDS.includes(word)) also.push(...RECORDED);
  if (RECORDS.includes(word) || CONTROLS.includes(word)) also.push("taken");
  const odd = keys.find((key) => !also.includes(key));
  if (odd !== undefined) throw new Error(`${word} has an unknown key ${odd}`);
  return word;
}
