// The hand-written chain: what an engineer would write, a function per surface, by `new Function`.

const C1 = 0xcc9e2d51, C2 = 0x1b873593;

/** murmur3 of an ASCII text. */
export function hash32(text) {
  const length = text.length, whole = length & ~3;
  let hash = 0, word = 0;
  for (let i = 0; i < whole; i += 4) {
    word = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 8) | (text.charCodeAt(i + 2) << 16) |
      (text.charCodeAt(i + 3) << 24);
    word = Math.imul(word, C1);
    hash ^= Math.imul((word << 15) | (word >>> 17), C2);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  word = 0;
  for (let i = length - 1; i >= whole; i--) word = (word << 8) | text.charCodeAt(i);
  word = Math.imul(word, C1);
  hash ^= Math.imul((word << 15) | (word >>> 17), C2) ^ length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const versions = new Map();

/** A version of three parts as one number, through a cache. */
function versionOf(text) {
  if (text === undefined) return undefined;
  let found = versions.get(text);
  if (found === undefined) {
    const [major, minor, patch] = text.split(".").map(Number);
    versions.set(text, (found = (major * 1024 + minor) * 1024 + patch));
  }
  return found;
}

function atom({ signal, op, operands }, kinds) {
  const constants = operands.map((one) => (kinds[signal] === "version" ? versionOf(one) : JSON.stringify(one)));
  const there = `${signal} !== undefined && `;
  switch (op) {
    case "is":
      return signal;
    case "is not":
      return `${signal} === false`;
    case "among":
      return `(${constants.map((one) => `${signal} === ${one}`).join(" || ")})`;
    case "not among":
      return `(${there}${constants.map((one) => `${signal} !== ${one}`).join(" && ")})`;
    case "includes":
      return `(${there}${signal}.includes(${constants[0]}))`;
    case "excludes":
      return `(${there}!${signal}.includes(${constants[0]}))`;
    case "at least":
      return `${signal} >= ${constants[0]}`;
    case "below":
      return `${signal} < ${constants[0]}`;
    case "within":
      return `(${signal} >= ${constants[0]} && ${signal} < ${constants[1]})`;
  }
  throw new Error(op);
}

function condition(one, kinds) {
  if (one.signal) return atom(one, kinds);
  const terms = (one.all ?? one.any).map((term) => condition(term, kinds));
  return `(${terms.join(one.all ? " && " : " || ")})`;
}

const used = (one) => (one.signal ? [one.signal] : (one.all ?? one.any).flatMap(used));

function surfaceOf({ rules, default: otherwise }, unit, kinds, position) {
  const lines = ["const {hash32, versionOf, position} = tools; return function (signals) {"];
  for (const name of [...new Set(rules.flatMap((rule) => used(rule.condition)))].sort()) {
    lines.push(`const ${name} = ${kinds[name] === "version" ? `versionOf(signals.${name})` : `signals.${name}`};`);
  }
  lines.push(`const unit = signals.${unit};`);
  for (const rule of rules) {
    let test = condition(rule.condition, kinds);
    if (rule.share !== null) {
      const text = JSON.stringify(rule.salt + "\0"), salt = JSON.stringify(rule.salt);
      const at = position ? `position(${salt}, unit, ${rule.share})` : `Math.floor(hash32(${text} + unit) * 10000 / 4294967296)`;
      test += ` && unit !== undefined && ${at} < ${rule.share}`;
    }
    lines.push(`if (${test}) return ${JSON.stringify(rule.variant)};`);
  }
  lines.push(`return ${JSON.stringify(otherwise)}; };`);
  return new Function("tools", lines.join("\n"))({ hash32, versionOf, position });
}

/** A function per surface; `position` in place of the one of tacit, to judge others by theirs. */
export function byHand(workload, position) {
  const kinds = Object.fromEntries(workload.signals.map(({ name, kind }) => [name, kind]));
  return workload.surfaces.map((surface) => surfaceOf(surface, workload.unit, kinds, position));
}
