// The state of a device in the sealed cookie, on workerd; Python seals and opens the same cookies.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { build, folderFor, runPython } from "../../../runtime/js/test/tools.mjs";
import { PAGE, decide, givenIn, running, skip } from "./kit.mjs";
import { bytesOf } from "./workerd.mjs";

const OLD = "1:" + "00010203".repeat(8);
const NEW = "2:" + "f0e1d2c3".repeat(8);
const LOST = "3:" + "aa".repeat(32);
const CONSENT = "personalization";
const NAME = "__Host-tacit";
const DECIDED = ["shipping_bar", "cookie_notice", "announcement", "home_hero", "product_badge"];

const PYTHON_SIDE = `
import base64, json, sys
from tacit.edge_server.cookie import Keys, SealedCookie
from tacit.runtime import Bundle, DeviceState, cookie_size
asked = json.load(sys.stdin)
bundle = Bundle.load(base64.b64decode(asked["bundle"]))
cookie = SealedCookie(Keys.parse(asked["keys"]), project=asked.get("project", "storefront"))
now, consent = asked["now"], asked["consent"]
if "value" in asked:
    data = cookie.open(asked["value"], now)
    assert isinstance(data, bytes), data
    state = DeviceState.load(bundle, data, now, consent=consent)
    assert state.warning is None and state.bytes == data
else:
    state = DeviceState(bundle, now, consent=consent)
for name, fields in asked.get("events", []):
    assert state.record_event(name, fields, now=now)
print(json.dumps({"export": state.export(), "value": cookie.seal(state.bytes, now)}))
`;

/** What Python makes of a cookie, or of a fresh state, after some events. */
function byPython(bundle, asked) {
  const whole = {
    bundle: Buffer.from(bundle).toString("base64"),
    keys: `${NEW} ${OLD}`,
    now: Date.now(),
    consent: [CONSENT],
    ...asked,
  };
  return JSON.parse(runPython(["-c", PYTHON_SIDE], JSON.stringify(whole)));
}

/** The value in a Set-Cookie; null: there is none. */
function valueIn(headers) {
  const text = headers.get("Set-Cookie");
  if (text === null) return null;
  assert.match(text, /^__Host-tacit=[A-Za-z0-9_-]*; Path=\/; Max-Age=\d+; HttpOnly; Secure; SameSite=Lax$/);
  return text.slice(NAME.length + 1, text.indexOf(";"));
}

/** What a browser at a desk sends. */
const sent = (value, consent) => ({
  Cookie: cookies(value, consent),
  "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)",
});
const cookies = (value, consent = CONSENT) =>
  ["install_id=ada", consent && `consent=${consent}`, value && `${NAME}=${value}`].filter(Boolean).join("; ");
const keeping = (t, more = {}) =>
  running(t, { ...more, env: { TACIT_STATE_KEYS: `${NEW},${OLD}`, ...more.env } });
const shoes = Array(3).fill(["product_viewed", { path: "shoes/trail", sport: "running" }]);

test("a page records what it shows, and Python reads the cookie", { skip }, async (t) => {
  const { url, origin, bundle } = await keeping(t);
  const first = await fetch(`${url}/`, { headers: { Cookie: cookies(null) } });
  const value = valueIn(first.headers);
  const hero = JSON.parse(givenIn(await first.text())).surfaces.home_hero;
  const { export: told } = byPython(bundle, { value });
  const shown = told.items.find(({ kind, of }) => kind === "surface" && of === "home_hero").holds;
  assert.equal(shown[0], hero.variant);
  const again = await fetch(`${url}/`, { headers: { Cookie: cookies(value) } });
  const { export: later } = byPython(bundle, { value: valueIn(again.headers) });
  assert.equal(later.first_seen, told.first_seen);
  assert.ok(JSON.stringify(later) !== JSON.stringify(told));
  assert.ok(origin.requests.every(({ headers }) => !JSON.stringify(headers).includes("tacit")));
});

