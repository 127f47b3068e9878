// Rule engines of feature flags for JavaScript, each with the neutral workload in its own words.
//
// An engine is called itself, without its client's logging, hooks, exposures and network, which favours
// it. Rollouts go by its own hash: `position` says where it puts a unit, from 0 up to 10,000, and what
// it decides is judged by that.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { hash32 } from "./hand.mjs";

const require = createRequire(import.meta.url);
const versionOf = (name) => require(`${name}/package.json`).version;

/** A condition: `atom` for one signal, `all` and `any` for many. */
const build = (condition, make) => (condition.signal ? make.atom(condition)
  : condition.all ? make.all(condition.all.map((term) => build(term, make)), condition.all)
    : make.any(condition.any.map((term) => build(term, make)), condition.any));

const kindsOf = (workload) => Object.fromEntries(workload.signals.map(({ name, kind }) => [name, kind]));

// ---------------------------------------------------------------- growthbook

const fnv1a = (text) => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
};

const growthbook = {
  name: "@growthbook/growthbook",
  entry: 'export { GrowthBookClient } from "@growthbook/growthbook";',
  // A unit on the edge of a coverage is within it.
  position: (salt, unit) => (fnv1a(String(fnv1a(salt + unit))) % 10000) - 1,
  write(workload) {
    const kinds = kindsOf(workload);
    const operator = ({ signal, op, operands: [first, ...rest] }) => {
      const v = kinds[signal] === "version" ? "v" : "";
      const present = { $exists: true }; // without it a negation is true of what is absent
      switch (op) {
        case "is": return true;
        case "is not": return false;
        case "among": return rest.length ? { $in: [first, ...rest] } : first;
        case "not among": return { ...present, ...(rest.length ? { $nin: [first, ...rest] } : { $ne: first }) };
        case "includes": return { $in: [first] };
        case "excludes": return { ...present, $nin: [first] };
        case "at least": return { [`$${v}gte`]: first };
        case "below": return { [`$${v}lt`]: first };
        default: return { [`$${v}gte`]: first, [`$${v}lt`]: rest[0] };
      }
    };
    const make = {
      atom: (atom) => ({ [atom.signal]: operator(atom) }),
      all: (terms) => {
        const merged = Object.assign({}, ...terms), keys = terms.flatMap(Object.keys);
        return Object.keys(merged).length === keys.length ? merged : { $and: terms };
      },
      any: (terms) => ({ $or: terms }),
    };
    const rule = ({ salt, share, variant, condition }) => ({
      condition: build(condition, make), force: variant,
      ...(share === null ? {} : { coverage: share / 10000, hashAttribute: workload.unit, seed: salt, hashVersion: 2 }),
    });
    return JSON.stringify({ features: Object.fromEntries(workload.surfaces.map((surface) => [
      surface.name, { defaultValue: surface.default, rules: surface.rules.map(rule) },
    ])) });
  },
  async load(text) {
    const { GrowthBookClient } = await import("@growthbook/growthbook");
    const client = new GrowthBookClient().initSync({ payload: JSON.parse(text) });
    return { shape: (signals) => ({ attributes: signals }), one: (surface, shaped) => client.getFeatureValue(surface, "", shaped) };
  },
};

// ---------------------------------------------------------------- flagd

