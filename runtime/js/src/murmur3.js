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

/** A text's bytes as words, mixed as the hash takes them; the last holds what is left over. */
export function wordsOf(text) {
  const bytes = encode(text), words = [];
  for (let i = 0; i <= bytes.length; i += 4) {
    words.push(mix(bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24)));
  }
  words.size = bytes.length;
  return words;
}

/** What the hash has become after a salt and the zero byte: always whole words. */
export function seedOf(salt) {
  const words = wordsOf(salt + "\0");
  let hash = 0;
  for (let i = 0; i < words.size / 4; i++) hash = step(hash, words[i]);
  return { hash, size: words.size };
}

/** The position of a unit, 0 to 9,999. */
export function position(seed, words) {
  let { hash } = seed;
  const last = words.length - 1;
  for (let i = 0; i < last; i++) hash = step(hash, words[i]);
  hash ^= words[last] ^ (seed.size + words.size);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return Math.floor((((hash ^ (hash >>> 16)) >>> 0) * 10000) / 4294967296);
}