test("a page is decided from what Python has sealed, by either key", { skip }, async (t) => {
  const { url, bundle } = await keeping(t);
  const variant = async (value, consent) => {
    const reply = await fetch(`${url}/`, { headers: sent(value, consent) });
    return JSON.parse(givenIn(await reply.text())).surfaces.home_hero;
  };
  for (const keys of [OLD, NEW]) {
    const { value } = byPython(bundle, { keys, events: shoes });
    assert.deepEqual(await variant(value), { variant: "shoes", reason: "RULE_MATCH", rule: "shoe-fans" });
    assert.notEqual(
      (await variant(value, "")).variant,
      "shoes",
      "without consent what was looked at does not count",
    );
  }
  assert.notEqual((await variant(null)).variant, "shoes");
});

test("what does not count is a fresh state, and never an error", { skip }, async (t) => {
  const { url, bundle, told } = await keeping(t);
  const { value } = byPython(bundle, { events: shoes });
  const changed = (at) => value.slice(0, at) + (value[at] === "B" ? "C" : "B") + value.slice(at + 1);
  const bad = {
    forged: [
      changed(100),
      changed(value.length - 10),
      byPython(bundle, { project: "other", events: shoes }).value,
    ],
    unknown_key: [byPython(bundle, { keys: LOST, events: shoes }).value],
    malformed: ["A", value.slice(0, 20), '"x"', "%00", value + "=="],
    other_version: ["B".repeat(100)],
    too_large: ["A".repeat(4097)],
  };
  for (const [why, values] of Object.entries(bad)) {
    for (const each of values) {
      const reply = await fetch(`${url}/`, { headers: sent(each) });
      const html = await reply.text();
      assert.equal(reply.status, 200);
      assert.notEqual(JSON.parse(givenIn(html)).surfaces.home_hero.variant, "shoes", why);
      assert.ok(valueIn(reply.headers), "a fresh one takes its place");
    }
    assert.ok(told().includes(`cookie refused: ${why}`), `${why}: ${told()}`);
  }
  assert.ok(!told().includes("BBBB"), "nothing of a cookie is logged");
});

test("records by JSON: what happened, what the person says, export, off, erase", { skip }, async (t) => {
  const { url, bundle } = await keeping(t);
  let value = null;
  const send = async (body) => {
    const reply = await decide(url, { consent: [CONSENT], ...body }, sent(value));
    assert.equal(reply.status, 200, JSON.stringify(reply.body));
    const set = valueIn(reply.headers);
    value = set === null ? value : set || null;
    return { ...reply.body, set };
  };
  const hero = async (body = {}) =>
    (await send({ ...body, surfaces: ["home_hero"] })).surfaces.home_hero.variant;
  assert.equal((await send({})).set, null, "of whom nothing was recorded gets no cookie");
  const viewed = shoes.map(([event, fields], i) => ({
    event,
    fields,
    at: Date.now() - 1000,
    nonce: `n${i}`,
  }));
  const first = await send({
    records: [...viewed, viewed[0], { event: "nothing" }, { shown: "nowhere", variant: "x" }],
    shown: true,
    session: "s1",
  });
  assert.deepEqual(first.recorded, [true, true, true, false, false, false]);
  assert.equal(first.surfaces.home_hero.variant, "shoes");
  assert.deepEqual(Object.keys(first.surfaces), DECIDED);
  const { state } = await send({ export: true });
  assert.deepEqual(state, byPython(bundle, { value }).export);
  const surface = state.items.find(({ kind, of }) => kind === "surface" && of === "home_hero").holds;
  assert.equal(surface[0], "shoes");
  assert.notEqual(surface[1], 0, "with the rule, so that it can be held");
  assert.deepEqual(
    (await send({ records: [{ clicked: "home_hero" }, { dismissed: "home_hero", variant: "comeback" }] }))
      .recorded,
    [true, true],
  );
  assert.equal(await hero(), "shoes");
  const named = { surface: "home_hero", variant: "shoes" };
  for (const what of ["not_interested", "less_of"]) {
    for (const target of [named, { topic: "shoes" }, { surface: "home_hero" }]) {
      assert.notEqual(await hero({ records: [{ [what]: target }] }), "shoes");
      assert.deepEqual((await send({ records: [{ undo: target }, { undo: target }] })).recorded, [
        true,
        false,
      ]);
      assert.equal(await hero(), "shoes");
    }
  }
  assert.deepEqual((await send({ records: [{ not_interested: { topic: "nowhere" } }] })).recorded, [false]);
  assert.equal(await hero({ records: [{ turn_off: true }] }), "classic");
  assert.equal((await send({ export: true })).state.off, true);
  assert.equal((await send({ records: viewed })).recorded.includes(true), false);
  await send({ records: [{ turn_on: true }] });
  assert.notEqual(await hero(), "shoes");
  await send({ records: viewed });
  assert.equal(await hero(), "shoes");
  assert.equal((await send({ records: [{ erase: true }] })).set, "", "nothing is left, not even a cookie");
  assert.notEqual(await hero(), "shoes");
});

