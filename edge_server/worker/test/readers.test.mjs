// Signals of a request: as the Python edge reads them, and nothing of them goes on to the origin.
import assert from "node:assert/strict";
import test from "node:test";
import { python, runPython, skipUnless } from "../../../runtime/js/test/tools.mjs";
import * as readers from "../src/readers.js";
import { readBy, takeApart, upstream } from "../src/requests.js";

const OFFERED = ["en", "de", "pt-BR"];
const LANGUAGES = [
  "",
  "de",
  "de-CH, de;q=0.9, *;q=0.1",
  "*",
  "fr, *;q=0.1",
  "en;q=0, *",
  "en;q=0",
  "de;q=0.5,en;q=0.8",
  "DE-ch",
  "pt",
  "pt-br",
  "pt-BR-x",
  "de;q=1.0001",
  "de;q=2, en",
  "de;q",
  "de;q=",
  "de; q = 0.3 , en;q=0.2",
  "de;level=1",
  "de;x=1;q=0.1,en;q=.5",
  "de-CH-1996,en;q=0.9",
  ",,de",
  "d e",
  "-de",
  "de-",
  "a".repeat(1001),
  "zh-Hant-TW, zh",
  "*;q=0, de",
  "q=1",
  "de;Q=0.4,en;q=0.5",
];
const AGENTS = [
  "",
  "Mozilla/5.0 (X11; Linux x86_64) Firefox/130",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18)",
  "Mozilla/5.0 (iPad)",
  "Mozilla/5.0 (Linux; Android 14; Pixel) Mobile Safari",
  "Mozilla/5.0 (Linux; Android 14) Safari",
  "Googlebot/2.1",
  "curl/8",
  "x curl/8",
  "HeadlessChrome/130",
  "robot arm",
  "botany",
  "Kindle",
  "Opera Mini",
  "node",
  "nodelike",
  "Lighthouse",
];
const HINTS = ["", "?0", "?1", "1"];
const COUNTRIES = ["", "DE", "de", "XX", "xx", "T1", "A1", "D", "DEU", "D1", "ÄÖ", " CH ", "DE, FR"];
const FLAGS = ["", "1", "?1", "on", "ON", "true", "0", "?0", "off", "false", "yes", "toString", "__proto__"];

const PYTHON_SIDE = `
import json, sys
from tacit.edge_server.devices import device_class
from tacit.edge_server.headers import HeaderSignal, fill
from tacit.edge_server.weighted import best_language
from starlette.datastructures import Headers
asked = json.load(sys.stdin)
def read(kind, value):
    return fill((HeaderSignal("x", kind, "X"),), Headers({"X": value} if value else {}), {}).signals.get("x")
print(json.dumps({
    "offered": [best_language(each, asked["offered"]) for each in asked["languages"]],
    "any": [best_language(each) for each in asked["languages"]],
    "devices": [device_class(agent or None, hint or None) for agent in asked["agents"] for hint in asked["hints"]],
    "countries": [read("country", each) for each in asked["countries"]],
    "flags": [read("flag", each) for each in asked["flags"]],
}))
`;

const asked = (headers, url = "https://shop.example/") => takeApart(new Request(url, { headers }));
const read = (reader, headers, url) => reader.read(asked(headers, url));

test("as the Python edge reads them", { skip: skipUnless({ "the Python side": python() }) }, () => {
  const countries = COUNTRIES.filter((each) => /^[\x00-\xff]*$/.test(each));
  const told = JSON.parse(
    runPython(
      ["-c", PYTHON_SIDE],
      JSON.stringify({
        offered: OFFERED,
        languages: LANGUAGES,
        agents: AGENTS,
        hints: HINTS,
        countries,
        flags: FLAGS,
      }),
    ),
  );
  const language = (offered) =>
    LANGUAGES.map((each) => read(readers.language(offered), { "Accept-Language": each }));
  assert.deepEqual(language(OFFERED), told.offered);
  assert.deepEqual(language([]), told.any);
  const device = (agent, hint) => read(readers.device(), { "User-Agent": agent, "Sec-CH-UA-Mobile": hint });
  assert.deepEqual(
    AGENTS.flatMap((agent) => HINTS.map((hint) => device(agent, hint))),
    told.devices,
  );
  assert.deepEqual(
    countries.map((each) => read(readers.country("X"), { X: each })),
    told.countries,
  );
  assert.deepEqual(
    FLAGS.map((each) => read(readers.flag("X"), { X: each })),
    told.flags,
  );
  for (const found of ["offered", "any", "devices", "countries", "flags"])
    assert.ok(new Set(told[found]).size > 2, found);
});

