// The optional sections: FORMAT.md section 4.
import { Reader, distinct, firstUse } from "./bytes.js";
import { fail } from "./errors.js";

export function decodeContent(r, p) {
  const { variants } = p, count = r.int(variants.length), sizes = r.packed(count), seen = [];
  /** Where each content begins. */
  const at = [];
  for (const size of sizes) {
    at.push(r.at);
    seen.push(r.raw(size));
    const body = new Reader(r.bytes, at[at.length - 1], r.at);
    body.value();
    body.done();
  }
  const of = r.packed(variants.length, count);
  distinct(seen);
  firstUse(of, count);
  p.contents = Array.from(of, (content) => at[content]);
}

export function decodeExplanations(r, p) {
  p.language = r.text();
  const languages = r.sorted(), all = [];
  const count = r.int(100000);
  if (3 * count > r.end - r.at) fail(101);
  for (let i = 0; i < count; i++) {
    const texts = {};
    for (let k = r.int(languages.length, 1), last = -1; k--; ) {
      const language = r.index(languages.length);
      if (language <= last) fail(111);
      last = language;
      texts[languages[language]] = r.text();
    }
    all.push(texts);
  }
  distinct(all.map((texts) => JSON.stringify(texts)));
  const column = r.packed(p.rules, all.length + 1);
  firstUse(column.filter((entry) => entry).map((entry) => entry - 1), all.length);
  p.explanations = Array.from(column, (entry) => all[entry - 1]);
}

export function decodeDebug(r, p) {
  const splits = p.gates.filter((gate) => gate && gate.split).length;
  p.ruleIds = r.texts(p.rules);
  p.segmentNames = r.texts(p.segments);
  p.experimentIds = r.texts(splits);
  r.texts(p.segments + p.rules);
  for (let surface = 0; surface < p.names.length; surface++) {
    const ids = new Map(), numbers = new Map();
    for (let rule = p.ruleAt[surface]; rule < p.ruleAt[surface + 1]; rule++) {
      if (p.memory && p.memory.standing[rule] > 2) continue; // nobody wrote it
      const id = p.ruleIds[rule], number = p.memory ? p.memory.written[rule] : rule;
      if ((ids.get(id) ?? number) !== number || (numbers.get(number) ?? id) !== id) fail(112);
      ids.set(id, number);
      numbers.set(number, id);
    }
  }
}

export function decodeAudit(r, p) {
  const signals = p.signals.length, surfaces = p.names.length;
  r.packed(signals, 4, 108);
  r.packed(signals, 3, 108);
  for (const n of [signals, p.segments, surfaces, surfaces, surfaces, p.rules]) r.texts(n);
}
