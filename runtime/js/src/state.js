// `DeviceState`: what one device remembers, and all that may happen to it (bundles/STATE.md).
// The live state is the array that its bytes hold; STATE.md section 3 says what stands where.
import { bytesOf } from "./bytes.js";
import { reject } from "./errors.js";
import { end, read } from "./call.js";
import { hashOf } from "./murmur3.js";
import { begin } from "./remember.js";
import { MISSING, classify } from "./signals.js";
import { exported } from "./state-export.js";
import { KINDS, STRENGTHS, StateWarning, fresh, inOrder, nameOf, pack, said, unpack } from "./state-form.js";
import { merge } from "./state-merge.js";
import { Bundle } from "./state-bundle.js";
import {
  CLICK, DISMISS, SHOW, dropFloor, readEvent, recorded, shownOf, storeArm, sweep, sweepControls, touch,
} from "./state-records.js";
import { standing } from "./state-standing.js";
import {
  CONTROLS, DAY, FLOOR, FORCED, ITEMS, NONCES, OFF, PREFERENCES, PROJECT, REFUSED, SEGMENT, SESSION, empty, idOf,
  more, slotOf, turnOf,
} from "./state-tables.js";
import { truth } from "./truth.js";

export { Decision, Decisions } from "./decision.js";
export { BundleError, CallError } from "./errors.js";
export { Observed } from "./signals.js";
export { Bundle, StateWarning };

const FUTURE = 0, PAST = 1, NONE = 2;

/** A time that a state may hold: not before 1970. */
function instant(now) {
  if (now == null) now = Date.now();
  return Number.isSafeInteger(now) ? Math.max(0, now) : reject(202);
}

const timeOf = (options) => instant(options && options.now);

/** The program of a bundle that may remember. */
const programOf = (bundle) => (bundle instanceof Bundle ? bundle._p : reject(206));

/** The purposes of a consent, checked as those of a call. */
function granted(p, consent) {
  const facts = begin(p, {}, { consent });
  end(facts);
  return [...facts.consent];
}

const hashed = (text) => (typeof text === "string" ? hashOf(text) : reject(213));

const hashedOrNull = (text) => (text == null ? null : hashed(text));

/**
 * It changes by what is recorded; deciding never changes it. Bound to a bundle, which says what is to
 * be kept. Times are epoch ms; none: this machine's clock. Records give whether they were taken.
 */
export class DeviceState {
  /** A fresh state; `consent`: the granted purposes; `writer` (0 to 7) tells apart tabs of a device. */
  constructor(bundle, options) {
    const { consent, writer = 0 } = options || {}, now = timeOf(options);
    if (!Number.isInteger(writer) || writer < 0 || writer > 7) reject(214);
    this._writer = writer;
    this._granted = granted(programOf(bundle), consent);
    this.bundle = bundle;
    /** Why the bytes it was loaded from were refused. */
    this.warning = null;
    this._adopt(fresh(hashOf(bundle._p.project), now), now);
  }

  /** The state in some bytes. Whatever else they hold, it is a fresh one with a `warning`. */
  static load(bundle, bytes, options) {
    const own = bytesOf(bytes, 211), now = timeOf(options), state = new DeviceState(bundle, { ...options, now });
    const found = unpack(own, state._data[PROJECT]);
    if (found instanceof StateWarning) state.warning = found;
    else state._adopt(found, now);
    return state;
  }

  /** Canonical: equal states, equal bytes. */
  get bytes() {
    return pack(this._data);
  }

  get isOff() {
    return this._data[OFF];
  }

  get _memory() {
    const none = [];
    return this.bundle._p.memory || {
      items: none, declared: none, experiments: none, events: none, guards: none, topics: none,
      lessOf: Infinity, host: 0,
    };
  }

  /** Makes `data` the state, as far as the bundle asks for it and the person grants it. */
  _adopt(data, now) {
    const { purposes } = this.bundle._p, held = data[ITEMS], off = data[OFF];
    this._data = data;
    /** Pairs: an item of the bundle and its row. */
    this._kept = [];
    data[ITEMS] = new Map();
    // Of shows, the greatest limit of their caps.
    for (const { kind, item, limit } of this._memory.guards) {
      const of = this._memory.items[item];
      if (!kind) of.limit = Math.max(of.limit || 0, limit);
    }
    for (const item of off ? [] : this._memory.items) {
      const { kind, key } = item, purpose = purposes[item.purpose] ?? null, id = idOf(item);
      if (purpose !== null && !this._granted.includes(purpose)) continue;
      const row = held.get(id) || [kind, key, null, kind > 3 ? 0 : now, empty(kind)];
      row[2] = purpose;
      data[ITEMS].set(id, row);
      this._kept.push([item, row]);
    }
    if (off) for (const place of [PREFERENCES, CONTROLS, FORCED]) data[place].clear();
    for (const [signal, [value]] of data[PREFERENCES]) {
      const stays = value === null ? this._declarable(signal) >= 0 : this._preference(signal, value) !== null;
      if (!stays) data[PREFERENCES].delete(signal);
    }
    this._changed();
  }

