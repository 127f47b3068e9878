// The package as people get it: packed, installed without a network, imported, compiled, bundled.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { ROOT, VECTORS, bytesOf, decoded, read } from "./kit.mjs";
import { folderFor, packaged, skipUnless } from "./tools.mjs";

const HERE = join(ROOT, "runtime/js");
const ENTRIES = ["index", "state", "explain", "given"];
const npm = spawnSync("npm", ["--version"]).status === 0;
const skip = skipUnless({
  npm, esbuild: packaged("esbuild"), terser: packaged("terser"), typescript: packaged("typescript"),
});

function run(command, args, cwd) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  assert.equal(status, 0, `${command} ${args.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

/** Packs a copy, as others use dist/ at the same time, and installs it; where, and what was packed. */
function installed(t) {
  const folder = folderFor(t), source = join(folder, "source"), user = join(folder, "user");
  for (const name of ["package.json", "README.md", "LICENSE", "build.mjs", "src"]) {
    cpSync(join(HERE, name), join(source, name), { recursive: true });
  }
  symlinkSync(join(HERE, "node_modules"), join(source, "node_modules"));
  const [packed] = JSON.parse(run("npm", ["pack", "--json", "--silent"], source).replace(/^[^]*?(?=^\[)/m, ""));
  cpSync(join(source, packed.filename), join(user, packed.filename));
  writeFileSync(join(user, "package.json"), '{"name":"user","private":true,"type":"module"}');
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${packed.filename}`], user);
  return { user, files: packed.files.map(({ path }) => path) };
}

const CONSUMER = `
import * as plain from "tacit-runtime";
import {
  Bundle, BundleError, CallError, DeviceState, Observed, StateWarning, type Control, type Decision, type Reason, type Signals,
} from "tacit-runtime/state";
import { explain, inspect, health, type Explanation } from "tacit-runtime/explain";
import { about, give, take, type Given } from "tacit-runtime/given";

export function all(bytes: Uint8Array): [string | null, Given, string[]] {
  const bundle: Bundle = Bundle.load(bytes);
  const state = new DeviceState(bundle, { now: 0, consent: new Set(["ads"]), writer: 1 });
  const signals: Signals = { n: 1, seen: new Observed(["a"], 5) };
  const options = { now: 1, consent: ["ads"], state };
  const decision: Decision = bundle.decide("a", signals, options);
  const reason: Reason = bundle.decide("a", signals, { state, strict: true }).reason;
  state.recordShown(decision, null, { now: 1, nonce: "n", session: null });
  state.recordClicked("a", "b");
  const controls: readonly Control[] = state.controls;
  const kept: boolean = state.notInterested({ surface: "a" }) && state.lessOf({ topic: "t" });
  const why: Explanation = explain(bundle, "a", signals, { ...options, reveal: true, language: "en" });
  const given = give(bundle.decideAll(signals, options), { now: 1 });
  const taken: Map<string, Decision> = take(bundle, given, { state });
  const warning: StateWarning | null = DeviceState.load(bundle, state.bytes).warning;
  const views = [inspect(state, { now: 1 }).now, health(state).a?.shows, about(bundle).memory?.bytes, kept];
  return [taken.get("a")?.variant ?? null, given, [reason, why.text, String(warning), ...controls.map((one) => one.kind), ...views.map(String)]];
}
export const isOurs = (error: unknown): error is BundleError => error instanceof BundleError || error instanceof CallError;
export const shows = (bundle: plain.Bundle): string | null => bundle.decide("a", { n: new plain.Observed(1, 2) }, { now: 1 }).variant;
export const either: plain.Bundle[] = [Bundle.load(new Uint8Array(1)), plain.Bundle.load(new Uint8Array(1))];
// @ts-expect-error a state is for a bundle of "tacit-runtime/state"
export const stateful = (bundle: plain.Bundle, state: DeviceState) => bundle.decide("a", {}, { state });
// @ts-expect-error a state has none
export const twice = (bundle: Bundle, state: DeviceState) => new DeviceState(bundle, { state });
// @ts-expect-error a surface is named by a text
export const wrong = (bundle: Bundle) => bundle.decide(1, {});
// @ts-expect-error nobody makes these
export const none = () => new Bundle();
`;

