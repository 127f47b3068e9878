// Which signals a surface reads: FORMAT.md section 6.5.
import { SEGMENT } from "./conditions.js";

/** The numbers of the signals that a surface reads, rising; worked out once, as `needs`, its segments. */
export function readBy(p, surface) {
  if (p.reads[surface]) return p.reads[surface];
  const found = new Set(), segments = new Set(), unit = (part) => part && found.add(part.unit);
  const look = (condition) => {
    for (let i = p.from[condition]; i < p.from[condition + 1]; i++) {
      const { op, signal } = p.literals[i];
      if (op === SEGMENT) segments.add(p.args[i]);
      else found.add(signal);
    }
  };
  unit(p.holdout);
  for (const one of p.ahead[surface] || [surface]) {
    for (let rule = p.ruleAt[one]; rule < p.ruleAt[one + 1]; rule++) {
      const { traffic, split, local } = p.gates[rule];
      look(p.first + rule);
      unit(traffic);
      unit(split);
      if (local) found.add(p.offset);
    }
  }
  // A segment names lower ones only.
  for (let i = p.segments; segments.size && i--; ) if (segments.has(i)) look(p.bodies + i);
  p.needs[surface] = rising(segments);
  return (p.reads[surface] = rising(found));
}

/** Numbers as an array, rising. */
export const rising = (numbers) => [...numbers].sort((left, right) => left - right);