  /** `done` is passed on. */
  _changed(done) {
    this._told = null;
    return done;
  }

  /** What deciding asks; kept for the times for which it stays as it is. */
  _standing(p, now) {
    let told = this._told;
    if (!told || told.p !== p || now < told.since || now >= told.until) {
      this._sameProject(hashOf(p.project));
      told = this._told = standing(p, this._data, now);
    }
    return told;
  }

  _sameProject(project) {
    if (project !== this._data[PROJECT]) reject(215);
  }

  /** Another version of the bundle: what it defines as before keeps its history. */
  use(bundle, options) {
    const now = timeOf(options);
    this._sameProject(hashOf(programOf(bundle).project));
    this.bundle = bundle;
    this._adopt(this._data, now);
  }

  /** Exactly these purposes are granted from now on; what is bound to others is erased. */
  grant(purposes, options) {
    const found = granted(this.bundle._p, purposes), now = timeOf(options);
    this._granted = found;
    this._adopt(this._data, now);
  }

  // ------------------------------------------------------------ records

  /** An event at `at` (none: now). False: refused and counted, repeated, or off. */
  recordEvent(name, fields, options) {
    const data = this._data, { at, nonce, session } = options || {};
    if (data[OFF]) return false;
    const now = timeOf(options), time = at == null ? now : instant(at);
    if (fields == null) fields = {};
    if (typeof fields !== "object" || Array.isArray(fields) || fields instanceof Map) reject(212);
    if (typeof name !== "string") reject(213);
    const digest = hashedOrNull(nonce), event = this._memory.events.findIndex((one) => one.name === name);
    if (data[NONCES].has(digest)) return false;
    const tell = event >= 0 && readEvent(this.bundle._p, event, fields, this._kept);
    const why = !tell ? NONE : time > now ? FUTURE : time < now - 7 * DAY ? PAST : -1;
    if (why >= 0) return this._refuse(why);
    this._touch(now, digest, session);
    tell(this._writer, time, data[FLOOR]);
    for (const [{ kind, events }, { 4: own }] of this._kept) {
      if (kind === SEGMENT && events.includes(event)) own[2] = Math.max(own[2], now, 1);
    }
    return true;
  }

  /** The host began a session; for one that decides before it records anything else. */
  recordSession(id, options) {
    if (this._data[OFF]) return false;
    return this._touch(timeOf(options), null, id);
  }

  /** A surface showed a variant: a decision, or a surface and the id of a variant. */
  recordShown(given, variant, options) {
    return this._record(SHOW, given, variant, options);
  }

  /** The person clicked a variant; without one: what shows on the surface. */
  recordClicked(given, variant, options) {
    return this._record(CLICK, given, variant, options);
  }

  /** The person dismissed a variant; without one: what shows on the surface. */
  recordDismissed(given, variant, options) {
    return this._record(DISMISS, given, variant, options);
  }

  _record(what, given, variant, options) {
    const p = this.bundle._p, data = this._data, shown = shownOf(p, given, variant), { number } = shown;
    const now = timeOf(options), { nonce, session } = options || {}, digest = hashedOrNull(nonce);
    if (what !== SHOW && !shown.variant) {
      const on = this._kept.find(([item]) => item.surface === number);
      if (number >= 0 && on) [shown.variant] = on[1][4];
    }
    if (data[OFF] || data[NONCES].has(digest)) return false;
    const place = (shown.place = placeOf(p, number, shown.variant));
    if (place < 0) return this._refuse(NONE);
    this._touch(now, digest, session);
    const isDefault = place === p.variantAt[number] + p.defaults[number];
    recorded(what, data, this._kept, shown, this._writer, now, isDefault);
    if (what === SHOW) storeArm(p, this._kept, shown, now);
    return true;
  }

  _refuse(why) {
    const refused = this._data[REFUSED];
    refused[why] = more(refused[why]);
    return this._changed(false);
  }

  /** What every record does: the nonce, the floor, the session. */
  _touch(now, digest, session) {
    const name = hashedOrNull(session), nonces = this._data[NONCES];
    if (digest !== null) nonces.add(digest);
    if (nonces.size > 32) nonces.delete([...nonces][0]);
    touch(this._data, now, name, this._kept, this._memory.lessOf);
    return this._changed(true);
  }

  /**
   * Evaluates the stored segments that are due and stores what they say; gives those evaluated, by
   * name, or by number in a bundle without names.
   */
  refresh(signals, options) {
    const now = timeOf(options), p = this.bundle._p, data = this._data;
    if (data[OFF] || !p.memory) return [];
    dropFloor(data, now);
    sweep(data, this._kept, p.memory.lessOf);
    this._changed();
    const due = this._kept.filter(([{ kind, cadence }, { 4: own }]) => kind === SEGMENT && isDue(cadence, own, now));
    const facts = begin(p, signals, { now, consent: this._granted, state: this });
    for (let i = 0; i < p.signals.length; i++) read(facts, i);
    facts.needs = null;
    const found = due.map(([{ segment }]) => truth(facts, p.bodies + segment));
    end(facts);
    this._changed();
    return due.map(([{ segment }, row], i) => {
      row[4] = found[i] ? [found[i] > 0, now, 0] : [null, 0, 0];
      return p.segmentNames ? p.segmentNames[segment] : segment;
    });
  }