/** All that the entries in a folder say of one case, as text. */
async function told(entry, data, row) {
  const [{ Bundle, DeviceState, Observed }, { explain, health, inspect }, { about, give, take }] =
    await Promise.all(ENTRIES.slice(1).map(entry));
  const bundle = Bundle.load(bytesOf(data.bundle)), signals = decoded(row.signals, Observed), now = row.now ?? 0;
  const state = new DeviceState(bundle, { now, consent: row.consent });
  const options = { now, consent: row.consent, state };
  state.refresh(signals, { now });
  for (const [, decision] of bundle.decideAll(signals, options)) state.recordShown(decision, null, { now });
  const [surface] = bundle.surfaces;
  if (data.bundle.startsWith("lKV0YWNpdAEB")) state.notInterested({ surface, now });
  const given = give(bundle.decideAll(signals, options), { now });
  const why = bundle.surfaces.map((name) => explain(bundle, name, signals, options));
  const taken = [...take(bundle, JSON.stringify(given), { state, now })];
  const views = [state.controls, state.export(), inspect(state, { now }), health(state), about(bundle)];
  return JSON.stringify([[...state.bytes], given, taken, why, why.map((one) => one.text), views]);
}

test("packed and installed, it is what the sources are", { skip, timeout: 120000 }, async (t) => {
  const { user, files } = installed(t);

  await t.test("nothing is packed but what is needed", () => {
    const rest = files.filter((path) => !/^dist\/shared-\w+\.js$/.test(path));
    const wanted = ["LICENSE", "README.md", "package.json"];
    for (const name of ENTRIES) wanted.push(`dist/${name}.d.ts`, `dist/${name}.js`);
    assert.deepEqual(rest.sort(), wanted.sort());
    const { exports, sideEffects, dependencies, scripts } = read(join(HERE, "package.json"));
    assert.equal(sideEffects, false);
    assert.deepEqual([dependencies, scripts.install, scripts.postinstall], [undefined, undefined, undefined]);
    for (const target of Object.values(exports).flatMap((one) => (one.types ? Object.values(one) : [one]))) {
      assert.ok(files.includes(target.slice(2)), target);
    }
  });

  await t.test("all entries import, and say what the sources say", async () => {
    const names = "['', '/state', '/explain', '/given'].map((entry) => import.meta.resolve('tacit-runtime' + entry))";
    const urls = JSON.parse(run("node", ["--input-type=module", "-e", `console.log(JSON.stringify(${names}))`], user));
    const ours = (name) => import(pathToFileURL(join(HERE, `src/${name}.js`)));
    const theirs = (name) => import(urls[ENTRIES.indexOf(name)]);
    for (const name of ENTRIES) assert.deepEqual(Object.keys(await theirs(name)), Object.keys(await ours(name)));
    let checked = 0;
    for (const file of readdirSync(join(VECTORS, "state")).filter((name) => name !== "refused.json")) {
      const data = read(join(VECTORS, "state", file));
      for (const row of data.cases.slice(0, 5)) {
        assert.equal(await told(theirs, data, row), await told(ours, data, row), file);
        checked++;
      }
    }
    assert.ok(checked > 30, String(checked));
  });

  await t.test("types, strictly", () => {
    writeFileSync(join(user, "consumer.ts"), CONSUMER);
    const strict = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--noEmit"];
    for (const [module, resolution] of [["esnext", "bundler"], ["nodenext", "nodenext"]]) {
      const how = ["--target", "es2022", "--module", module, "--moduleResolution", resolution, "--lib", "es2022"];
      run(process.execPath, [packaged("typescript/bin/tsc"), ...strict, ...how, "consumer.ts"], user);
    }
  });

  await t.test("what is not used is left out", async () => {
    const { build } = await import("esbuild");
    const sizeOf = async (contents) => {
      const made = await build({
        stdin: { contents, resolveDir: user }, bundle: true, minify: true, format: "esm", write: false, logLevel: "error",
      });
      return made.outputFiles[0].text.length;
    };
    const text = readFileSync(join(user, "node_modules/tacit-runtime/dist/index.js"), "utf8");
    assert.ok(!/\beval\(|new Function|sourceMappingURL/.test(text));
    assert.equal(await sizeOf("import 'tacit-runtime'; import 'tacit-runtime/state'; import 'tacit-runtime/explain';"), 0);
    const evaluator = await sizeOf("export { Bundle } from 'tacit-runtime';");
    const withState = await sizeOf("export { Bundle, DeviceState } from 'tacit-runtime/state';");
    const all = await sizeOf("export * from 'tacit-runtime/state'; export * from 'tacit-runtime/explain';");
    assert.ok(evaluator > 7000 && evaluator < 0.75 * withState && withState < 0.75 * all, `${evaluator}, ${withState}, ${all}`);
  });
});
