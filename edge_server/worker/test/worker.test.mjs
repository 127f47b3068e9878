// The worker on the real workerd: pages, the JSON endpoint, and what reaches the origin.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { take } from "../../../runtime/js/src/given.js";
import { Bundle } from "../../../runtime/js/src/state.js";
import { build, folderFor } from "../../../runtime/js/test/tools.mjs";
import { HTML, PAGE, decide, givenIn, pages, running, skip } from "./kit.mjs";
import { bytesOf } from "./workerd.mjs";

/** A visitor from Switzerland with a phone; none of these words may reach the origin. */
const VISITOR = {
  "CF-IPCountry": "CH",
  "User-Agent": "Mozilla/5.0 (iPhone) Mobile SECRET",
  "Sec-CH-UA-Mobile": "?1",
  "Accept-Language": "de-CH",
  Cookie:
    "sid=kept; install_id=SECRET-install; loyalty_tier=gold; consent=personalization; __Host-tacit=SECRET-state",
  Referer: "http://shop.example/?utm_campaign=SECRET-mail",
};

test("a page is decided on the way, and the page's own runtime takes it over", { skip }, async (t) => {
  const { url, bundle: bytes } = await running(t, {
    handler: pages(PAGE, {
      ...HTML,
      ETag: '"1"',
      "Last-Modified": "Sat, 28 Nov 2026 05:00:00 GMT",
      "Cache-Control": "public, max-age=600",
      "CDN-Cache-Control": "max-age=600",
      "X-Own": "kept",
    }),
  });
  const reply = await fetch(`${url}/`, { headers: VISITOR });
  const html = await reply.text();
  assert.equal(reply.status, 200);
  assert.equal(reply.headers.get("Cache-Control"), "private, no-cache");
  for (const name of ["ETag", "Last-Modified", "CDN-Cache-Control", "Set-Cookie"])
    assert.equal(reply.headers.get(name), null, name);
  assert.equal(reply.headers.get("X-Own"), "kept");
  const given = givenIn(html);
  const bundle = Bundle.load(bytes);
  const signals = {
    country: "CH",
    device_class: "mobile",
    language: "de",
    install_id: "SECRET-install",
    loyalty_tier: "gold",
  };
  const { at } = JSON.parse(given);
  const own = bundle.decideAll(signals, { now: at, consent: ["personalization"] });
  const taken = take(bundle, given);
  assert.deepEqual([...taken.keys()], ["shipping_bar", "announcement", "home_hero", "product_badge"]);
  for (const [surface, decision] of taken) {
    assert.deepEqual(decision.toJSON(), { ...own.get(surface).toJSON(), unknown: [] });
  }
  assert.equal(taken.get("announcement").variant, "customs");
  assert.equal(
    html.replace(/<script.*<\/script>/, ""),
    PAGE.replace('data-tacit="home_hero"', '$& data-tacit-variant="classic"')
      .replace("Welcome", "Everything for outside")
      .replace("/all", "/new")
      .replace("Nothing new", "Duties are included in our prices."),
  );
  assert.ok(
    html.indexOf("<script") > html.indexOf("<title>") && html.indexOf("</script>") < html.indexOf("</head>"),
  );
  for (const word of ["SECRET", "gold", "mobile", '"CH"']) assert.ok(!given.includes(word), word);
});

test("the origin learns nothing of signals, state or consent", { skip }, async (t) => {
  const { url, origin } = await running(t);
  const path = "/p?utm_campaign=SECRET-newsletter&q=boots";
  await fetch(url + path, { headers: { ...VISITOR, Accept: "text/html", "If-None-Match": '"1"' } });
  await fetch(url + path, { headers: VISITOR, method: "POST", body: "order=1" });
  const asked = origin.requests.length;
  await decide(url, { signals: { viewing: ["SECRET"] } }, VISITOR);
  assert.equal(origin.requests.length, asked, "the endpoint asks nobody");
  assert.deepEqual(
    origin.requests.map(({ method, url: sent, body }) => [method, sent, String(body)]),
    [
      ["GET", "/p?q=boots", ""],
      ["POST", "/p?q=boots", "order=1"],
    ],
  );
  for (const { headers } of origin.requests) {
    const { host, accept, cookie, referer } = headers;
    assert.deepEqual([host, cookie, referer], [new URL(origin.url).host, "sid=kept", "http://shop.example/"]);
    assert.ok(accept);
    const others = Object.keys(headers).filter(
      (name) => !["host", "accept", "cookie", "referer"].includes(name),
    );
    const harmless = [
      "accept-encoding",
      "cache-control",
      "connection",
      "content-length",
      "content-type",
      "pragma",
      "sec-fetch-mode",
      "transfer-encoding",
    ];
    assert.deepEqual(
      others.filter((name) => !harmless.includes(name)),
      [],
    );
  }
  const everything = JSON.stringify(origin.requests);
  for (const word of ["SECRET", "gold", "iPhone", "de-CH", "personalization", "tacit", "?1"])
    assert.ok(!everything.includes(word), word);
});

