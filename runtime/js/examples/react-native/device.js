// One device, for React Native and Expo: what the runtime needs of the phone comes in as functions, so
// nothing here knows the platform. docs/REACT_NATIVE.md has them for Expo and for bare React Native.
import { Bundle, DeviceState } from "tacit-runtime/state";
import { fromBase64, toBase64 } from "./base64.js";

/**
 * @typedef {object} Host
 * @property {() => Promise<Uint8Array | string> | Uint8Array | string} bundle the bundle: its bytes, or these as base64
 * @property {() => Promise<string | null | undefined> | string | null | undefined} read the text that
 *   was written last; null or undefined: none yet
 * @property {(text: string) => Promise<void> | void} write keeps a text; whoever is killed in it leaves the old
 *   one or the new one
 * @property {() => number} [now] epoch milliseconds; none: Date.now
 * @property {() => string | null} [session] the app's id of this session; none: 30 idle minutes part them
 * @property {(error: Error) => void} [failed] called when the store fails; the device goes on in memory
 */

export class Device {
  /**
   * @param {Host} host
   * @param {Iterable<string>} consent the purposes granted
   * @returns {Promise<Device>} rejected only where there is no good bundle
   */
  static async open(host, consent) {
    const given = await host.bundle();
    const bytes = typeof given === "string" ? fromBase64(given) : given;
    const device = new Device(Bundle.load(bytes || new Uint8Array(0)), host, consent);
    await device._load();
    return device;
  }

  constructor(bundle, host, consent) {
    this.bundle = bundle;
    this.consent = [...consent];
    this.state = new DeviceState(bundle, { now: this._now(host), consent: this.consent });
    this._host = host;
    this._written = null;
    this._isRead = false;
    this._last = Promise.resolve();
    this._listeners = new Set();
  }

  _now(host = this._host) {
    return host.now ? host.now() : Date.now();
  }

  /** The state in a text; what is no text of ours becomes a fresh one, as damaged bytes do. */
  _stateIn(text) {
    const options = { now: this._now(), consent: this.consent };
    return DeviceState.load(this.bundle, fromBase64(text) || new Uint8Array(0), options);
  }

  async _load() {
    const text = await this._read();
    if (text == null) return;
    this.state = this._stateIn(text);
    this._written = text;
  }

  /** The text that was written last; null: there is none, or the store fails. */
  async _read() {
    try {
      const text = await this._host.read();
      this._isRead = true;
      return text;
    } catch (error) {
      this._tell(error);
      return null;
    }
  }

  /**
   * What could not be read at first is taken in before anything is written over it: the person may
   * have said there that it is off.
   */
  async _catchUp() {
    const text = await this._read();
    if (text == null) return;
    const kept = this._stateIn(text);
    if (kept.warning) return;
    this.state.merge(kept);
    this._listeners.forEach((listener) => listener());
  }

  _tell(error) {
    if (this._host.failed) this._host.failed(error);
  }

  /** What a surface shows and why. Call it while rendering: it takes microseconds, and changes nothing. */
  decide(surface, signals = {}) {
    return this.bundle.decide(surface, signals, {
      now: this._now(),
      consent: this.consent,
      state: this.state,
    });
  }

  /**
   * Changes the state at once, and keeps it. The promise is fulfilled when it is written.
   * @template T
   * @param {(state: DeviceState, how: { now: number, session: string | null }) => T} work
   * @returns {Promise<T>}
   */
  async change(work) {
    const { session } = this._host;
    const told = work(this.state, { now: this._now(), session: session ? session() : null });
    this._listeners.forEach((listener) => listener());
    await this._write();
    return told;
  }

  /** The app has come to the front: its session begins, and stored segments are brought up to date. */
  resume(signals = {}) {
    return this.change((state, { now, session }) => {
      if (session != null) state.recordSession(session, { now });
      return state.refresh(signals, { now });
    });
  }

  /** Exactly these purposes are granted from now on. */
  grant(purposes) {
    this.consent = [...purposes];
    return this.change((state, { now }) => state.grant(this.consent, { now }));
  }

  /** Calls `listener` after every change, until what it returns is called: for useSyncExternalStore. */
  subscribe(listener) {
    this._listeners.add(listener);
    return () => this._listeners.delete(listener);
  }

  /** One write after the other, each of the newest state; none where nothing has changed. */
  _write() {
    this._last = this._last.then(async () => {
      if (!this._isRead) await this._catchUp();
      if (!this._isRead) return;
      const text = toBase64(this.state.bytes);
      if (text === this._written) return;
      try {
        await this._host.write(text);
        this._written = text;
      } catch (error) {
        this._tell(error);
      }
    });
    return this._last;
  }
}
