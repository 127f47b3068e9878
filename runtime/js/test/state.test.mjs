// Every state of the conformance vectors: what devices remember, decide and write.
import assert from "node:assert/strict";
import { join, relative } from "node:path";
import test from "node:test";
import { Bundle } from "../src/index.js";
import { read as unpacked } from "../src/state-msgpack.js";
import { DeviceState, StateWarning } from "../src/state.js";
import { Device, VECTORS, bytesOf, decoded, files, read, stateBytes, told } from "./kit.mjs";

const hex = (bytes) => Buffer.from(bytes).toString("hex");

function check(bundles, row) {
  const device = new Device(bundles, row);
  device.play(row.history ?? []);
  const { bundle, state } = device, options = { now: row.now ?? 0, consent: row.consent, state };
  if (row.state) assert.deepEqual(unpacked(state.bytes), unpacked(stateBytes(row.state)));
  if (row.state) assert.equal(hex(state.bytes), hex(stateBytes(row.state)));
  const before = hex(state.bytes), signals = decoded(row.signals), together = bundle.decideAll(signals, options);
  for (const [surface, wish] of Object.entries(row.expect)) {
    const wanted = typeof wish === "string" ? { variant: wish } : wish;
    const one = told(bundle.decide(surface, signals, { ...options, default: row.default }));
    assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((key) => [key, one[key]])), wanted, surface);
    if (together.get(surface)) assert.deepEqual(told(together.get(surface)), one);
  }
  assert.equal(hex(state.bytes), before, "deciding changes nothing");
}

let cases = 0;
for (const path of files(VECTORS)) {
  const data = read(path);
  for (const row of (data.cases ?? []).filter((one) => one.first_seen !== undefined || one.history)) {
    cases++;
    test(`${relative(VECTORS, path)}: ${row.name}`, () => {
      const bundles = { first: Bundle.load(bytesOf(data.bundle)) };
      if (data.next_bundle) bundles.next = Bundle.load(bytesOf(data.next_bundle));
      check(bundles, row);
    });
  }
}

test("there were cases", () => assert.ok(cases > 150, `${cases}`));

const kept = read(join(VECTORS, "state/refused.json")), NOW = 1_800_000_000_005;
const bundle = Bundle.load(bytesOf(read(join(VECTORS, "state/bytes.json")).bundle));
for (const { about, code, state } of kept.refused) {
  test(`refused: ${about}`, () => {
    const found = DeviceState.load(bundle, bytesOf(state), { now: NOW });
    assert.ok(found.warning instanceof StateWarning);
    assert.equal(found.warning.code, code);
    assert.equal(hex(found.bytes), hex(new DeviceState(bundle, { now: NOW }).bytes));
  });
}
for (const { about, state } of kept.accepted) {
  test(`accepted: ${about}`, () => {
    const found = DeviceState.load(bundle, bytesOf(state), { now: NOW });
    assert.equal(found.warning, null);
    assert.equal(found.export().first_seen, NOW - 5);
  });
}
