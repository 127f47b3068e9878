// What only people ask of a bundle, read anew from its bytes: the evaluator checks it when it loads
// them, and keeps nothing of it (FORMAT.md sections 1, 2 and 4).

/** A reader of bytes that are known to be well-formed. */
class Notes {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
  }

  u8() {
    return this.bytes[this.at++];
  }

  int() {
    let byte, found = 0, factor = 1;
    do {
      byte = this.u8();
      found += (byte & 127) * factor;
      factor *= 128;
    } while (byte > 127);
    return found;
  }

  text(size = this.int()) {
    let escaped = "";
    while (size--) escaped += "%" + (256 + this.u8()).toString(16).slice(1);
    return decodeURIComponent(escaped);
  }

  texts() {
    const sizes = [];
    for (let n = this.int(); n--; ) sizes.push(this.int());
    return sizes.map((size) => this.text(size));
  }

  /** `packed n` of entries below 256. */
  packed(n) {
    const width = this.u8(), { bytes, at } = this, found = [];
    for (let bit = 8 * at; n--; bit += width) {
      found.push((((bytes[bit >> 3] | (bytes[(bit >> 3) + 1] << 8)) >> (bit & 7)) & ((1 << width) - 1)));
    }
    this.at += Math.ceil((found.length * width) / 8);
    return found;
  }

  /** The number or length that a msgpack value begins with. */
  head() {
    const first = this.u8();
    if (first < 192) return first < 128 ? first : first < 160 ? first & 15 : first & 31;
    // bin, uint and array: of 8, 16, 32 or 64 bits
    let width = 1 << (first > 219 ? first - 219 : first > 203 ? first - 204 : first - 196), found = 0;
    while (width--) found = found * 256 + this.u8();
    return found;
  }
}

/** By id, a reader of each section. */
function sectionsOf(bytes) {
  const r = new Notes(bytes, 0), found = {};
  r.head(); // four parts: a name, the major, the features, the sections
  r.text(r.head());
  r.head();
  r.head();
  for (let n = r.head(); n--; ) {
    r.head();
    const id = r.head(), size = r.head();
    found[id] = new Notes(bytes, r.at);
    r.at += size;
  }
  return found;
}

/** When the bundle expires, names and texts of the debug section, owners and reasons of the audit
 * section; null for what is not there. `signals` and `segments`: how many the bundle has. */
export function notesOf(bytes, signals, segments) {
  const { 1: program, 4: debug, 5: audit } = sectionsOf(bytes);
  program.text();
  const expires = program.u8() & 1 ? program.int() : null;
  return {
    expires, debug: debug ? debugOf(debug, segments) : null, audit: audit ? auditOf(audit, signals) : null,
  };
}

function debugOf(r, segments) {
  const names = { rules: r.texts(), segments: r.texts(), experiments: r.texts() }, texts = r.texts();
  return { ...names, segmentTexts: texts.slice(0, segments), ruleTexts: texts.slice(segments) };
}

function auditOf(r, signals) {
  r.packed(signals); // sources
  const sensitivities = r.packed(signals), lists = [1, 2, 3, 4, 5, 6].map(() => r.texts());
  const [, segmentOwners, , , reasons, ruleOwners] = lists;
  return { sensitivities, segmentOwners, reasons, ruleOwners };
}
