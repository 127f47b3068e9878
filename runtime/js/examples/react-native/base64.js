// Bytes as text, for bundles inside JavaScript and stores of texts. Not every version of Hermes has
// atob and btoa, and they would speak of characters.

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const three = (bytes[i] << 16) | ((bytes[i + 1] || 0) << 8) | (bytes[i + 2] || 0);
    text += DIGITS[three >> 18] + DIGITS[(three >> 12) & 63];
    text += (left > 1 ? DIGITS[(three >> 6) & 63] : "=") + (left > 2 ? DIGITS[three & 63] : "=");
  }
  return text;
}

/** The bytes; null: this is no base64. */
export function fromBase64(text) {
  const bare = text.replace(/={1,2}$/, "");
  const bytes = new Uint8Array(Math.floor((bare.length * 3) / 4));
  if (text.length % 4 || bare.length % 4 === 1) return null;
  let at = 0;
  let held = 0;
  for (let i = 0; i < bare.length; i++) {
    const digit = DIGITS.indexOf(bare[i]);
    if (digit < 0) return null;
    held = ((held << 6) | digit) & 0xffffff;
    if (i % 4) bytes[at++] = (held >> (6 - 2 * (i % 4))) & 255;
  }
  return bytes;
}
