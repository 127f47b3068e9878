// UTF-8 by what every engine has had for long: not every one has TextDecoder. "Octets" are bytes as a
// text of one character each, which compares as the bytes do, and so by code points.

const LONE = /[\ud800-\udfff]/u;

/** What is not ASCII. */
export const WIDE = /[^\0-\x7f]/;

/** The octets of a text without lone surrogates. */
export const octets = (text) => (WIDE.test(text) ? unescape(encodeURIComponent(text)) : text);

/** The text of octets; undefined: they are not well-formed. */
export const fromOctets = (bytes) => {
  try {
    return decodeURIComponent(escape(bytes));
  } catch {
    return undefined;
  }
};

/** The bytes of a text without lone surrogates. */
export const encode = (text) => Array.from(octets(text), (byte) => byte.charCodeAt(0));

/** Whether a text stands before another in the order of code points (not of UTF-16 units). */
export const before = (left, right) => octets(left) < octets(right);

/** Whether no surrogate of a text is alone. */
export const wellFormed = (text) => (text.isWellFormed ? text.isWellFormed() : !LONE.test(text));

/** Code points of a well-formed text. */
export const size = (text) => text.replace(/[\ud800-\udbff]/g, "").length;
