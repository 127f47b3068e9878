// Compares explanations with Python's: reads what tests/javascript/explanations.py writes, ends with
// 1 at a difference.
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { explain, health, inspect } from "../src/explain.js";
import { Bundle, DeviceState } from "../src/state.js";
import { bytesOf, decoded } from "./kit.mjs";

const counts = { calls: 0, withState: 0, rules: 0 }, seen = {};

/** As JSON, but for the zeros that JSON does not tell apart. */
const told = (value) => JSON.parse(JSON.stringify(value));

function same(found, expect) {
  assert.deepEqual(told(found), told(expect));
  assert.equal(JSON.stringify(found), JSON.stringify(expect)); // the order of fields too
}

function call(bundle, { surface, signals, now, consent, reveal, state: given, expect, text }) {
  let state = null;
  if (given) {
    state = DeviceState.load(bundle, bytesOf(given.bytes), { now, consent: given.granted });
    assert.equal(state.warning, null);
    same(inspect(state, { now }), given.inspect);
    same(health(state), given.health);
    counts.withState++;
  }
  const found = explain(bundle, surface, decoded(signals), { now, consent, reveal, state });
  same(found, expect);
  assert.equal(found.text, text);
  assert.equal(String(found), text);
  counts.calls++;
  counts.rules += expect.rules.length;
  for (const { outcome } of expect.rules) seen[outcome] = (seen[outcome] ?? 0) + 1;
  seen[expect.reason] = (seen[expect.reason] ?? 0) + 1;
}

let number = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const { bundle, calls } = JSON.parse(line);
  number++;
  try {
    const loaded = Bundle.load(bytesOf(bundle));
    for (const one of calls) call(loaded, one);
  } catch (error) {
    console.error(`line ${number}, call ${counts.calls}: ${error.stack}`);
    process.exit(1);
  }
}
console.log(JSON.stringify({ ...counts, seen }));
