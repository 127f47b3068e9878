// One device of the shop: its state, and the purposes that the person has granted.
import { Bundle, DeviceState } from "tacit-runtime/state";
import { take } from "tacit-runtime/given";
import { Store } from "./store.js";

/** @typedef {{ state: Uint8Array, consent: string[] | null }} Stored consent null: not asked yet */

export class Device {
  /**
   * @param {Uint8Array} bytes of the bundle
   * @param {() => void} changed called when another tab has changed something
   */
  static async open(bytes, changed) {
    const device = new Device(Bundle.load(bytes), new Store("fernweg"), changed);
    await device.change((state) => state.refresh({}));
    return device;
  }

  constructor(bundle, store, changed) {
    this.bundle = bundle;
    this.state = null;
    this.consent = null;
    this._store = store;
    this._given = new Map();
    this._tabs = new BroadcastChannel("fernweg");
    this._tabs.onmessage = async () => {
      await this._keep(() => {});
      this._given.clear();
      changed();
    };
  }

  /**
   * Lets `work` change the newest state, and stores it. `consent`: what is granted from now on.
   * @param {(state: DeviceState) => unknown} work
   * @returns what `work` returns
   */
  async change(work, consent = undefined) {
    const told = await this._keep(work, consent);
    this._given.clear();
    this._tabs.postMessage("changed");
    return told;
  }

  async _keep(work, consent = undefined) {
    let told;
    await this._store.change((stored) => {
      const granted = consent === undefined ? (stored ? stored.consent : null) : consent;
      const options = { consent: granted || [] };
      const state = stored
        ? DeviceState.load(this.bundle, stored.state, options)
        : new DeviceState(this.bundle, options);
      told = work(state);
      this.state = state;
      this.consent = granted;
      return { state: state.bytes, consent: granted };
    });
    return told;
  }

  /** Whether the browser has stored the newest state. */
  get isKept() {
    return this._store.isKept;
  }

  /** Takes over what an edge has decided for this page, until something happens. */
  takeOver(json) {
    this._given = take(this.bundle, json, { state: this.state });
  }

  /** What a surface shows, and why. */
  decide(surface) {
    return (
      this._given.get(surface) ||
      this.bundle.decide(surface, {}, { state: this.state, consent: this.consent })
    );
  }

  /** The person saw it. Nothing else changes by that, so what was taken over stays. */
  async shown(decision) {
    await this._keep((state) => state.recordShown(decision));
    this._tabs.postMessage("shown");
  }
}
