// The sealed cookie: what Python sealed is opened here, and the other way round.
import assert from "node:assert/strict";
import test from "node:test";
import { python, runPython, skipUnless } from "../../../runtime/js/test/tools.mjs";
import { SealedCookie, openKeys } from "../src/cookie.js";

const OLD = "1:" + "00010203".repeat(8);
const NEW = "2:" + "f0e1d2c3".repeat(8);
const NOW = 1795000000000;
const DAY = 86400000;
const STATE = Uint8Array.from({ length: 700 }, (_, i) => (i * 7) % 256);
const TO = { project: "shop", name: "__Host-tacit", retention: 30 * DAY };

const cookieOf = async (keys, to = {}) => new SealedCookie(await openKeys(keys), { ...TO, ...to });
const valueOf = (header) => header.slice(header.indexOf("=") + 1, header.indexOf(";"));
const rawOf = (value) => Buffer.from(value, "base64url");

const PYTHON_SIDE = `
import json, sys
from tacit.edge_server.cookie import Keys, Refused, SealedCookie
from tacit.runtime import cookie_size
asked = json.load(sys.stdin)
def cookie(keys):
    return SealedCookie(Keys.parse(keys), project=asked["project"], name=asked["name"],
                        max_age_s=cookie_size.max_age_s(asked["retention"]))
def opened(row):
    found = cookie(row["keys"]).open(row["value"], row["now"])
    return str(found) if isinstance(found, Refused) else found.hex()
def sealed(row):
    one = cookie(row["keys"])
    return one.header(one.seal(bytes.fromhex(row["state"]), row["now"]))
print(json.dumps({"opened": [opened(row) for row in asked["open"]], "sealed": [sealed(row) for row in asked["seal"]],
                  "removal": cookie(asked["seal"][0]["keys"]).removal, "largest": cookie_size.largest_state(asked["name"])}))
`;
const skip = skipUnless({ "the Python side": python() });

for (const to of [
  {},
  { project: "Läden 日本", name: "state_of-shop" },
  { retention: 0 },
  { retention: 1500 },
]) {
  test(`Python opens it, and is opened: ${JSON.stringify(to)}`, { skip }, async () => {
    const own = await cookieOf(`${NEW},${OLD}`, to);
    const sizes = [0, 1, 2, 3, 700];
    const states = sizes.map((size) => STATE.slice(0, size));
    const headers = await Promise.all(states.map((state) => own.seal(state, NOW)));
    const open = headers.map((header) => ({ keys: `${OLD}\n${NEW}`, value: valueOf(header), now: NOW }));
    open.push({ ...open[4], keys: OLD }, { ...open[4], value: "B" + open[4].value.slice(1) });
    const seal = states.map((state) => ({
      keys: `${OLD} ${NEW}`,
      state: Buffer.from(state).toString("hex"),
      now: NOW + 1,
    }));
    const told = JSON.parse(runPython(["-c", PYTHON_SIDE], JSON.stringify({ ...TO, ...to, open, seal })));
    assert.deepEqual(
      told.opened.slice(0, 5),
      states.map((state) => Buffer.from(state).toString("hex")),
    );
    assert.deepEqual(told.opened.slice(5), ["unknown_key", "other_version"]);
    for (const [i, header] of told.sealed.entries()) {
      assert.deepEqual((await own.open(valueOf(header), NOW + 1)).state, states[i]);
      // Name and attributes too, and as long as ours.
      assert.equal(header.replace(valueOf(header), ""), headers[i].replace(valueOf(headers[i]), ""));
      assert.equal(header.length, headers[i].length);
    }
    assert.equal(told.removal, own.removal);
    assert.ok(own.fits(told.largest) && !own.fits(told.largest + 1));
    assert.equal((await own.seal(new Uint8Array(told.largest), NOW)).length <= 4096, true);
    await assert.rejects(own.seal(new Uint8Array(told.largest + 1), NOW));
  });
}

test("a changed byte, another name, project or key is refused", async () => {
  const own = await cookieOf(OLD);
  const value = valueOf(await own.seal(STATE, NOW));
  const raw = rawOf(value);
  assert.deepEqual(await own.open(value, NOW), { state: STATE });
  for (let at = 0; at < raw.length; at++) {
    const changed = Buffer.from(raw);
    changed[at] ^= 1 << (at % 8);
    const wanted = at === 0 ? "other_version" : at === 1 ? "unknown_key" : "forged";
    assert.deepEqual(await own.open(changed.toString("base64url"), NOW), { refused: wanted }, `byte ${at}`);
  }
  assert.deepEqual(await (await cookieOf(OLD, { name: "other" })).open(value, NOW), { refused: "forged" });
  assert.deepEqual(await (await cookieOf(OLD, { project: "other" })).open(value, NOW), { refused: "forged" });
  assert.deepEqual(await (await cookieOf(NEW)).open(value, NOW), { refused: "unknown_key" });
  assert.deepEqual(await (await cookieOf("1:" + "ab".repeat(32))).open(value, NOW), { refused: "forged" });
  assert.deepEqual(await (await cookieOf(`${NEW},${OLD}`)).open(value, NOW), { state: STATE });
});

test("no text but the one that was sealed", async () => {
  const own = await cookieOf(OLD);
  const value = valueOf(await own.seal(STATE.slice(0, 1), NOW));
  assert.equal(value.length % 4, 2, "the last character has bits to spare");
  const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".indexOf(value.at(-1));
  const spare =
    value.slice(0, -1) + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last + 1];
  for (const bad of [
    "",
    "=",
    "A",
    "Zm9v",
    spare,
    value + "=",
    value + "==",
    " " + value,
    value + "\n",
    value + "AAA",
    value.slice(1),
    value.replace(/./, "+"),
    "é".repeat(60),
    "%".repeat(60),
    '"' + value + '"',
  ]) {
    const found = await own.open(bad, NOW);
    assert.ok(["malformed", "other_version"].includes(found.refused), JSON.stringify([bad, found]));
  }
  assert.deepEqual(await own.open("A".repeat(4097), NOW), { refused: "too_large" });
  assert.deepEqual(await own.open("A".repeat(4096), NOW), { refused: "other_version" });
});

test("an old one is too old, one of a clock ahead is not", async () => {
  const own = await cookieOf(OLD);
  const value = valueOf(await own.seal(STATE, NOW));
  assert.ok((await own.open(value, NOW + 30 * DAY)).state);
  assert.deepEqual(await own.open(value, NOW + 30 * DAY + 1), { refused: "too_old" });
  assert.ok((await own.open(value, NOW - 400 * DAY)).state);
});

test("nothing can be read in it, and no two are alike", async () => {
  const own = await cookieOf(OLD);
  const state = new TextEncoder().encode("somebody who likes shoes");
  const values = await Promise.all(
    Array.from({ length: 50 }, async () => valueOf(await own.seal(state, NOW))),
  );
  assert.equal(new Set(values.map((value) => rawOf(value).subarray(2, 14).toString("hex"))).size, 50);
  for (const value of values) assert.ok(!rawOf(value).includes("shoes"));
});

test("keys that are none are refused, and not quoted", async () => {
  const secret = "ab".repeat(32);
  for (const bad of [
    "",
    " ,\n",
    secret,
    `1:${secret.slice(2)}`,
    `256:${secret}`,
    `1:${secret},1:${secret}`,
    `-1:${secret}`,
    `1:${secret}x`,
  ]) {
    await assert.rejects(openKeys(bad), (error) => !error.message.includes("abab"));
  }
  await assert.rejects(async () => new SealedCookie(await openKeys(OLD), { ...TO, name: "a b" }));
});
