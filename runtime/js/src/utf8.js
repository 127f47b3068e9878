// UTF-8 of its own: not every engine has TextDecoder, and names are short.
import { fail } from "./errors.js";

/**
 * The text in bytes from `at` up to `end`; refuses what is not well-formed (R109).
 * @param {Uint8Array} bytes
 */
export function decode(bytes, at, end) {
  let text = "";
  while (at < end) {
    let code = bytes[at++];
    if (code > 127) {
      const more = code < 0xe0 ? 1 : code < 0xf0 ? 2 : 3;
      if (code < 0xc2 || code > 0xf4 || at + more > end) fail(109);
      code &= 63 >> more;
      for (const stop = at + more; at < stop; at++) {
        if (bytes[at] >> 6 !== 2) fail(109);
        code = (code << 6) | (bytes[at] & 63);
      }
      // Overlong, beyond the last code point, a surrogate.
      if (code < [0, 128, 2048, 65536][more] || code > 0x10ffff || code >> 11 === 27) fail(109);
      text += String.fromCodePoint(code);
    } else text += String.fromCharCode(code);
  }
  return text;
}

/** The bytes of a text; a lone surrogate as if it were a code point. */
export function encode(text) {
  const bytes = [];
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code < 128) bytes.push(code);
    else {
      if (code >> 11 === 27) code = text.codePointAt(i);
      if (code > 65535) i++;
      let more = code < 2048 ? 1 : code < 65536 ? 2 : 3;
      bytes.push(((0xf00 >> (more + 1)) & 255) | (code >> (6 * more)));
      while (more--) bytes.push(128 | ((code >> (6 * more)) & 63));
    }
  }
  return bytes;
}

/** Whether a text stands before another in the order of code points (not of UTF-16 units). */
export function before(left, right) {
  const end = Math.min(left.length, right.length);
  let i = 0;
  while (i < end && left.charCodeAt(i) === right.charCodeAt(i)) i++;
  return i < end ? rank(left.charCodeAt(i)) < rank(right.charCodeAt(i)) : left.length < right.length;
}

// Surrogates stand for code points above all others.
const rank = (unit) => (unit >> 11 === 27 ? unit + 65536 : unit);

/** Whether no surrogate of a text is alone. */
export function wellFormed(text) {
  if (text.isWellFormed) return text.isWellFormed();
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >> 11 === 27 && (code > 0xdbff || !(text.charCodeAt(++i) >> 10 === 55))) return false;
  }
  return true;
}

/** Code points of a well-formed text. */
export function size(text) {
  let count = text.length;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >> 10 === 54) count--;
  return count;
}
