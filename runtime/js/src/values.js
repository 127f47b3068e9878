// Signals and the constants that they are compared with: FORMAT.md section 3.2.
import { MAX, TABLE, distinct } from "./bytes.js";
import { fail } from "./errors.js";

export const BOOL = 0, NUMBER = 1, DOUBLE = 2, STRING = 3, ENUM = 4, VERSION = 5, LIST = 6;

/** Two parts of a version make one number. */
export const PART = 67108864;

export function decodeSignals(r, p) {
  p.purposes = r.sorted();
  p.signals = [];
  for (let n = r.int(1024); n--; ) p.signals.push(decodeSignal(r, p.purposes));
  distinct(p.signals.map((signal) => signal.name));
}

function decodeSignal(r, purposes) {
  // As engines keep names of properties: the key of every call is then found at once.
  const [name] = Object.keys({ [r.text()]: 0 }), type = r.u8();
  if (type > LIST) fail(108);
  const flags = r.flags(type === NUMBER || type === DOUBLE ? 15 : 9);
  const bound = () => (type === NUMBER ? r.signed() : r.f64());
  const signal = {
    name,
    type,
    purpose: flags & 1 ? purposes[r.index(purposes.length)] : null,
    least: flags & 2 ? bound() : -Infinity,
    most: flags & 4 ? bound() : Infinity,
    age: flags & 8 ? r.int() : Infinity,
    length: type === STRING || type === LIST ? r.int(TABLE) : 0,
    items: type === LIST ? r.int(1024) : 0,
    values: [],
    low: null, // of versions, the second half of each
    index: null, // of numbers and versions, made when first asked for
    scale: 0.5,
    map: null, // of texts: value -> index, made when first asked for
  };
  if (signal.least > signal.most) fail(111);
  const values = [], low = [];
  if (type === ENUM) distinct((signal.values = r.texts(-1, TABLE)));
  else if (type === STRING || type === LIST) signal.values = r.sorted(TABLE);
  else if (type !== BOOL) {
    if (type === VERSION) versions(r, values, low);
    else numbers(r, values, type);
    signal.values = new Float64Array(values);
    signal.low = new Float64Array(low);
  }
  return signal;
}

function numbers(r, values, type) {
  const n = r.int(TABLE), scale = n && type === DOUBLE ? r.u8() : 0;
  if (scale > 22 && scale < 255) fail(108);
  for (let i = 0, whole = 0; i < n; i++) {
    if (scale > 22) values.push(r.f64());
    else {
      if (i) {
        const half = r.half(); // of a gap that may take 54 bits
        whole += half + 1;
        whole += half + r.odd;
      } else whole = r.signed();
      if (whole > MAX) fail(116);
      values.push(whole / +("1e" + scale));
    }
    if (i && values[i] <= values[i - 1]) fail(111);
  }
}

function versions(r, values, low) {
  for (let n = r.int(TABLE), i = 0; i < n; i++) {
    const count = r.u8(), parts = [0, 0, 0, 0];
    if (!count || count > 4) fail(108);
    for (let k = 0; k < count; k++) {
      parts[k] = r.int();
      if (parts[k] >= PART) fail(116);
    }
    if (count > 1 && !parts[count - 1]) fail(102);
    values.push(parts[0] * PART + parts[1]);
    low.push(parts[2] * PART + parts[3]);
    if (i && !(values[i - 1] < values[i] || (values[i - 1] === values[i] && low[i - 1] < low[i]))) {
      fail(111);
    }
  }
}
