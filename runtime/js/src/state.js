// `DeviceState`: what one device remembers, and all that may happen to it (bundles/STATE.md).
// The live state is the array that its bytes hold; STATE.md section 3 says what stands where.
import { reject } from "./errors.js";
import { begin, end, granted, read } from "./index.js";
import { hashOf } from "./murmur3.js";
import { MISSING, classify } from "./signals.js";
import { controlsOf, named, setControl, takeBack } from "./state-controls.js";
import { exported } from "./state-export.js";
import { StateWarning, fresh, unpack } from "./state-form.js";
import { merge } from "./state-merge.js";
import { read as decoded, write } from "./state-msgpack.js";
import { clicked, dismissed, dropFloor, readEvent, shownOf, showed, storeArm, sweep, touch } from "./state-records.js";
import { standing } from "./state-standing.js";
import {
  CONTROLS, DAY, FLOOR, FORCED, HOUR, ITEMS, NONCES, OFF, PREFERENCES, PROJECT, REFUSED, SEGMENT, SESSION, SURFACE, compare, empty, idOf,
  slotOf,
} from "./state-tables.js";
import { truth } from "./truth.js";

export { StateWarning };

const WEEK = 7 * DAY, FUTURE = 0, PAST = 1, NONE = 2;

/** A time that a state may hold: not before 1970. */
function instant(now) {
  if (now == null) now = Date.now();
  else if (!Number.isSafeInteger(now)) reject(202);
  return Math.max(0, now);
}

function hashed(text) {
  if (typeof text !== "string") reject(213);
  return hashOf(text);
}

const hashedOrNull = (text) => (text == null ? null : hashed(text));

/**
 * It changes by what is recorded; deciding never changes it. Bound to a bundle, which says what is to
 * be kept. Times are epoch ms; none: this machine's clock. Records give whether they were taken.
 */
export class DeviceState {
  /** A fresh state; `consent`: the granted purposes; `writer` (0 to 7) tells apart tabs of a device. */
  constructor(bundle, options) {
    const { now, consent, writer = 0 } = options || {}, time = instant(now);
    if (!Number.isInteger(writer) || writer < 0 || writer > 7) reject(214);
    this._writer = writer;
    this._granted = consent == null ? [] : [...granted(consent)];
    this.bundle = bundle;
    /** Why the bytes it was loaded from were refused. */
    this.warning = null;
    this._adopt(fresh(hashOf(bundle._p.project), time), time);
  }

  /** The state in some bytes. Whatever else they hold, it is a fresh one with a `warning`. */
  static load(bundle, bytes, options) {
    if (!(bytes instanceof Uint8Array)) reject(211);
    const now = instant(options && options.now), state = new DeviceState(bundle, { ...options, now });
    const found = unpack(bytes, state._data[PROJECT]);
    if (found instanceof StateWarning) state.warning = found;
    else state._adopt(found, now);
    return state;
  }

  /** Canonical: equal states, equal bytes. */
  get bytes() {
    return Uint8Array.from(write(this._data));
  }

  get isOff() {
    return this._data[OFF];
  }

  /** What the person said of variants, topics and surfaces, in order of time. */
  get controls() {
    return controlsOf(this._data);
  }

  get _memory() {
    return this.bundle._p.memory || { items: [], declared: [], experiments: [], events: [], lessOf: 0, host: 0 };
  }

  /** Makes `data` the state, as far as the bundle asks for it and the person grants it. */
  _adopt(data, now) {
    const { purposes } = this.bundle._p, preferences = data[PREFERENCES];
    const held = new Map(data[ITEMS].map((row) => [idOf(row[0], row[1]), row]));
    if (data[OFF]) {
      data[CONTROLS] = [];
      data[FORCED].clear();
    }
    this._data = data;
    this._kept = [];
    for (const item of data[OFF] ? [] : this._memory.items) {
      const { kind, key } = item, purpose = purposes[item.purpose] ?? null;
      if (purpose !== null && !this._granted.includes(purpose)) continue;
      const row = held.get(idOf(kind, key)) || [kind, key, null, kind > 3 ? 0 : now, empty(kind)];
      row[2] = purpose;
      this._kept.push([item, row]);
    }
    data[ITEMS] = this._kept.map(([, row]) => row);
    for (const [signal, [value]] of preferences) {
      const stays = value === null ? this._declarable(signal) >= 0 : this._preference(signal, value) !== null;
      if (data[OFF] || !stays) preferences.delete(signal);
    }
    this._changed();
  }

  _changed() {
    this._standingNow = null;
  }

  /** What deciding asks; kept for the times for which it stays as it is. */
  _standing(p, now) {
    const kept = this._standingNow;
    if (kept && kept.p === p && kept.from <= now && now < kept.until) return kept;
    this._sameProject(hashOf(p.project));
    return (this._standingNow = Object.assign(standing(p, this._data, now), { p }));
  }

