// What a request says, as values of signals. A reader names everything that it looks at, so that
// none of it is sent on to the origin.
import { deviceClass } from "./devices.js";
import { bestLanguage } from "./languages.js";

const MAX_LENGTH = 1000;
const NO_COUNTRY = ["XX", "ZZ", "T1", "A1", "A2"]; // unknown, Tor, proxies
const FLAGS = { 1: true, "?1": true, on: true, true: true, 0: false, "?0": false, off: false, false: false };

/**
 * @typedef {{ headers: Headers, cookies: Map<string, string>, url: URL }} Asked a request, taken apart
 * @typedef {object} Reader
 * @property {string[]} [headers] the fields it looks at
 * @property {string[]} [cookies]
 * @property {string[]} [query] parameters of the address
 * @property {(asked: Asked) => unknown} read null: missing
 */

/** A field's value. A very long one counts as absent. */
function field({ headers }, name) {
  const value = headers.get(name);
  return value === null || value.length > MAX_LENGTH ? null : value.trim() || null;
}

/** Better missing than mangled: bytes beyond ASCII may be in any encoding. */
const plain = (value) => (value !== null && /^[\x20-\x7e]*$/.test(value) ? value : null);

/** Two letters, upper case. @returns {Reader} */
export function country(header) {
  return {
    headers: [header],
    read(asked) {
      const value = field(asked, header);
      const found = value && value.toUpperCase();
      return found && /^[A-Z]{2}$/.test(found) && !NO_COUNTRY.includes(found) ? found : null;
    },
  };
}

/**
 * The class of device. `names`: what the bundle calls them, where it is not `mobile`, `tablet`,
 * `desktop`, `bot`.
 * @returns {Reader}
 */
export function device(names = {}) {
  return {
    headers: ["User-Agent", "Sec-CH-UA-Mobile"],
    read(asked) {
      const found = deviceClass(field(asked, "User-Agent"), field(asked, "Sec-CH-UA-Mobile"));
      return found !== null && Object.keys(names).includes(found) ? names[found] : found;
    },
  };
}

/** One of the languages offered; of none, the first subtag of the best. @returns {Reader} */
export function language(offered = []) {
  return {
    headers: ["Accept-Language"],
    read: (asked) => bestLanguage(field(asked, "Accept-Language") || "", offered),
  };
}

/** A field that says yes or no, such as `Save-Data`. @returns {Reader} */
export function flag(header) {
  return {
    headers: [header],
    read(asked) {
      const value = (field(asked, header) || "").toLowerCase();
      return Object.keys(FLAGS).includes(value) ? FLAGS[value] : null;
    },
  };
}

/** A field as it is. @returns {Reader} */
export function text(header) {
  return { headers: [header], read: (asked) => plain(field(asked, header)) };
}

/** A cookie's value, percent signs decoded; `as` makes another value of it. @returns {Reader} */
export function cookie(name, as = (value) => value) {
  return {
    cookies: [name],
    read({ cookies }) {
      const value = cookies.get(name);
      return value === undefined || value.length > MAX_LENGTH ? null : as(unescaped(value));
    },
  };
}

/** A parameter of the address. @returns {Reader} */
export function query(name, as = (value) => value) {
  return {
    query: [name],
    read({ url }) {
      const value = url.searchParams.get(name);
      return value === null || value.length > MAX_LENGTH ? null : as(value);
    },
  };
}

function unescaped(value) {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
