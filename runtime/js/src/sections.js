// The optional sections: FORMAT.md section 4.
import { ascending, distinct, firstUse } from "./bytes.js";

export function decodeContent(r, p) {
  const total = p.variants.length, count = r.varint(total), use = firstUse(count), at = [], bodies = [];
  r.packed(count, undefined, (size) => {
    const from = r.skip(size), old = r.move(from, from + size);
    at.push(from);
    r.json(0);
    r.ended();
    r.move(from, old[1]);
    bodies.push(r.raw(size));
  }, 107, count > 1 && 112);
  distinct(bodies);
  /** Where each begins. */
  p.contents = r.packed(total, undefined, use).map((content) => at[content]);
  use();
}

export function decodeExplanations(r, p) {
  p.language = r.chars();
  const languages = r.sorted(), n = languages.length;
  const all = r.many(100000, () => {
    const texts = Object.create(null);
    const above = ascending();
    r.many(n, () => (texts[languages[above(r.place(n))]] = r.chars()), 1);
    return texts;
  }, 0, 1), use = firstUse(all.length);
  distinct(all.map((texts) => JSON.stringify(texts)));
  p.explanations = r.packed(p.rules, undefined, (entry) => entry && use(entry - 1)).map((entry) => all[entry - 1]);
  use();
}

export function decodeDebug(r, p) {
  readDebug(r, p);
  for (let surface = 0; surface < p.names.length; surface++) distinct(p.ruleIds.slice(p.ruleAt[surface], p.ruleAt[surface + 1]));
}

export function readDebug(r, p) {
  p.ruleIds = r.texts(p.rules);
  p.segmentNames = r.texts(p.segments);
  p.experimentIds = r.texts(p.splits);
  r.texts(p.segments + p.rules);
  r.ended();
}

export function decodeAudit(r, p) {
  const signals = p.signals.length, surfaces = p.names.length;
  for (const limit of [4, 3]) r.packed(signals, limit, null, 108);
  for (const n of [signals, p.segments, surfaces, surfaces, surfaces, p.rules]) r.texts(n);
}