test("names of the bundle's own for devices", () => {
  const phone = { "User-Agent": "iPhone" };
  assert.equal(read(readers.device({ mobile: "phone" }), phone), "phone");
  assert.equal(read(readers.device({ mobile: "phone" }), { "User-Agent": "iPad" }), "tablet");
  assert.equal(read(readers.device({ __proto__: { mobile: "no" } }), phone), "mobile");
});

test("texts, cookies and parameters", () => {
  assert.equal(read(readers.text("X"), { X: " a b " }), "a b");
  for (const bad of ["", "é", "a".repeat(1001)]) assert.equal(read(readers.text("X"), { X: bad }), null);
  const cookies = { Cookie: 'b=2; a=%C3%A9%20x; a=other; bad=%E0%A4%A; empty=; noname; =odd; q="7"' };
  const cookie = (name, as) => read(readers.cookie(name, as), cookies);
  assert.deepEqual(
    ["a", "b", "bad", "empty", "nowhere", "noname"].map((name) => cookie(name)),
    ["é x", "2", "%E0%A4%A", "", null, null],
  );
  assert.equal(cookie("b", Number), 2);
  const url = "https://shop.example/?utm=%C3%A9&utm=2&n=5&long=" + "a".repeat(1001);
  assert.equal(read(readers.query("utm"), {}, url), "é");
  assert.equal(read(readers.query("n", Number), {}, url), 5);
  assert.deepEqual([read(readers.query("long"), {}, url), read(readers.query("no"), {}, url)], [null, null]);
});

test("nothing that a reader looks at goes on, and the rest does", async () => {
  const all = [
    readers.country("X-Country"),
    readers.device(),
    readers.language(),
    readers.cookie("tier"),
    readers.query("utm"),
  ];
  const from = new Request("https://shop.example/p?utm=x&q=a%20b", {
    method: "POST",
    body: "order=1",
    headers: {
      "x-country": "DE",
      "USER-AGENT": "iPhone",
      "Sec-CH-UA-Mobile": "?1",
      "Accept-Language": "de",
      Cookie: "sid=9;tier=gold; tier=2; lone; a=b=c",
      Referer: "https://shop.example/?utm=x&q=1",
      Authorization: "Bearer t",
      "If-None-Match": '"e"',
    },
  });
  const sent = upstream(from, readBy(all), null);
  assert.deepEqual(Object.fromEntries(sent.headers), {
    authorization: "Bearer t",
    "content-type": "text/plain;charset=UTF-8",
    cookie: "sid=9; lone; a=b=c",
    referer: "https://shop.example/?q=1",
    "if-none-match": '"e"',
  });
  assert.equal(sent.url, "https://shop.example/p?q=a+b");
  assert.deepEqual([sent.method, sent.redirect, await sent.text()], ["POST", "manual", "order=1"]);
});

test("an address without such parameters stays as it is written; pages are asked for afresh", () => {
  const read_ = readBy([readers.query("utm"), readers.cookie("tier")]);
  const from = new Request("https://shop.example/p?q=a%20b&r", {
    headers: {
      Accept: "text/html,*/*",
      Cookie: "tier=gold",
      "If-None-Match": '"e"',
      Range: "bytes=0-1",
      Referer: "no address",
    },
  });
  const sent = upstream(from, read_, "http://origin.example:81/ignored");
  assert.equal(sent.url, "http://origin.example:81/p?q=a%20b&r");
  assert.deepEqual(Object.fromEntries(sent.headers), { accept: "text/html,*/*", referer: "no address" });
});
