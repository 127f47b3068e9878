// Every case of the conformance kit, and that its runner tells what is wrong.
import assert from "node:assert/strict";
import test from "node:test";
import { host } from "./host.mjs";
import { kit } from "./kit.mjs";
import { FAILED, FEATURES, SKIPPED, counted, outcomes, summary } from "./runner.mjs";
import { bytesOf, murmur3, packed, same } from "./values.mjs";

const { index, texts } = kit();
const files = Object.fromEntries(Object.entries(texts).map(([file, text]) => [file, JSON.parse(text)]));
const found = outcomes(index, files, host);
const told = ({ name, why }) => `${name}: ${why}`;

for (const { file, cases } of index.files) {
  const own = found.filter((one) => one.file === file);
  const skipped = own.filter((one) => one.outcome === SKIPPED);
  test(file + (skipped.length ? `, but for ${skipped.length} cases: ${skipped[0].why}` : ""), () => {
    assert.deepEqual(own.filter((one) => one.outcome === FAILED).map(told), []);
    assert.equal(own.length, cases);
  });
}

test("a host that has nothing skips what the index says, for the features it says", () => {
  for (const feature of FEATURES) {
    // All others fail, for there is no runtime.
    const without = { ...host, features: FEATURES.filter((other) => other !== feature), Bundle: null };
    const lacking = outcomes(index, files, without).filter(({ outcome }) => outcome === SKIPPED);
    for (const { file, needs } of index.files) {
      const own = lacking.filter((one) => one.file === file);
      assert.equal(own.length, needs[feature] ?? 0, `${file} ${feature}`);
      for (const { why } of own) assert.equal(why, `this host has no ${feature}`);
    }
  }
});

/** The outcomes of one file, after something in it was changed. */
function changed(file, change) {
  const data = JSON.parse(texts[file]), row = index.files.find((one) => one.file === file);
  change(data);
  return outcomes({ ...index, files: [row] }, { ...files, [file]: data }, host);
}

test("the runner finds every kind of fault", () => {
  const faults = [
    ["choice.json", ({ cases }) => (cases[0].expect = { [Object.keys(cases[0].expect)[0]]: "other" })],
    ["content.json", ({ cases }) => (cases[0].expect = { [Object.keys(cases[0].expect)[0]]: { content: 1.5 } })],
    ["order/05-rule-match.json", (data) => (data.cases[0].expect = { nowhere: { reason: "DEFAULT" } })],
    ["consent.json", (data) => (data.cases[0].unheard = 1)],
    ["buckets.json", (data) => data.buckets[0].position++],
    ["buckets.json", (data) => data.buckets[0].hash++],
    ["refused.json", (data) => (data.refused[0].code = "R999")],
    ["refused.json", (data) => (data.refused[0].bundle = data.accepted[0].bundle)],
    ["refused.json", (data) => (data.accepted[0].bundle = data.refused[0].bundle)],
  ];
  for (const [file, change] of faults) {
    const { passed, failed } = counted(changed(file, change));
    assert.equal(failed, 1, `${file} ${change}`);
    assert.ok(passed > 0);
  }
  const broken = changed("types/int.json", (data) => (data.bundle = data.bundle.slice(0, 40)));
  assert.ok(broken.every(({ outcome }) => outcome === FAILED));
});

test("files of another format are not run", () => {
  for (const change of [(data) => (data.conformance = 2), (data) => (data.unheard = [])]) {
    assert.throws(() => changed("choice.json", change), /another format/);
  }
  assert.throws(() => outcomes({ ...index, conformance: 2 }, files, host), /format 2/);
});

test("outcomes are counted", () => {
  const all = [["passed", ""], ["skipped", "a"], ["failed", "b"], ["skipped", "a"]];
  const sums = counted(all.map(([outcome, why]) => ({ file: "f", name: "0", outcome, why })));
  assert.deepEqual(sums, { passed: 1, failed: 1, skipped: 2, reasons: { a: 2 } });
  assert.equal(summary(sums), "1 passed, 1 failed, 2 skipped");
});

test("the runner's own tools", () => {
  for (const text of ["", "a", "ab", "abc", "abcd"]) {
    assert.deepEqual([...bytesOf(Buffer.from(text).toString("base64"))], [...Buffer.from(text)]);
  }
  assert.equal(murmur3(""), 0);
  assert.equal(murmur3("hello"), 0x248bfa47);
  assert.equal(murmur3("𝒳é日"), murmur3(Buffer.from("𝒳é日").toString()));
  const hex = (value) => Buffer.from(packed(value)).toString("hex");
  assert.equal(hex([0, 127, 128, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]),
    "9a007fcc80ccffcd0100cdffffce00010000ceffffffffcf0000000100000000cf001fffffffffffff");
  assert.equal(hex([-1, -32, -33, -128, -129, -32768, -32769, -(2 ** 31), -(2 ** 31) - 1]),
    "99ffe0d0dfd080d1ff7fd18000d2ffff7fffd280000000d3ffffffff7fffffff");
  assert.equal(hex([0.5, null, true, false, "a", { a: 1 }, { $map: [[2, "b"]] }, { $hash: "hello" }]),
    "98cb3fe0000000000000c0c3c2a16181a161018102a162ce248bfa47");
  assert.equal(hex("a".repeat(32)).slice(0, 4), "d920");
  assert.equal(hex(new Array(16).fill(0)).slice(0, 6), "dc0010");
  assert.equal(murmur3("a\0b"), Number(`0x${hex({ $hash: ["a", "b"] }).slice(2)}`));
  assert.ok(same({ a: [1, { b: null }], c: 2 }, { c: 2, a: [1, { b: null }] }));
  const others = [[1, true], [0, -0], [[], {}], [{ a: 1 }, { b: 1 }], [[1], [1, 2]], [null, undefined]];
  for (const [one, other] of others) {
    assert.ok(!same(one, other));
  }
});
