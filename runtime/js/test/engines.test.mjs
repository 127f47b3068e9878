// That an engine which fails, runs too little or is not here is told so.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { Missing } from "../engines/missing.mjs";
import { tried } from "../engines/trial.mjs";

const SOUND = { passed: 3, failed: 0, skipped: 1, reasons: { "this host has no state": 1 }, failures: [] };
const FAILURE = { file: "a.json", name: "0 first", outcome: "failed", why: "variant is 1" };

/** What is said of an engine that reports this of two scripts of four cases, and the outcome. */
async function said(...reports) {
  const lines = [], made = Promise.resolve({ texts: { sources: "", built: "" }, cases: 4 });
  const run = async () => ({ version: "1.2", report: JSON.stringify(reports.shift()) });
  const outcome = await tried({ name: "stub", run }, made, (line) => lines.push(line));
  return [outcome, lines.join("\n")];
}

test("a sound engine passes, and tells what it skipped", async () => {
  const [outcome, text] = await said(SOUND, SOUND);
  assert.equal(outcome, "passed");
  assert.match(text, /stub .*1\.2, built +3 passed, 0 failed, 1 skipped\n.*1 skipped: this host has no state/);
});

test("one failure in either script fails", async () => {
  const bad = { ...SOUND, passed: 2, failed: 1, failures: [FAILURE] };
  for (const reports of [[bad, SOUND], [SOUND, bad]]) {
    const [outcome, text] = await said(...reports);
    assert.equal(outcome, "failed");
    assert.match(text, /failed: a\.json, 0 first: variant is 1/);
  }
});

test("too few cases fail, and so do none that passed, and a report that is none", async () => {
  assert.equal((await said({ ...SOUND, passed: 2 }, SOUND))[0], "failed");
  assert.equal((await said({ ...SOUND, passed: 0, skipped: 4 }, SOUND))[0], "failed");
  assert.equal((await said("", SOUND))[0], "failed");
});

test("an engine that is missing is told apart from one that breaks", async () => {
  const made = Promise.resolve({ texts: { sources: "" }, cases: 1 }), lines = [], write = (line) => lines.push(line);
  const outcome = (error) => tried({ name: "stub", run: () => Promise.reject(error) }, made, write);
  assert.equal(await outcome(new Missing("not here")), "missing");
  assert.equal(await outcome(new Error("broken")), "failed");
  assert.match(lines[0], /!!! SKIPPED: not here/);
  assert.match(lines[1], /FAILED: Error: broken/);
});

test("with TACIT_ENGINES=all a missing engine fails the run", () => {
  const run = fileURLToPath(new URL("../engines/run.mjs", import.meta.url));
  const ended = (engines) => spawnSync(process.execPath, [run, "chromium"], {
    encoding: "utf8", env: { ...process.env, TACIT_CHROMIUM: "/nowhere", TACIT_ENGINES: engines },
  });
  const [some, all] = [ended("some"), ended("all")];
  assert.match(some.stdout, /chromium .*!!! SKIPPED/);
  assert.deepEqual([some.status, all.status], [0, 1]);
  assert.equal(spawnSync(process.execPath, [run, "netscape"]).status, 2);
});
