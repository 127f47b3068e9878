// What build.mjs makes: how small it is, and that short names change nothing.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import test, { after } from "node:test";
import { pathToFileURL } from "node:url";
import { Bundle, Observed } from "../src/index.js";
import { ROOT, VECTORS, bytesOf, decoded, files, read, told } from "./kit.mjs";

/** Bytes of the evaluator by gzip -9. Raise it only with a reason. */
const MOST = 13200;

const made = await import("../build.mjs").catch((error) => error);
const skip = made instanceof Error && `the development dependencies are not installed: ${made.message}`;
const DIST = join(ROOT, "runtime/js/dist");
if (!skip) mkdirSync(DIST, { recursive: true });
const folder = skip ? null : mkdtempSync(join(DIST, "test-"));
after(() => folder && rmSync(folder, { recursive: true }));
if (!skip) await made.bundle(["index"], folder);
const built = skip ? null : await import(pathToFileURL(`${folder}/index.js`));

test("the evaluator is small", { skip }, () => {
  const { gzip } = made.sizeOf(`${folder}/index.js`);
  assert.ok(gzip <= MOST, `${gzip} bytes`);
});

test("it exports what the sources do", { skip }, async () => {
  assert.deepEqual(Object.keys(built).sort(), Object.keys(await import("../src/index.js")).sort());
});

test("it decides as the sources do", { skip }, () => {
  let checked = 0;
  for (const path of files(VECTORS)) {
    const data = read(path);
    if (!data.bundle) continue;
    const ours = Bundle.load(bytesOf(data.bundle)), short = built.Bundle.load(bytesOf(data.bundle));
    for (const row of data.cases) {
      const options = { now: row.now ?? 0, consent: row.consent };
      const all = (bundle, Timed) =>
        [...bundle.decideAll(decoded(row.signals, Timed), options)].map(([name, one]) => [name, told(one)]);
      const wanted = all(ours, Observed);
      assert.deepEqual(all(short, built.Observed), wanted, path);
      checked += wanted.length;
    }
  }
  assert.ok(checked > 100);
});

test("it refuses as the sources do", { skip }, () => {
  const { refused } = read(join(VECTORS, "refused.json"));
  assert.ok(refused.length > 100);
  for (const { about, code, bundle } of refused) {
    assert.throws(() => built.Bundle.load(bytesOf(bundle)), { name: "BundleError", code }, about);
  }
  assert.throws(() => built.Bundle.load(1), { name: "CallError", code: "R206" });
});