  // ------------------------------------------------------------ the person

  /** A preference; null takes back. False: no value of a declared signal, or its purpose is not granted. */
  declare(signal, value, options) {
    const now = timeOf(options), preferences = this._data[PREFERENCES];
    if (typeof signal !== "string") reject(213);
    const found = this._preference(signal, value), before = preferences.get(signal);
    if (this._data[OFF] || (value != null && found === null)) return false;
    if (before || found !== null) preferences.set(signal, [found, before ? Math.max(now, before[1]) : now]);
    return this._changed(true);
  }

  /** The number of a signal that the person may declare; -1: it is none. */
  _declarable(name) {
    const { host, declared } = this._memory;
    return this.bundle._p.signals.findIndex((signal, i) => i < host && declared[i] && signal.name === name);
  }

  /** A value as it is stored; null: it is none, or not to be stored. */
  _preference(name, value) {
    const number = this._declarable(name), p = this.bundle._p, signal = p.signals[number];
    const list = Array.isArray(value), facts = begin(p, {}, {});
    end(facts);
    if (!signal || value == null || (typeof value === "object" && !list)) return null;
    if (signal.purpose !== null && !this._granted.includes(signal.purpose)) return null;
    if (classify(signal, number, value, facts) === MISSING) return null;
    return list ? value.slice() : typeof value === "number" ? value + 0 : value;
  }

  /** What the person said, in order of time; without "less of" that is over by the newest trusted time. */
  get controls() {
    return Object.freeze(said(this._data[CONTROLS], this._memory.lessOf, this._data[FLOOR]).map(Object.freeze));
  }

  /** Never again: a variant, a topic, or all of a surface but its default. False: there is no room. */
  notInterested(what) {
    return this._say(0, what);
  }

  /** The same for a while, as long as the bundle says. */
  lessOf(what) {
    return this._say(1, what);
  }

  _say(strength, what) {
    const { surface, variant, topic, now } = what || {}, p = this.bundle._p, byTopic = topic != null, whole = variant == null;
    if (byTopic ? surface != null || !whole : surface == null) reject(208);
    const number = p.numbers.get(surface);
    const known = byTopic ? this._memory.topics.includes(topic)
      : number >= 0 && (whole || (variant && placeOf(p, number, variant) >= 0));
    if (!known) reject(209);
    const kind = byTopic ? 1 : whole ? 2 : 0;
    const row = [kind, strength, byTopic ? topic : surface, kind ? "" : variant, instant(now)];
    return !this._data[OFF] && this._control(row);
  }

  /** Sets a control, not before the one on the same thing; false: there is no room. */
  _control(row) {
    const controls = this._data[CONTROLS], name = nameOf(row), before = controls.get(name);
    if (before) row[4] = Math.max(row[4], before[4]);
    if (!before && controls.size > 15) sweepControls(this._data, this._memory.lessOf);
    if (!before && controls.size > 15 && !row[1]) {
      const weaker = inOrder(controls).find((one) => one[1]);
      if (weaker) controls.delete(nameOf(weaker));
    }
    if (before || controls.size < 16) controls.set(name, row);
    return this._changed(controls.get(name) === row);
  }

  /** Takes a control back, which stays on record as such; false: it is not among `controls`. */
  undo(control, options) {
    const { kind, strength, target, variant, time } = control || reject(208), now = timeOf(options), row = [KINDS.indexOf(kind), 2, target, variant, now];
    const before = this._data[CONTROLS].get(nameOf(row));
    return !!before && before[1] === STRENGTHS.indexOf(strength) && before[4] === time && this._control(row);
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
    if (!found || (arm != null && !found.arms.includes(arm))) reject(209);
    if (arm == null) this._data[FORCED].delete(key);
    else if (!this._data[OFF]) this._data[FORCED].set(key, arm);
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
    const found = merge(this.bundle._p, this._data, other._data);
    this._adopt(found, found[SESSION][2]);
  }

  /** Everything that is kept, as plain JSON, for the person. */
  export() {
    return exported(this.bundle._p, pack(this._data));
  }
}

/** The number of a surface's variant; -1: there is none. */
function placeOf(p, surface, id) {
  return p.variants.findIndex((variant, v) =>
    v >= p.variantAt[surface] && v < p.variantAt[surface + 1] && p.ids[variant] === id);
}

function isDue(cadence, [value, time, due], now) {
  if (value === null) return true;
  const length = turnOf(cadence);
  return length ? slotOf(now, length) !== slotOf(time, length) : due > 0;
}
