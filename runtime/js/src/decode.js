// A bundle's bytes as a program: FORMAT.md, read once and strictly.
import { ARRAY, BYTES, INT, Reader, TEXT } from "./bytes.js";
import { decodeConditions } from "./conditions.js";
import { fail } from "./errors.js";
import { checkUnit, decodeRules, decodeSurfaces, readRanges, readSalt } from "./outcomes.js";
import { decodeAudit, decodeContent, decodeDebug, decodeExplanations } from "./sections.js";
import { decodeSignals } from "./values.js";

/** By id; what a section counts is in those read before it. */
const DECODERS = {
  1: decodeProgram, 2: decodeContent, 3: decodeExplanations, 4: decodeDebug, 5: decodeAudit,
};

/**
 * A program is what the page says of section 1, by columns; `memory` is section 6, if it is there. `more`:
 * decoders of those who know the feature STATE; without them a bundle that asks for it is refused.
 */
export function decodeBundle(bytes, more) {
  if (bytes.length > 16777216) fail(106);
  const r = Reader(bytes), p = {
    bytes, reader: r,
    /** By surface: the signals that it reads, the segments, and if it sees a theme those that may set it, and itself. */
    reads: [], needs: [], ahead: [],
    none: [], calls: 0, idle: null, rows: null,
    /** By surface, and how many numbers more there may be in all. */
    plans: [], room: 2097152,
  };

  // Section 1 of the page; where each section begins and ends, by id.
  const expect = (kind) => r.json(0, kind, 105), parts = expect(ARRAY), sections = {}, decoders = { ...DECODERS, ...more };
  if (parts < 2 || expect(TEXT) !== "tacit") fail(105);
  if (expect(INT) !== 1) fail(103);
  if (parts !== 4) fail(105);
  p.features = expect(INT);
  if (p.features > (more ? 1 : 0)) fail(104);
  for (let n = expect(ARRAY), last = ""; n--; ) {
    if (expect(ARRAY) !== 2) fail(105);
    const from = r.skip(0), id = expect(INT), [to] = r.move(from, bytes.length), written = r.raw(to - from);
    // As octets: they rise as the numbers do, also beyond what a number of JavaScript tells apart.
    if (last >= written) fail(111);
    last = written;
    const size = expect(BYTES), at = r.skip(size);
    sections[id] = [at, at + size];
  }
  if (!sections[1]) fail(120);
  r.ended();
  if (!sections[6] === p.features > 0) fail(120);

  for (const id of [1, 6, 2, 3, 4, 5]) {
    if (!sections[id]) continue;
    r.move(...sections[id]);
    decoders[id](r, p);
    r.ended();
  }
  return p;
}

function decodeProgram(r, p) {
  p.project = r.chars();
  const flags = r.u8();
  if (flags > 7 || (flags & 3) === 2) fail(113);
  const expires = flags & 1 ? r.varint() : Infinity;
  /** From when on every surface shows its default. */
  p.expires = flags & 2 ? expires : Infinity;
  p.holdout = flags & 4 ? { unit: r.varint(), seed: readSalt(r), ranges: readRanges(r) } : null;
  decodeSignals(r, p);
  if (p.holdout) checkUnit(p, p.holdout.unit);
  decodeConditions(r, p);
  decodeSurfaces(r, p);
  decodeRules(r, p);
}
