// The state of the device that asks, and the Set-Cookie that goes back.
import { DeviceState } from "tacit-runtime/state";
import { SealedCookie, openKeys } from "./cookie.js";

export class States {
  /**
   * @param {string | null} written the keys; null: this worker keeps no state
   * @param {string} name of the cookie
   * @param {(what: string) => void} tell
   */
  constructor(written, name, tell) {
    this._written = written;
    this._name = name;
    this._tell = tell;
    this._keys = null;
  }

  get keeps() {
    return this._written !== null;
  }

  /** Throws for a bundle whose largest state may exceed the cookie. */
  check({ project, memory }) {
    if (!this.keeps || !memory) return;
    const cookie = new SealedCookie(null, { project, name: this._name, retention: memory.longest });
    if (!cookie.fits(memory.bytes)) throw Object.assign(new Error(), { code: "state_too_large" });
  }

  /**
   * The state that came with a request, a fresh one if its cookie does not count; null: nothing is
   * to be remembered, or not here.
   */
  async open({ bundle, project, memory }, cookies, consent, now) {
    if (!this.keeps || !memory) return null;
    if (!this._keys) this._keys = await openKeys(this._written);
    const cookie = new SealedCookie(this._keys, { project, name: this._name, retention: memory.longest });
    const fresh = new DeviceState(bundle, { now, consent });
    const nothing = fresh.bytes;
    const value = cookies.get(this._name);
    if (value === undefined) return { cookie, state: fresh, came: null, nothing };
    const found = await cookie.open(value, now);
    if ("refused" in found) {
      this._tell(`cookie refused: ${found.refused}`);
      return { cookie, state: fresh, came: null, nothing };
    }
    const state = DeviceState.load(bundle, found.state, { now, consent });
    if (state.warning) this._tell(`cookie refused: ${state.warning.code}`);
    return { cookie, state, came: found.state, nothing };
  }

  /** The text of Set-Cookie; null: the browser's cookie, or its lack of one, is right as it is. */
  async setCookie({ cookie, state, came, nothing }, now) {
    const bytes = state.bytes;
    if (same(bytes, came || nothing)) return null;
    if (same(bytes, nothing)) return cookie.removal;
    if (cookie.fits(bytes.length)) return cookie.seal(bytes, now);
    // Only what later versions or other writers have added can be that much.
    this._tell("cookie does not fit");
    return null;
  }
}

function same(left, right) {
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}
