// A bundle's bytes as a program: FORMAT.md, read once and strictly.
import { ARRAY, BYTES, INT, Reader, TEXT } from "./bytes.js";
import { decodeConditions } from "./conditions.js";
import { fail } from "./errors.js";
import { decodeMemory } from "./memory.js";
import { seedOf } from "./murmur3.js";
import { checkUnit, decodeRules, decodeSurfaces } from "./outcomes.js";
import { decodeAudit, decodeContent, decodeDebug, decodeExplanations } from "./sections.js";
import { decodeSignals } from "./values.js";

/** A program is what the page says of section 1, by columns; `memory` is section 6 or null. */
export function decodeBundle(bytes) {
  if (bytes.length > 16777216) fail(106);
  const p = { bytes, memory: null };
  const sections = decodeOutside(new Reader(bytes), p);
  if (!sections[1]) fail(120);
  if (!sections[6] === p.features > 0) fail(120);
  const decoders = { 1: decodeProgram, 6: decodeMemory };
  // After the rest, whose tables they count.
  const optional = { 2: decodeContent, 3: decodeExplanations, 4: decodeDebug, 5: decodeAudit };
  for (const all of [decoders, optional]) {
    for (const id in all) {
      if (sections[id]) {
        all[id](sections[id], p);
        sections[id].done();
      }
    }
  }
  return p;
}

/** Section 1 of the page; returns readers of the sections by id. */
function decodeOutside(r, p) {
  const expect = (kind) => {
    const found = r.head();
    if (r.kind !== kind || found < 0) fail(105);
    return found;
  };
  const parts = expect(ARRAY);
  if (parts < 2 || expect(TEXT) !== 5 || r.raw(5) !== "tacit") fail(105);
  if (expect(INT) !== 1) fail(103);
  if (parts !== 4) fail(105);
  p.features = expect(INT);
  if (p.features > 1) fail(104);
  const sections = {};
  for (let n = expect(ARRAY), last = -1; n--; ) {
    if (expect(ARRAY) !== 2) fail(105);
    const id = expect(INT);
    if (id <= last) fail(111);
    const size = expect(BYTES), at = r.skip(size);
    sections[(last = id)] = new Reader(r.bytes, at, at + size);
  }
  r.done();
  return sections;
}

function decodeProgram(r, p) {
  p.project = r.text();
  const flags = r.flags(7);
  if ((flags & 3) === 2) fail(113);
  const expires = flags & 1 ? r.int() : Infinity;
  /** From when on every surface shows its default. */
  p.expires = flags & 2 ? expires : Infinity;
  p.holdout = flags & 4 ? { unit: r.int(), seed: seedOf(r.salt()), ranges: r.ranges() } : null;
  decodeSignals(r, p);
  if (p.holdout) checkUnit(p, p.holdout.unit);
  decodeConditions(r, p);
  decodeSurfaces(r, p);
  decodeRules(r, p);
}
