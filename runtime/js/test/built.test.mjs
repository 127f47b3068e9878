// What build.mjs makes: how small it is, and that short names change nothing.
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { Bundle, Observed } from "../src/index.js";
import { built } from "./built.mjs";
import { VECTORS, bytesOf, decoded, files, read, told } from "./kit.mjs";

/** Bytes of the evaluator by gzip -9. Raise it only with a reason. */
const MOST = 10700;

const { skip, load, sizeOf } = await built(["index"]);
/** Whether a bundle asks for the feature STATE. */
const remembers = (base64) => base64.startsWith("lKV0YWNpdAEB");
const made = skip ? null : await load("index");

test("the evaluator is small", { skip }, () => {
  const { gzip } = sizeOf("index");
  assert.ok(gzip <= MOST, `${gzip} bytes`);
});

test("it exports what the sources do", { skip }, async () => {
  assert.deepEqual(Object.keys(made).sort(), Object.keys(await import("../src/index.js")).sort());
});

test("it decides as the sources do", { skip }, () => {
  let checked = 0;
  for (const path of files(VECTORS)) {
    const data = read(path);
    if (!data.bundle || remembers(data.bundle)) continue;
    const ours = Bundle.load(bytesOf(data.bundle)), short = made.Bundle.load(bytesOf(data.bundle));
    for (const row of data.cases) {
      const options = { now: row.now ?? 0, consent: row.consent };
      const all = (bundle, Timed) =>
        [...bundle.decideAll(decoded(row.signals, Timed), options)].map(([name, one]) => [name, told(one)]);
      const wanted = all(ours, Observed);
      assert.deepEqual(all(short, made.Observed), wanted, path);
      checked += wanted.length;
    }
  }
  assert.ok(checked > 100);
});

test("it refuses as the sources do", { skip }, () => {
  const { refused } = read(join(VECTORS, "refused.json"));
  assert.ok(refused.length > 100);
  for (const { about, code, bundle } of refused) {
    const wanted = { name: "BundleError", code: remembers(bundle) ? "R104" : code };
    assert.throws(() => made.Bundle.load(bytesOf(bundle)), wanted, about);
  }
  assert.throws(() => made.Bundle.load(1), { name: "CallError", code: "R206" });
});
