// The state of a device in a cookie of its own, sealed by AES-256-GCM. Byte for byte that of the
// Python edge (edge_server/tacit/edge_server/cookie.py), so that either opens what the other sealed:
//
//     u8 version (1) · u8 number of the key · 12 bytes nonce
//     · encrypted (48 bit time of sealing, epoch ms · state) · 16 bytes tag
//
// as base64url without padding, bound to the name of the cookie and the project.
const VERSION = 1;
const HEAD = 2;
const NONCE = 12;
const TIME = 6;
const TAG = 16;
const AROUND = HEAD + NONCE + TIME + TAG;
/** Bytes of name, value and attributes that every browser keeps. */
const MOST = 4096;
/** Browsers cut a longer Max-Age down to 400 days. */
const LONGEST_S = 400 * 86400;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
const KEY = /^([0-9]{1,3}):([0-9A-Fa-f]{64})$/;

/**
 * Keys as settings write them: `2:HEX,1:HEX`, by commas or lines. The first seals, all open.
 * Throws an Error that quotes nothing.
 * @param {string} written
 * @returns {Promise<{ primary: number, secrets: Map<number, CryptoKey> }>}
 */
export async function openKeys(written) {
  const secrets = new Map();
  let primary = null;
  for (const entry of written.split(/[\s,]+/).filter(Boolean)) {
    const found = KEY.exec(entry);
    const number = found && Number(found[1]);
    if (!found || number > 255) throw new Error("a key is not written as NUMBER:64 hex digits");
    if (secrets.has(number)) throw new Error("two keys have one number");
    if (primary === null) primary = number;
    const bytes = Uint8Array.from(found[2].match(/../g), (pair) => parseInt(pair, 16));
    secrets.set(
      number,
      await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]),
    );
  }
  if (primary === null) throw new Error("there is no key");
  return { primary, secrets };
}

/** What follows the value in Set-Cookie: for this site alone, out of reach of its scripts. */
const attributes = (maxAge) => `; Path=/; Max-Age=${maxAge}; HttpOnly; Secure; SameSite=Lax`;

/** Seals and opens the states of one project under one name. */
export class SealedCookie {
  /**
   * @param {Awaited<ReturnType<typeof openKeys>>} keys
   * @param {{ project: string, name: string, retention: number }} to `retention`: how long a state
   *   is of use, in ms; 0: for ever
   */
  constructor(keys, { project, name, retention }) {
    if (!NAME.test(name)) throw new Error("this is not the name of a cookie");
    this.name = name;
    this._keys = keys;
    this._maxAge = retention ? Math.min(Math.ceil(retention / 1000), LONGEST_S) : LONGEST_S;
    this._boundTo = new TextEncoder().encode(`tacit cookie\0${name}\0${project}`);
  }

  /** Whether every browser keeps the cookie of a state of so many bytes. */
  fits(size) {
    const characters = MOST - this.name.length - 1 - attributes(LONGEST_S).length;
    return size <= Math.floor((characters * 3) / 4) - AROUND;
  }

  /** The text of Set-Cookie for a state. Throws for one that does not fit. */
  async seal(state, now) {
    if (!this.fits(state.length)) throw new Error("the state does not fit into a cookie");
    const raw = new Uint8Array(AROUND + state.length);
    const nonce = raw.subarray(HEAD, HEAD + NONCE);
    raw[0] = VERSION;
    raw[1] = this._keys.primary;
    crypto.getRandomValues(nonce);
    const clear = new Uint8Array(TIME + state.length);
    for (let i = TIME, rest = now; i--; rest = Math.floor(rest / 256)) clear[i] = rest % 256;
    clear.set(state, TIME);
    const how = this._how(raw.subarray(0, HEAD), nonce);
    const sealed = await crypto.subtle.encrypt(how, this._keys.secrets.get(raw[1]), clear);
    raw.set(new Uint8Array(sealed), HEAD + NONCE);
    return `${this.name}=${encoded(raw)}${attributes(this._maxAge)}`;
  }

  /**
   * The state in a cookie's value, or why it does not count: the device starts with a fresh one.
   * Never throws.
   * @returns {Promise<{ state: Uint8Array } | { refused: string }>}
   */
  async open(value, now) {
    if (value.length > MOST) return { refused: "too_large" };
    const raw = decoded(value);
    if (raw === null || raw.length < AROUND) return { refused: "malformed" };
    if (raw[0] !== VERSION) return { refused: "other_version" };
    const key = this._keys.secrets.get(raw[1]);
    if (!key) return { refused: "unknown_key" };
    let clear;
    try {
      const how = this._how(raw.subarray(0, HEAD), raw.subarray(HEAD, HEAD + NONCE));
      clear = new Uint8Array(await crypto.subtle.decrypt(how, key, raw.subarray(HEAD + NONCE)));
    } catch {
      return { refused: "forged" };
    }
    let sealedAt = 0;
    for (let i = 0; i < TIME; i++) sealedAt = sealedAt * 256 + clear[i];
    // A time to come is another server's clock running ahead.
    if (now - sealedAt > this._maxAge * 1000) return { refused: "too_old" };
    return { state: clear.slice(TIME) };
  }

  /** The text of Set-Cookie that makes a browser forget the cookie. */
  get removal() {
    return `${this.name}=${attributes(0)}`;
  }

  _how(head, nonce) {
    const additionalData = new Uint8Array(HEAD + this._boundTo.length);
    additionalData.set(head);
    additionalData.set(this._boundTo, HEAD);
    return { name: "AES-GCM", iv: nonce, additionalData, tagLength: 8 * TAG };
  }
}

function encoded(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** Strict: of the texts that mean the same bytes only one passes. */
function decoded(value) {
  if (!/^[A-Za-z0-9_-]*$/.test(value) || value.length % 4 === 1) return null;
  const text = atob(value.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return encoded(bytes) === value ? bytes : null;
}