  _sameProject(project) {
    if (project !== this._data[PROJECT]) reject(215);
  }

  /** Another version of the bundle: what it defines as before keeps its history. */
  use(bundle, options) {
    const now = timeOf(options);
    this._sameProject(hashOf(bundle._p.project));
    this.bundle = bundle;
    this._adopt(this._data, now);
  }

  /** Exactly these purposes are granted from now on; what is bound to others is erased. */
  grant(purposes, options) {
    this._granted = [...granted(purposes)];
    this._adopt(this._data, timeOf(options));
  }

  // ------------------------------------------------------------ records

  /** An event at `at` (none: now). False: refused and counted, repeated, or off. */
  recordEvent(name, fields, options) {
    const data = this._data, { at, nonce, session } = options || {}, { events } = this._memory;
    if (data[OFF]) return false;
    const now = timeOf(options), time = at == null ? now : instant(at);
    if (fields == null) fields = {};
    if (typeof fields !== "object" || Array.isArray(fields) || fields instanceof Map) reject(212);
    if (typeof name !== "string") reject(213);
    const digest = hashedOrNull(nonce), event = events.findIndex((one) => one.name === name);
    if (data[NONCES].includes(digest)) return false;
    const tell = event < 0 ? null : readEvent(this.bundle._p, event, fields, this._kept);
    if (!tell) return this._refuse(NONE);
    if (time > now) return this._refuse(FUTURE);
    if (time < now - WEEK) return this._refuse(PAST);
    this._touch(now, digest, session);
    tell(data, this._writer, time);
    for (const [item, row] of this._kept) {
      if (item.kind === SEGMENT && item.events.includes(event)) row[4][2] = Math.max(row[4][2], now, 1);
    }
    return true;
  }

  /** The host began a session; for one that decides before it records anything else. */
  recordSession(id, options) {
    if (this._data[OFF]) return false;
    hashed(id);
    this._touch(timeOf(options), null, id);
    return true;
  }

  /** A surface showed a variant: a decision, or a surface and the id of a variant. */
  recordShown(given, variant, options) {
    const shown = this._begin(given, variant, options, false), { _p: p } = this.bundle;
    if (!shown) return false;
    const isDefault = shown.place === p.variantAt[shown.number] + p.defaults[shown.number];
    showed(this._data, this._kept, shown, this._writer, shown.time, isDefault);
    storeArm(p, this._kept, shown, shown.time);
    return true;
  }

  /** The person clicked a variant; without one: what shows on the surface. */
  recordClicked(given, variant, options) {
    const shown = this._begin(given, variant, options, true);
    if (shown) clicked(this._kept, shown, this._writer);
    return !!shown;
  }

  /** The person dismissed a variant; without one: what shows on the surface. */
  recordDismissed(given, variant, options) {
    const shown = this._begin(given, variant, options, true);
    if (shown) dismissed(this._kept, shown, this._writer);
    return !!shown;
  }

  /** What a record of a variant is about; null: it is not taken. */
  _begin(given, variant, options, present) {
    const p = this.bundle._p, shown = shownOf(p, given, variant), { nonce, session } = options || {};
    shown.time = timeOf(options);
    const digest = hashedOrNull(nonce), first = p.variantAt[shown.number];
    if (present && !shown.variant) {
      const on = this._kept.find(([item]) => item.kind === SURFACE && item.surface === shown.number);
      if (on) [shown.variant] = on[1][4];
    }
    if (this._data[OFF] || this._data[NONCES].includes(digest)) return null;
    const ids = Array.from(p.variants.slice(first, p.variantAt[shown.number + 1]), (id) => p.ids[id]);
    shown.place = first + ids.indexOf(shown.variant);
    if (!(shown.place >= first)) {
      this._refuse(NONE);
      return null;
    }
    this._touch(shown.time, digest, session);
    return shown;
  }

  _refuse(why) {
    this._data[REFUSED][why]++;
    this._changed();
    return false;
  }

  /** What every record does: the nonce, the floor, the session. */
  _touch(now, digest, session) {
    const name = hashedOrNull(session), nonces = this._data[NONCES];
    if (digest !== null && nonces.push(digest) > 32) nonces.shift();
    touch(this._data, now, name, this._kept, this._memory.lessOf);
    this._changed();
  }

