// The optional sections: FORMAT.md section 4.
import { below, distinct, firstUse } from "./bytes.js";
import { fail } from "./errors.js";

export function decodeContent(r, p) {
  const total = p.variants.length, count = r.int(total), use = firstUse(count);
  /** Where each content begins. */
  const at = [];
  distinct(r.packed(count, (size) => {
    const from = r.skip(size), old = r.move(from, from + size);
    at.push(from);
    r.json(0);
    r.ended();
    r.move(from, old[1]);
    return r.raw(size);
  }, 0, count > 1 && 112));
  p.contents = r.packed(total, (content) => {
    use(below(content, count));
    return at[content];
  });
  use();
}

export function decodeExplanations(r, p) {
  p.language = r.chars();
  const languages = r.sorted(), n = languages.length;
  const all = r.many(100000, () => {
    const texts = Object.create(null);
    let last = -1;
    r.many(n, () => {
      const language = r.place(n);
      if (language <= last) fail(111);
      texts[languages[(last = language)]] = r.chars();
    }, 1);
    return texts;
  }, 0, 1), use = firstUse(all.length);
  distinct(all.map((texts) => JSON.stringify(texts)));
  p.explanations = r.packed(p.rules, (entry) => {
    if (below(entry, all.length + 1)) use(entry - 1);
    return all[entry - 1];
  });
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
  for (const limit of [4, 3]) r.packed(signals, limit, 108);
  for (const n of [signals, p.segments, surfaces, surfaces, surfaces, p.rules]) r.texts(n);
}
