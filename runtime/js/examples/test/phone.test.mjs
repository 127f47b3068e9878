// The host module for React Native: in Node, and the same on Hermes.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { lowered, program } from "../../engines/hermes.mjs";
import { folderFor, packaged, skipUnless } from "../../test/tools.mjs";
import { fromBase64, toBase64 } from "../react-native/base64.js";
import { BUNDLE } from "../web/bundle.js";
import { Device, fortnight } from "./sources.mjs";

const require = createRequire(import.meta.url);
const SRC = fileURLToPath(new URL("../../src/", import.meta.url));

function hermes() {
  try {
    return program();
  } catch {
    return null;
  }
}

const skip = skipUnless({
  "hermes-engine-cli": hermes(),
  esbuild: packaged("esbuild"),
  "@babel/preset-env": packaged("@babel/preset-env"),
});

test("base64 as everybody's", () => {
  for (let size = 0; size < 70; size++) {
    const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 83 + size * 29) % 256);
    const text = Buffer.from(bytes).toString("base64");
    assert.equal(toBase64(bytes), text);
    assert.deepEqual(fromBase64(text), bytes);
  }
  for (const bad of ["A", "AA", "AAA", "AAAA=", "A===", "AA A", "AA\n=", "é===", "AAAA\n"])
    assert.equal(fromBase64(bad), null, bad);
});

test("a fortnight on a phone", async () => {
  const lines = await fortnight();
  const has = (text) =>
    assert.ok(
      lines.some((line) => line.includes(text)),
      `${text}\n${lines.join("\n")}`,
    );
  assert.ok(lines[0].startsWith("first: classic DEFAULT null / popular"));
  has("looked true,true,true");
  has("opened again: shoes RULE_MATCH Shoes are what you looked at most this week.");
  has("warning null, session 2");
  has("not interested: classic");
  has("packs: packs RULE_MATCH");
  has("nothing changed, 0 writes");
  has("no room, 1 failures");
  has("goes on in memory: packs");
  has("kept again: true");
  has("consent taken back: classic DEFAULT null / popular");
  has("off: classic OPTED_OUT");
  has("damaged: S1");
  has("unreadable: null, 2 failures");
  assert.equal(lines.at(-1)[0], "R");
});

test("a store that is synchronous and knows undefined only", async () => {
  const texts = new Map();
  const host = {
    bundle: () => BUNDLE,
    read: () => texts.get("tacit"),
    write: (text) => void texts.set("tacit", text),
    session: () => undefined,
  };
  const device = await Device.open(host, ["personalization"]);
  assert.equal(device.state.warning, null);
  await device.resume();
  await device.change((state, how) => state.recordEvent("product_viewed", { kind: "shoes" }, how));
  const again = await Device.open(host, ["personalization"]);
  assert.deepEqual(again.state.bytes, device.state.bytes);
});

test("a store that cannot be read for a while loses nothing, least of all that it is off", async () => {
  const failures = [];
  const host = { broken: false, text: null, failed: (error) => failures.push(error.message) };
  host.bundle = async () => BUNDLE;
  host.read = async () => {
    if (host.broken) throw new Error("locked");
    return host.text;
  };
  host.write = async (text) => (host.text = text);
  const first = await Device.open(host, ["personalization"]);
  await first.change((state, how) => state.turnOff(how));
  const before = host.text;
  host.broken = true;
  const second = await Device.open(host, ["personalization"]);
  await second.resume();
  assert.equal(host.text, before, "nothing is written over what was not read");
  assert.deepEqual(failures, ["locked", "locked"]);
  host.broken = false;
  let told = 0;
  second.subscribe(() => told++);
  await second.change((state, how) => state.recordEvent("product_viewed", { kind: "shoes" }, how));
  assert.equal(second.state.isOff, true);
  assert.equal(second.decide("hero").reason, "OPTED_OUT");
  assert.equal(told, 2, "of the change, and of what was found");
  assert.equal((await Device.open(host, [])).state.isOff, true);
});

test("the same on Hermes", { skip }, async (t) => {
  const folder = folderFor(t);
  const file = join(folder, "phone.js");
  const esbuild = require(packaged("esbuild"));
  const { outputFiles } = await esbuild.build({
    entryPoints: [fileURLToPath(new URL("hermes.js", import.meta.url))],
    bundle: true,
    format: "iife",
    target: "es2020",
    write: false,
    alias: { "tacit-runtime/state": `${SRC}state.js`, "tacit-runtime": `${SRC}index.js` },
  });
  writeFileSync(file, await lowered(outputFiles[0].text));
  const told = execFileSync(hermes(), ["-O", "-w", "-Xes6-promise", file], { encoding: "utf8" });
  assert.deepEqual(JSON.parse(told), await fortnight());
});