  /**
   * Evaluates the stored segments that are due and stores what they say; gives those evaluated, by
   * name, or by number in a bundle without names.
   */
  refresh(signals, options) {
    const now = timeOf(options), p = this.bundle._p, names = p.segmentNames, data = this._data;
    if (data[OFF] || !p.memory) return [];
    dropFloor(data, now);
    sweep(data, this._kept, p.memory.lessOf);
    this._changed();
    const due = this._kept.filter(([item, row]) => item.kind === SEGMENT && isDue(item.cadence, row[4], now));
    const facts = begin(p, signals, { now, consent: this._granted, state: this });
    for (let i = 0; i < p.signals.length; i++) read(facts, i);
    facts.needs = null;
    const found = due.map(([{ segment }]) => truth(facts, p.bodies + segment));
    end(facts);
    due.forEach(([, row], i) => (row[4] = found[i] ? [found[i] > 0, now, 0] : [null, 0, 0]));
    this._changed();
    return due.map(([{ segment }]) => (names ? names[segment] : segment));
  }

  // ------------------------------------------------------------ the person

  /** A preference; null takes it back. False: no value of a declared signal, or its purpose is not granted. */
  declare(signal, value, options) {
    const now = timeOf(options), preferences = this._data[PREFERENCES];
    if (typeof signal !== "string") reject(213);
    const found = this._preference(signal, value), before = preferences.get(signal);
    if (this._data[OFF] || (value != null && found === null)) return false;
    if (before || found !== null) {
      preferences.set(signal, [found, before ? Math.max(now, before[1]) : now]);
      this._data[PREFERENCES] = new Map([...preferences].sort(compare));
    }
    this._changed();
    return true;
  }

  /** The number of a signal that the person may declare; -1: it is none. */
  _declarable(name) {
    const { host, declared } = this._memory;
    return this.bundle._p.signals.findIndex((signal, i) => i < host && declared[i] && signal.name === name);
  }

  /** A value as it is stored; null: it is none, or not to be stored. */
  _preference(name, value) {
    const number = this._declarable(name), signal = this.bundle._p.signals[number];
    if (!signal || value == null || (typeof value === "object" && !Array.isArray(value))) return null;
    if (signal.purpose !== null && !this._granted.includes(signal.purpose)) return null;
    if (classify(signal, number, value, { now: 0, values: [], elements: [] }) === MISSING) return null;
    return typeof value === "number" ? value + 0 : typeof value === "object" ? value.slice() : value;
  }

  /** Never again: a variant of a surface, a topic, or all of a surface but its default. False: there is no room. */
  notInterested(what) {
    return this._control(0, what);
  }

  /** The same for a while, as long as the bundle says. */
  lessOf(what) {
    return this._control(1, what);
  }

  _control(strength, { surface, variant, topic, now }) {
    const found = named(this.bundle._p, surface, variant, topic), time = instant(now);
    const done = !this._data[OFF] && setControl(this._data, this._memory.lessOf, found, strength, time);
    this._changed();
    return done;
  }

  /** Takes a control back; false: it is not among `controls`. */
  undo(control, options) {
    const done = takeBack(this._data, this._memory.lessOf, control, timeOf(options));
    this._changed();
    return done;
  }

  /** Every surface shows its default, nothing is recorded, and what was is erased. */
  turnOff(options) {
    this._anew(options, true);
  }

  turnOn(options) {
    if (this._data[OFF]) this._anew(options, false);
  }

  /** Forgets everything but that it is off. */
  erase(options) {
    this._anew(options, this._data[OFF]);
  }

  _anew(options, off) {
    const now = timeOf(options), data = fresh(this._data[PROJECT], now);
    data[OFF] = off;
    this._adopt(data, now);
  }

  // ------------------------------------------------------------ the host

  /** Puts this device into an arm, to try it out; decisions say so. Null: no longer. */
  force(experiment, arm) {
    const key = hashed(experiment), found = this._memory.experiments.find((one) => one.key === key);
    const forced = this._data[FORCED];
    if (!found || (arm != null && !found.arms.includes(arm))) reject(209);
    if (arm == null) forced.delete(key);
    else if (!this._data[OFF]) this._data[FORCED] = new Map([...forced.set(key, arm)].sort(compare));
    this._changed();
  }

  /** The host vouches for this time. */
  trust(now) {
    this._data[FLOOR] = instant(now);
    this._changed();
  }

  /** Takes in what another state of this device knows; each has a writer of its own. */
  merge(other) {
    if (!(other instanceof DeviceState)) reject(204);
    this._sameProject(other._data[PROJECT]);
    const found = merge(this.bundle._p, this._data, decoded(other.bytes));
    this._adopt(found, found[SESSION][2]);
  }

  /** Everything that is kept, as plain JSON, for the person. */
  export() {
    return exported(this.bundle._p, this._data);
  }
}

const timeOf = (options) => instant(options && options.now);

function isDue(cadence, [value, time, due], now) {
  if (value === null) return true;
  const length = cadence < 3 && [0, HOUR, DAY][cadence];
  return length ? slotOf(now, length) !== slotOf(time, length) : due > 0;
}
