// Buckets: murmur3 (x86, 32 bit, seed 0) over salt, a zero byte, unit.
import { encode } from "./utf8.js";

const mix = (word) => {
  word = Math.imul(word, 0xcc9e2d51);
  return Math.imul((word << 15) | (word >>> 17), 0x1b873593);
};

const step = (hash, mixed) => {
  hash ^= mixed;
  return (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
};

/** The bytes of a text or an int as words, mixed as the hash takes them; the last holds the rest. */
export function wordsOf(of) {
  const text = String(of), words = [];
  let size = text.length, word = 0, i = 0;
  for (; i < size; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) break;
    word |= code << (8 * (i & 3));
    if ((i & 3) === 3) words.push(mix(word)), (word = 0);
  }
  if (i < size) {
    const bytes = encode(text.slice(i));
    size = i + bytes.length;
    for (const byte of bytes) {
      word |= byte << (8 * (i & 3));
      if ((i++ & 3) === 3) words.push(mix(word)), (word = 0);
    }
  }
  words.push(mix(word));
  return { of, words, size };
}

/** What the hash has become after a salt and the zero byte: always whole words. */
export function seedOf(salt) {
  const { words, size } = wordsOf(salt + "\0");
  let hash = 0;
  for (let i = 0; i < size / 4; i++) hash = step(hash, words[i]);
  return { hash, size };
}

/** The position of a unit, 0 to 9,999. */
export function position(seed, { words, size }) {
  let { hash } = seed;
  const last = words.length - 1;
  for (let i = 0; i < last; i++) hash = step(hash, words[i]);
  hash ^= words[last] ^ (seed.size + size);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return Math.floor((((hash ^ (hash >>> 16)) >>> 0) * 10000) / 4294967296);
}