test("what is no page goes through as it came", { skip }, async (t) => {
  const replies = {
    "/data.json": [
      200,
      { "Content-Type": "application/json", ETag: '"d"', "Cache-Control": "public" },
      '{"a":"<head></head>"}',
    ],
    "/img": [200, { "Content-Type": "image/avif" }, Buffer.from([0, 255, 60, 104, 101, 97, 100, 62])],
    "/gone": [404, HTML, "<head></head>gone"],
    "/moved": [302, { ...HTML, Location: "/elsewhere" }, "<head></head>"],
    "/empty": [204, HTML, ""],
    "/untyped": [200, {}, "<head></head>"],
  };
  const { url, origin } = await running(t, {
    handler(request, response) {
      const [status, headers, body] = replies[request.url] || [200, HTML, PAGE];
      response.writeHead(status, headers).end(body);
    },
  });
  for (const [path, [status, headers, body]] of Object.entries(replies)) {
    const reply = await fetch(url + path, { redirect: "manual" });
    assert.equal(reply.status, status, path);
    for (const [name, value] of Object.entries(headers)) assert.equal(reply.headers.get(name), value, path);
    assert.deepEqual(Buffer.from(await reply.arrayBuffer()), Buffer.from(body), path);
  }
  const head = await fetch(`${url}/`, { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
  const post = await fetch(`${url}/`, { method: "POST", body: "x" });
  assert.equal(await post.text(), PAGE);
  await origin.close();
  assert.equal((await fetch(`${url}/`)).status, 502);
  assert.equal((await decide(url, {})).status, 200, "the endpoint goes on without the origin");
});

test("a bundle that is none: pages pass unchanged", { skip }, async (t) => {
  const { url, told } = await running(t, {
    bundle: new Uint8Array([1, 2, 3]),
    handler: pages(PAGE, { ...HTML, "Cache-Control": "public", ETag: '"1"' }),
  });
  for (let i = 0; i < 2; i++) {
    const reply = await fetch(`${url}/`, { headers: VISITOR });
    assert.deepEqual(
      [reply.headers.get("ETag"), reply.headers.get("Cache-Control"), await reply.text()],
      ['"1"', "public", PAGE],
    );
  }
  const { status, body } = await decide(url, {});
  assert.deepEqual([status, body.code], [503, "no_bundle"]);
  assert.equal(told().split("bundle refused: R105").length, 2, "once");
});

test("pages without a head, with two, with a forged decision, in another encoding", { skip }, async (t) => {
  const forged =
    '{"tacit":1,"at":1,"surfaces":{"announcement":{"variant":"newsletter","reason":"RULE_MATCH","rule":"from-newsletter"}}}';
  const sent = {
    "/bare": "<p>no head",
    "/two": "<head></head><body><head><title>again</title></head>",
    "/open": "<head><title>t</title><p>never closed",
    "/forged": `<html><head><script type="application/json" id="tacit-given">${forged}</script></head>
      <body><div id="tacit-given">${forged}</div><p id=tacit-given>${forged}</p></body></html>`,
    "/latin": Buffer.from("<head></head>\xe4<p data-tacit-text='announcement text'></p>", "latin1"),
  };
  const { url } = await running(t, {
    handler: (request, response) =>
      response
        .writeHead(200, {
          "Content-Type": `text/html; charset=${request.url === "/latin" ? "iso-8859-1" : "utf-8"}`,
        })
        .end(sent[request.url]),
  });
  for (const path of Object.keys(sent)) {
    const raw = Buffer.from(await (await fetch(url + path, { headers: VISITOR })).arrayBuffer());
    const html = raw.toString("latin1");
    const given = JSON.parse(givenIn(html));
    assert.equal(given.surfaces.announcement.variant, "customs", path);
    assert.ok(!html.includes("from-newsletter"), path);
    if (path === "/latin")
      assert.ok(html.includes("\xe4<p data-tacit-text='announcement text'>Duties are"), html);
  }
});

test("content and ids are never markup", { skip }, async (t) => {
  const folder = folderFor(t);
  const source = join(folder, "nasty.yaml");
  const path = join(folder, "nasty.tacit");
  // A compiler takes no such id; a bundle from elsewhere may have one.
  const id = "A".repeat(40);
  const bad = `</script><img src=x onerror=a()>"'--><!-- &`.slice(0, 40).padEnd(40, " ");
  const text = "</script><script>alert(1)</script><!--]]>\u2028\"'&lt;b&gt;";
  const addresses = [
    "javascript:alert(1)",
    "java&#115;cript:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,x",
    "JAVASCRIPT:alert(1)",
    "vbscript:x",
    '/fine?a=1&lt=2&copy="3"><b>',
    "https://fine.example/",
  ];
  const yaml = (value) => JSON.stringify(value).replace(/\u2028/g, "\\u2028");
  writeFileSync(
    source,
    yaml({
      project: "nasty",
      surfaces: {
        home_hero: {
          default: "zzz",
          variants: { zzz: null, [id]: { text, n: 7, nested: { text }, list: [text], link: addresses } },
          rules: [{ id: "all", show: id }],
        },
        ...Object.fromEntries(
          addresses.map((link, i) => [`a${i}`, { default: "only", variants: { only: { link } } }]),
        ),
      },
    }),
  );
  build(source, path);
  const bytes = Buffer.from(bytesOf(path));
  const at = bytes.indexOf(id);
  assert.ok(at > 0 && bytes.indexOf(id, at + 1) < 0);
  bytes.write(bad, at, "latin1");
  const page = `<html><head></head><body><div data-tacit="home_hero"></div><p data-tacit-text="home_hero text"></p><p data-tacit-text="home_hero nested text"></p>
    <p data-tacit-text="home_hero n"></p><i data-tacit-text="home_hero list">own</i><i data-tacit-text="home_hero __proto__">own</i><i data-tacit-text="home_hero nowhere deep">own</i>
    ${addresses.map((_, i) => `<a data-tacit-href="a${i} link" href="/own"></a><img data-tacit-src="a${i} link">`).join("")}</body></html>`;
  const { url } = await running(t, { bundle: bytes, handler: pages(page) });
  const html = await (await fetch(`${url}/`)).text();
  const given = givenIn(html);
  assert.deepEqual(JSON.parse(given).surfaces.home_hero, { variant: bad, reason: "RULE_MATCH", rule: "all" });
  assert.equal(html.split(/<script/i).length, 2, "one script element");
  assert.ok(!/<img src=x|<b>|<!--|alert\(1\)<\/script>/.test(html), html);
  const escaped = (value) => value.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const shown = escaped(text);
  assert.ok(html.includes(`<p data-tacit-text="home_hero text">${shown}</p>`), html);
  assert.ok(html.includes(`<p data-tacit-text="home_hero nested text">${shown}</p>`));
  assert.ok(html.includes('<p data-tacit-text="home_hero n">7</p>'));
  assert.equal(html.split(">own</i>").length, 4);
  const attribute = (value) => escaped(value).replace(/"/g, "&quot;");
  assert.ok(html.includes(`data-tacit-variant="${attribute(bad)}"`), html);
  addresses.forEach((link, i) => {
    // One with an entity in it is an odd path; what matters is that it stays as written.
    const kept = i === 1 || i >= 7 ? attribute(link) : "/own";
    assert.ok(html.includes(`<a data-tacit-href="a${i} link" href="${kept}"></a>`), `${link}: ${html}`);
    assert.ok(
      html.includes(
        kept === "/own"
          ? `<img data-tacit-src="a${i} link">`
          : `<img data-tacit-src="a${i} link" src="${kept}">`,
      ),
      link,
    );
  });
});

test("the JSON endpoint", { skip }, async (t) => {
  const { url, bundle } = await running(t);
  const all = await decide(url, { given: true }, { "CF-IPCountry": "NO", Cookie: "install_id=eva" });
  assert.deepEqual(Object.keys(all.body.surfaces), [
    "shipping_bar",
    "cookie_notice",
    "announcement",
    "home_hero",
    "product_badge",
  ]);
  assert.deepEqual(all.body.surfaces.announcement, {
    variant: "customs",
    content: { text: "Duties are included in our prices.", link: "/help/customs" },
  });
  assert.match(all.body.bundle, /^sha256-[0-9a-f]{64}$/);
  assert.equal(all.headers.get("Cache-Control"), "private, no-store");
  assert.equal(take(Bundle.load(bundle), all.body.given).get("announcement").variant, "customs");
  const named = await decide(
    url,
    { surfaces: ["home_strip", "nowhere", "announcement"], signals: { country: "CH", campaign: "welcome" } },
    { Cookie: "install_id=eva" },
  );
  assert.deepEqual(named.body.surfaces, {
    home_strip: { variant: null, content: null, error: "decided_on_device" },
    nowhere: { variant: null, content: null, error: "no_surface" },
    // What the worker reads itself counts, or nothing: not what the body says.
    announcement: { variant: "none", content: null },
  });
  const viewing = { signals: { viewing: ["shoes/trail"] }, surfaces: ["home_hero"] };
  const hero = (reply) => reply.body.surfaces.home_hero.variant;
  const has = { Cookie: "install_id=ada" };
  assert.equal(hero(await decide(url, viewing, has)), "classic");
  assert.equal(hero(await decide(url, { ...viewing, consent: ["personalization"] }, has)), "running");
  assert.equal(
    hero(await decide(url, viewing, { Cookie: "install_id=ada; consent=ads.personalization" })),
    "running",
  );
  assert.equal(
    hero(
      await decide(url, { ...viewing, consent: [] }, { Cookie: "install_id=ada; consent=personalization" }),
    ),
    "classic",
  );
  const cart = (at) =>
    decide(
      url,
      {
        signals: { cart_items: 2, cart_value: 150 },
        observed_at: { cart_value: at },
        surfaces: ["shipping_bar"],
      },
      has,
    );
  assert.equal((await cart(Date.now())).body.surfaces.shipping_bar.variant, "free");
  assert.equal((await cart(Date.now() - 31 * 60000)).body.surfaces.shipping_bar.variant, "plain");
});

test("requests that are none", { skip }, async (t) => {
  const { url } = await running(t);
  const send = async (body, headers = { "Content-Type": "application/json" }, method = "POST") => {
    const reply = await fetch(`${url}/decide`, { method, headers, body });
    assert.match(reply.headers.get("Content-Type"), /^application\/problem\+json/);
    const told = await reply.json();
    assert.equal(told.status, reply.status);
    return told.code;
  };
  for (const [wanted, body] of [
    ["malformed_json", "{"],
    ["malformed_json", ""],
    ["malformed_json", Buffer.from([123, 255, 125])],
    ["invalid_request", "[]"],
    ["invalid_request", '{"now": 5}'],
    ["invalid_request", '{"signals": []}'],
    ["invalid_request", '{"observed_at": {"a": 0.5}}'],
    ["invalid_request", '{"surfaces": ["a b"]}'],
    ["invalid_request", '{"surfaces": "a"}'],
    ["invalid_request", '{"consent": [1]}'],
    ["invalid_request", '{"consent": "ads"}'],
    ["invalid_request", '{"given": 1}'],
    ["records_not_kept", '{"records": []}'],
    ["records_not_kept", '{"export": true}'],
    [
      "too_many_signals",
      JSON.stringify({ signals: Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`a${i}`, 1])) }),
    ],
    ["too_many_surfaces", JSON.stringify({ surfaces: Array(257).fill("a") })],
    ["body_too_large", " ".repeat(65537)],
  ])
    assert.equal(await send(body), wanted, String(body).slice(0, 60));
  assert.equal(await send("{}", { "Content-Type": "text/plain" }), "unsupported_media_type");
  assert.equal(
    await send("{}", { "Content-Type": "application/json; charset=latin1" }),
    "unsupported_media_type",
  );
  assert.equal(await send(undefined, {}, "GET"), "method_not_allowed");
  assert.equal(await send("{}", { "Content-Type": "application/json" }, "PUT"), "method_not_allowed");
  assert.equal((await decide(url, { signals: { __proto__: 1 } })).status, 200);
});

test("a page shows what the settings say of its address", { skip }, async (t) => {
  const { url } = await running(t);
  const html = await (await fetch(`${url}/checkout`)).text();
  assert.deepEqual(Object.keys(JSON.parse(givenIn(html)).surfaces), ["shipping_bar"]);
  assert.ok(html.includes(">Welcome</h1>"), "what does not show there stays as it came");
});