const flagd = {
  name: "@openfeature/flagd-core",
  entry: 'export { FlagdCore } from "@openfeature/flagd-core";',
  notes: "Its JsonLogic is compiled with new Function, as it does unless it is told not to.",
  position: (salt, unit) => Math.floor((hash32(salt + unit) * 10000) / 4294967296),
  write(workload) {
    const kinds = kindsOf(workload);
    const make = {
      atom({ signal, op, operands }) {
        const variable = { var: signal }, isVersion = kinds[signal] === "version", [first, last] = operands;
        const compared = (relation, operand) =>
          isVersion ? { sem_ver: [variable, relation, operand] } : { [relation]: [variable, operand] };
        switch (op) {
          case "is": return variable;
          case "is not": return { "===": [variable, false] };
          case "among": return operands.length > 1 ? { in: [variable, operands] } : { "==": [variable, first] };
          case "not among": return operands.length > 1 ? { "!": [{ in: [variable, operands] }] } : { "!=": [variable, first] };
          case "includes": return { in: [first, variable] };
          case "excludes": return { "!": [{ in: [first, variable] }] };
          case "at least": return compared(">=", first);
          case "below": return compared("<", first);
          default: return { and: [compared(">=", first), compared("<", last)] };
        }
      },
      all: (terms) => ({ and: terms.flatMap((term) => term.and ?? [term]) }),
      any: (terms) => ({ or: terms }),
    };
    const rule = ({ salt, share, variant, condition }) => {
      const own = build(condition, make);
      const key = { cat: [salt, { var: "targetingKey" }] };
      const enrolled = share === null ? [] : [{ "==": [{ fractional: [key, ["in", share], ["out", 10000 - share]] }, "in"] }];
      return [enrolled.length ? { and: [...(own.and ?? [own]), ...enrolled] } : own, variant];
    };
    const flag = (surface) => ({
      state: "ENABLED", defaultVariant: surface.default,
      variants: Object.fromEntries([surface.default, ...surface.rules.map(({ variant }) => variant)].map((id) => [id, id])),
      targeting: { if: [...surface.rules.flatMap(rule), surface.default] },
    });
    return JSON.stringify({ flags: Object.fromEntries(workload.surfaces.map((surface) => [surface.name, flag(surface)])) });
  },
  async load(text, { unit }) {
    const { FlagdCore } = await import("@openfeature/flagd-core");
    const core = new FlagdCore();
    core.setConfigurations(text);
    return {
      shape: (signals) => ({ ...signals, targetingKey: signals[unit] }),
      one: (surface, shaped) => core.resolveStringEvaluation(surface, "", shaped).value,
    };
  },
};

// ---------------------------------------------------------------- configcat

const OPS = { among: 0, "not among": 1, includes: 34, excludes: 35 };
const TEXT_IS = 28, TEXT_IS_NOT = 29;

const configcat = {
  name: "configcat-common",
  entry: 'export { RolloutEvaluator, EvaluateContext } from "configcat-common/lib/esm/RolloutEvaluator.js"; export { Config } from "configcat-common/lib/esm/ProjectConfig.js";',
  notes: "It has no OR within a rule, and someone outside of a percentage goes no further: both are written as " +
    "prerequisite flags. Percentages are whole; a flag of its own per salt and share hashes by its key.",
  position: (salt, unit, share) =>
    (parseInt(createHash("sha1").update(`${salt}.${share}${unit}`).digest("hex").slice(0, 7), 16) % 100) * 100,
  write(workload) {
    const kinds = kindsOf(workload), flags = {};
    const yes = { b: true }, isTrue = (flag) => [{ p: { f: flag, c: 0, v: yes } }];
    let made = 0;
    const helper = (flag) => {
      flags[`any${made}`] = flag;
      return isTrue(`any${made++}`);
    };
    // Each gives a list of conditions that must all hold.
    const make = {
      atom({ signal, op, operands: [first, ...rest] }) {
        const v = kinds[signal] === "version", user = (c, value) => ({ u: { a: signal, c, ...value } });
        const below = (limit) => user(v ? 6 : 12, v ? { s: limit } : { d: limit });
        const least = (limit) => user(v ? 9 : 15, v ? { s: limit } : { d: limit });
        switch (op) {
          case "is": return [user(TEXT_IS, { s: "true" })];
          case "is not": return [user(TEXT_IS_NOT, { s: "true" })];
          case "at least": return [least(first)];
          case "below": return [below(first)];
          case "within": return [least(first), below(rest[0])];
          default: return [user(OPS[op], { l: [first, ...rest] })];
        }
      },
      all: (terms) => terms.flat(),
      any: (terms) => helper({ t: 0, v: { b: false }, r: terms.map((c) => ({ c, s: { v: yes } })) }),
    };
    for (const surface of workload.surfaces) {
      const rules = surface.rules.map(({ salt, share, variant, condition }) => {
        const own = build(condition, make);
        if (share !== null) {
          const key = `${salt}.${share}`;
          flags[key] = { t: 0, v: { b: false }, a: workload.unit,
            p: [{ p: share / 100, v: yes }, { p: 100 - share / 100, v: { b: false } }] };
          own.push(...isTrue(key));
        }
        return { c: own, s: { v: { s: variant } } };
      });
      flags[surface.name] = { t: 1, v: { s: surface.default }, r: rules };
    }
    return JSON.stringify({ f: flags });
  },
  async load(text) {
    const { RolloutEvaluator, EvaluateContext } = require("configcat-common/lib/RolloutEvaluator.js");
    const { Config } = require("configcat-common/lib/ProjectConfig.js");
    const quiet = { debug() {}, isEnabled: () => false };
    const { settings } = new Config(JSON.parse(text)), evaluator = new RolloutEvaluator(quiet);
    return {
      // It compares bools as texts.
      shape: (signals) => ({
        identifier: signals.install_id,
        custom: Object.fromEntries(Object.entries(signals).map(([name, value]) => [name, value === !!value ? String(value) : value])),
      }),
      one: (surface, user) =>
        evaluator.evaluate("", new EvaluateContext(surface, settings[surface], user, settings)).selectedValue.value,
    };
  },
};

