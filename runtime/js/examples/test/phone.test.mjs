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
import { fortnight } from "./phone.mjs";

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