test("what was bound to consent goes with it", { skip }, async (t) => {
  const { url, bundle } = await keeping(t);
  const { value } = byPython(bundle, { events: shoes });
  const reply = await decide(url, { consent: [], export: true }, { Cookie: cookies(value) });
  assert.ok(reply.body.state.items.every(({ purpose }) => purpose === null));
  const kept = byPython(bundle, { value: valueIn(reply.headers), consent: [] }).export;
  assert.deepEqual(kept.items, reply.body.state.items);
});

test("records that are none", { skip }, async (t) => {
  const { url } = await keeping(t);
  const code = async (records) => (await decide(url, { records })).body.code;
  for (const bad of [
    1,
    [1],
    [{}],
    [{ event: "a", shown: "b" }],
    [{ event: "" }],
    [{ event: 1 }],
    [{ event: "a".repeat(129) }],
    [{ event: "a", fields: [] }],
    [{ event: "a", at: 0.5 }],
    [{ event: "a", nonce: "" }],
    [{ event: "a", more: 1 }],
    [{ shown: "a" }],
    [{ clicked: "a", variant: 1 }],
    [{ not_interested: "a" }],
    [{ less_of: {} }],
    [{ undo: { topic: "a", surface: "b" } }],
    [{ less_of: { variant: "a" } }],
    [{ turn_off: false }],
    [{ erase: 1 }],
    [{ turn_on: true, now: 1 }],
  ])
    assert.equal(await code(bad), "invalid_request", JSON.stringify(bad));
  assert.equal(await code(Array(65).fill({ erase: true })), "too_many_records");
  assert.equal((await decide(url, { session: 1 })).body.code, "invalid_request");
});

test("a bundle whose state may outgrow the cookie is refused", { skip }, async (t) => {
  const folder = folderFor(t);
  const source = join(folder, "big.yaml");
  const path = join(folder, "big.tacit");
  const windows = Array.from({ length: 12 }, (_, i) => [
    `n${i}`,
    { count: "seen", within: "30d", slot: "1d", where: `n == ${i}` },
  ]);
  const when = windows.map(([name]) => `${name} > 2`).join(" || ");
  writeFileSync(
    source,
    JSON.stringify({
      project: "big",
      events: { seen: { fields: { n: "int" } } },
      aggregates: Object.fromEntries(windows),
      surfaces: {
        home_hero: { default: "a", variants: { a: null, b: null }, rules: [{ id: "r", when, show: "b" }] },
      },
    }),
  );
  build(source, path);
  const { url, told } = await keeping(t, { bundle: bytesOf(path) });
  assert.equal(await (await fetch(`${url}/`)).text(), PAGE);
  assert.match(told(), /bundle refused: state_too_large/);
});

test("keys that are none: pages pass unchanged, and nothing is quoted", { skip }, async (t) => {
  const { url, told } = await running(t, { env: { TACIT_STATE_KEYS: "1:SECRET" } });
  assert.equal(await (await fetch(`${url}/`)).text(), PAGE);
  assert.equal((await decide(url, {})).status, 500);
  assert.ok(told().includes("not decided") && !told().includes("SECRET"));
});
