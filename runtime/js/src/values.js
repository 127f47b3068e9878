// Signals and the constants that they are compared with: FORMAT.md section 3.2.
import { MAX, TABLE, below, distinct } from "./bytes.js";
import { fail } from "./errors.js";

export const BOOL = 0, NUMBER = 1, DOUBLE = 2, STRING = 3, ENUM = 4, VERSION = 5, LIST = 6;

/** Values of these types stand in an order: value i is class 2i + 1, and what lies before it 2i. */
export const ordered = (type) => type === NUMBER || type === DOUBLE || type === VERSION;

/** The parts of a version as a text that compares as they do: two units each. */
export const versionKey = (parts) => String.fromCharCode(
  parts[0] >> 13, parts[0] & 8191, parts[1] >> 13, parts[1] & 8191,
  parts[2] >> 13, parts[2] & 8191, parts[3] >> 13, parts[3] & 8191,
);

/** A text as engines keep names of properties, and texts in programs: it is then compared at once. */
export const kept = (text) => Object.keys({ [text]: 0 })[0];

/** Parts of a version are below. */
export const PART = 67108864;

export function decodeSignals(r, p) {
  p.purposes = r.sorted();
  p.signals = r.many(1024, () => decodeSignal(r, p.purposes));
  distinct(p.signals.map((signal) => signal.name));
}

function decodeSignal(r, purposes) {
  const name = kept(r.chars()), type = below(r.u8(), 7, 108), flags = r.u8();
  const isNumber = type === NUMBER || type === DOUBLE, hasLength = type === STRING || type === LIST;
  if (flags & ~(isNumber ? 15 : 9)) fail(113);
  const bound = (flag, none) => (flags & flag ? (type === NUMBER ? r.signed() : r.f64(true)) : none);
  const purpose = flags & 1 ? purposes[r.place(purposes.length)] : null, least = bound(2, -Infinity), most = bound(4, Infinity);
  if (least > most) fail(111);
  return {
    name, type, purpose, least, most,
    age: flags & 8 ? r.varint() : Infinity,
    length: hasLength ? r.varint(TABLE) : 0,
    items: type === LIST ? r.varint(1024) : 0,
    values: type === BOOL ? [] : type === ENUM ? distinct(r.texts(-1, TABLE)) : hasLength ? r.sorted(TABLE) : numbers(r, type),
    map: null, // of texts and versions: value -> class, made when first asked for
  };
}

function numbers(r, type) {
  const n = r.varint(TABLE);
  r.room(n);
  const found = new Array(n), scale = n && type === DOUBLE ? r.u8() : 0, unit = 10 ** scale;
  if (scale > 22 && scale < 255) fail(108);
  for (let i = 0, whole = 0; i < n; i++) {
    if (type === VERSION) found[i] = version(r);
    else if (scale > 22) found[i] = r.f64(true);
    else {
      whole = i ? r.beyond(whole) : r.signed();
      if (whole > MAX) fail(116);
      found[i] = whole / unit;
    }
    if (i && found[i] <= found[i - 1]) fail(111);
  }
  return found;
}

function version(r) {
  const count = r.u8(), parts = [0, 0, 0, 0];
  for (let k = 0; k < count && k < 4; k++) parts[k] = below(r.varint(), PART, 116);
  if (!count || count > 4) fail(108);
  if (count > 1 && !parts[count - 1]) fail(102);
  return versionKey(parts);
}
