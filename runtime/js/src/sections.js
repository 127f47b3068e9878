// The optional sections: FORMAT.md section 4.
import { distinct, firstUse } from "./bytes.js";
import { fail } from "./errors.js";

export function decodeContent(r, p) {
  const total = p.variants.length, count = r.int(total), use = firstUse(count);
  /** Where each content begins. */
  const at = [], bodies = [];
  r.packed(count, (size) => {
    const from = r.skip(size), old = r.move(from, from + size);
    at.push(from);
    r.json(0);
    r.ended();
    r.move(from, old[1]);
    bodies.push(r.raw(size));
  }, 0, count > 1 && 112);
  distinct(bodies);
  p.contents = r.packed(total, use).map((content) => at[content]);
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
  p.explanations = r.packed(p.rules, (entry) => entry && use(entry - 1)).map((entry) => all[entry - 1]);
  use();
}

export function decodeDebug(r, p) {
  const { memory, ruleAt } = p;
  p.ruleIds = r.texts(p.rules);
  p.segmentNames = r.texts(p.segments);
  p.experimentIds = r.texts(p.gates.filter((gate) => gate && gate.split).length);
  r.texts(p.segments + p.rules);
  r.ended();
  for (let surface = 0; surface < p.names.length; surface++) {
    // Rules of one written rule have one id, those of two have two; nobody wrote those of a holdout.
    const ids = new Set(), numbers = new Set(), pairs = new Set();
    for (let rule = ruleAt[surface]; rule < ruleAt[surface + 1]; rule++) {
      if (memory && memory.standing[rule] > 2) continue;
      const id = p.ruleIds[rule], number = memory ? memory.written[rule] : rule;
      ids.add(id);
      numbers.add(number);
      pairs.add(`${number} ${id}`);
    }
    if (pairs.size > ids.size || pairs.size > numbers.size) fail(112);
  }
}

export function decodeAudit(r, p) {
  const signals = p.signals.length, surfaces = p.names.length;
  for (const limit of [4, 3]) r.packed(signals, limit, 108);
  for (const n of [signals, p.segments, surfaces, surfaces, surfaces, p.rules]) r.texts(n);
}
