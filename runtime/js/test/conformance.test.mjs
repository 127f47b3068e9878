// Every decision, refusal and bucket of the conformance vectors.
import assert from "node:assert/strict";
import { join, relative } from "node:path";
import test from "node:test";
import { Bundle, BundleError } from "../src/index.js";
import { noUnit, position, seedOf, setUnit } from "../src/murmur3.js";
import { VECTORS, bytesOf, decoded, files, read, told } from "./kit.mjs";

/** The fields that are wanted, of what a decision says. */
function wantedOf(decision, wanted) {
  const all = told(decision);
  return Object.fromEntries(Object.keys(wanted).map((field) => [field, all[field]]));
}

function check(bundle, row) {
  const signals = decoded(row.signals), { consent } = row, now = row.now ?? 0;
  const together = bundle.decideAll(signals, { now, consent });
  for (const [surface, wish] of Object.entries(row.expect)) {
    const wanted = typeof wish === "string" ? { variant: wish } : wish;
    const one = bundle.decide(surface, signals, { now, consent, default: row.default });
    assert.deepEqual(wantedOf(one, wanted), wanted, `${row.name} ${surface}`);
    const same = together.get(surface);
    if (same) assert.deepEqual(told(same), told(one), `${row.name} ${surface}, of all`);
    else assert.equal(one.reason, "NO_SURFACE");
  }
  return Object.keys(row.expect).length;
}

for (const path of files(VECTORS)) {
  const data = read(path);
  if (!data.bundle) continue;
  // This runtime keeps no state: it loads those bundles, and decides the cases without a device.
  const rows = data.cases.filter((row) => row.first_seen === undefined);
  const left = data.cases.length - rows.length;
  test(relative(VECTORS, path) + (left ? `, but for ${left} cases that need a state` : ""), () => {
    const bundle = Bundle.load(bytesOf(data.bundle));
    let checked = 0;
    for (const row of rows) checked += check(bundle, row);
    assert.ok(checked > 0 || left > 0);
  });
}

test("buckets.json", () => {
  const rows = read(join(VECTORS, "buckets.json")).buckets;
  assert.ok(rows.length > 0);
  for (const row of rows) {
    const { hash, size } = seedOf(row.salt), unit = setUnit(noUnit(), String(decoded(row.unit)));
    assert.equal(position(hash, size, unit), row.position);
  }
});

const kept = read(join(VECTORS, "refused.json"));
for (const { about, code, bundle } of kept.refused) {
  test(`refused: ${about}`, () => {
    assert.throws(() => Bundle.load(bytesOf(bundle)), (error) => {
      assert.ok(error instanceof BundleError, String(error.stack));
      assert.equal(error.code, code);
      return true;
    });
  });
}
for (const { about, bundle } of kept.accepted) {
  test(`accepted: ${about}`, () => {
    assert.ok(Bundle.load(bytesOf(bundle)).surfaces.length > 0);
  });
}