// ---------------------------------------------------------------- statsig

const sha256 = (text) => createHash("sha256").update(text).digest().readBigUInt64BE(0);

const statsig = {
  name: "@statsig/on-device-eval-core",
  package: "@statsig/js-on-device-eval-client",
  entry: 'export { StatsigOnDeviceEvalClient } from "@statsig/js-on-device-eval-client";',
  notes: "The evaluator of @statsig/js-on-device-eval-client. It has no OR within a rule: an OR is a gate. Rollouts " +
    "are its condition on a bucket of 1,000, since its pass percentage ends the search. The size is the client's.",
  position: (salt, unit) => Number(sha256(`${salt}.${unit}`) % 1000n) * 10,
  write(workload) {
    const kinds = kindsOf(workload), gates = [];
    const spec = (name, rules, defaultValue) => ({ name, type: "x", enabled: true, salt: name, entity: "x", defaultValue, rules });
    const rule = (id, conditions, returnValue) => ({ id, name: id, conditions, returnValue, passPercentage: 100, idType: "userID" });
    const make = {
      atom({ signal, op, operands: [first, ...rest] }) {
        const user = (operator, targetValue) => ({ type: "user_field", field: signal, operator, targetValue, idType: "userID" });
        const v = kinds[signal] === "version" ? "version_" : "";
        switch (op) {
          case "is": return [user("eq", true)];
          case "is not": return [user("eq", false)];
          case "among": return [user("any_case_sensitive", [first, ...rest])];
          case "not among": return [user("none_case_sensitive", [first, ...rest])];
          case "includes": return [user("array_contains_any", [first])];
          case "excludes": return [user("array_contains_none", [first])];
          case "at least": return [user(`${v}gte`, first)];
          case "below": return [user(`${v}lt`, first)];
          default: return [user(`${v}gte`, first), user(`${v}lt`, rest[0])];
        }
      },
      all: (terms) => terms.flat(),
      any: (terms) => {
        const name = `any${gates.length}`;
        gates.push(spec(name, terms.map((conditions, i) => rule(String(i), conditions, true)), false));
        return [{ type: "pass_gate", targetValue: name, idType: "userID" }];
      },
    };
    const configs = workload.surfaces.map((surface) => spec(surface.name, surface.rules.map(({ salt, share, variant, condition }) => {
      const own = build(condition, make);
      if (share !== null) {
        own.push({ type: "user_bucket", operator: "lt", targetValue: share / 10, additionalValues: { salt }, idType: "userID" });
      }
      return rule(salt, own, { variant });
    }), { variant: surface.default }));
    return JSON.stringify({ has_updates: true, time: 1, dynamic_configs: configs, feature_gates: gates, layer_configs: [] });
  },
  async load(text) {
    const { Evaluator, SpecStore } = require("@statsig/on-device-eval-core");
    const store = new SpecStore();
    store.setValuesFromDataAdapter({ data: text, receivedAt: 1, source: "Bootstrap" });
    const evaluator = new Evaluator(store);
    return {
      shape: ({ install_id: userID, ...custom }) => ({ userID, custom }),
      one: (surface, user) => evaluator.evaluateConfig(surface, user).evaluation.value.variant,
    };
  },
};

export const PEERS = [growthbook, flagd, configcat, statsig].map((peer) => ({
  ...peer, version: () => versionOf(peer.package ?? peer.name),
}));
