// The page in a real Chromium: clicked through, reloaded, in two tabs, without a network.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { PYTHON, packaged, python, skipUnless } from "../../test/tools.mjs";
import { browser, chromium, shots, site } from "./browser.mjs";

const skip = skipUnless({ chromium: chromium(), "puppeteer-core": packaged("puppeteer-core") });
const EVERYBODY = "Everybody sees this.";

/** What a person sees and does. */
class Visitor {
  /** `before`: what happens in the page before its own scripts run. */
  static async come(own, url, { width = 1200, height = 900, before = null } = {}) {
    const page = await own.newPage();
    if (before) await page.evaluateOnNewDocument(before);
    const visitor = new Visitor(page);
    page.on("pageerror", (error) => visitor.wrong.push(error.message));
    page.on("console", (message) => message.type() === "error" && visitor.wrong.push(message.text()));
    page.on("requestfailed", (request) =>
      visitor.wrong.push(`${request.url()} ${request.failure().errorText}`),
    );
    await page.setViewport({ width, height });
    await page.goto(url);
    await visitor.ready();
    return visitor;
  }

  constructor(page) {
    this.page = page;
    /** Whatever the console complains of. */
    this.wrong = [];
  }

  ready() {
    return this.page.waitForSelector("html[data-ready]", { timeout: 15000 });
  }

  offline() {
    return this.page.waitForSelector("html[data-offline]", { timeout: 15000 });
  }

  async reload() {
    await this.page.reload();
    await this.ready();
  }

  press(selector) {
    return this.page.$eval(selector, (element) => element.click());
  }

  async look(product) {
    await this.page.click(`#all [data-product="${product}"]`);
    await this.page.waitForSelector("dialog[open]");
    await this.page.click("dialog .primary");
    await this.page.waitForSelector("dialog:not([open])");
  }

  text(selector) {
    return this.page.$eval(selector, (element) => element.innerText.trim());
  }

  /** Waits until what was done is on the page, all of it, for at most five seconds. */
  settled() {
    const isQuiet = () => !document.body.hasAttribute("aria-busy");
    return this.page.waitForFunction(isQuiet, { timeout: 5000, polling: 20 });
  }

  /** Waits until a slot shows this variant and the page is quiet, for at most five seconds each. */
  async sees(surface, variant) {
    const shown = (name, wanted) => document.getElementById(name).dataset.variant === wanted;
    await this.page
      .waitForFunction(shown, { timeout: 5000, polling: 100 }, surface, variant)
      .catch(async () => {
        assert.equal(
          await this.page.$eval(`#${surface}`, (element) => element.dataset.variant),
          variant,
          surface,
        );
      });
    await this.settled();
  }

  async kept() {
    await this.settled();
    return JSON.parse(await this.page.$eval("#export", (element) => element.textContent));
  }

  shot(name) {
    return this.page.screenshot({ path: join(shots(), `${name}.png`), fullPage: true });
  }
}

/** How often products were viewed, as the export has it. */
const views = ({ items }) =>
  items
    .filter(({ kind, of }) => kind === "count" && of === "product_viewed")
    .flatMap(({ holds }) => holds.flatMap(([, slots]) => slots.filter((_, i) => i % 2)))
    .reduce((left, right) => left + right, 0);

test("clicked through", { skip, timeout: 120000 }, async (t) => {
  const { page: url, origin, asked } = await site(t);
  const { chromium: own, log } = await browser(t);
  const ann = await Visitor.come(own, url);
  await ann.sees("hero", "classic");
  assert.equal(await ann.text("#hero .why"), `You see “Out there, all year”. ${EVERYBODY}`);
  assert.equal(await ann.page.$("#hero .say"), null, "nothing to say of what everybody sees");
  await ann.shot("first");
  // Before she is asked nothing is counted.
  await ann.look("ridge");
  assert.equal(views(await ann.kept()), 0);
  await ann.press("#yes");
  await ann.page.waitForSelector("#ask[hidden]");
  await ann.look("ridge");
  await ann.sees("picks", "shoes");
  await ann.sees("hero", "classic");
  await ann.look("creek");
  await ann.sees("hero", "shoes");
  const because = "You see “Shoes for wet trails”. Shoes are what you looked at most this week.";
  assert.equal(await ann.text("#hero .why p"), because);
  assert.equal(await ann.text("#picks .why p"), "You see “More for your feet”. You looked at shoes.");
  await ann.shot("personal");

  await ann.reload();
  await ann.sees("hero", "shoes");
  assert.equal(await ann.text("#hero .why p"), because);
  assert.equal(views(await ann.kept()), 2);

  await ann.press("#hero .say");
  await ann.sees("hero", "classic");
  assert.match(await ann.text("#told"), /“Shoes for wet trails” will not be shown again/);
  await ann.shot("said");
  await ann.press("#undo-last");
  await ann.sees("hero", "shoes");
  await ann.press("#picks .say:nth-child(2)");
  await ann.sees("hero", "classic");
  await ann.sees("picks", "popular");
  assert.match(await ann.text("#said"), /Less about shoes, for a month/);
  await ann.reload();
  await ann.sees("picks", "popular");
  await ann.press("#said .say");
  await ann.sees("picks", "shoes");
  assert.equal((await ann.kept()).controls.length, 0);

  await ann.look("gale");
  await ann.look("lull");
  await ann.sees("tip", "guide");
  await ann.press("#tip .row .quiet");
  await ann.sees("tip", "none");
  await ann.reload();
  await ann.sees("tip", "none");

  // Export: what is shown is what the file has.
  const saved = await ann.page.$eval("#save", (link) => [
    link.download,
    decodeURIComponent(link.href.split(",").slice(1).join(",")),
  ]);
  assert.deepEqual([saved[0], JSON.parse(saved[1])], ["fernweg.json", await ann.kept()]);

  // Consent taken back: what was bound to it is gone.
  await ann.press("#remember");
  await ann.sees("hero", "classic");
  assert.ok((await ann.kept()).items.every(({ purpose }) => purpose === null));
  await ann.press("#remember");
  await ann.look("haul");
  await ann.look("dash");
  await ann.sees("hero", "packs");

  await ann.press("#off");
  await ann.sees("hero", "classic");
  assert.match(await ann.text("#hero .why"), /switched personalization off/);
  await ann.shot("off");
  const off = await ann.kept();
  assert.deepEqual([off.off, off.items, off.controls], [true, [], []]);
  await ann.look("haul");
  await ann.reload();
  assert.equal((await ann.kept()).off, true);
  await ann.press("#off");
  await ann.look("gale");
  await ann.look("lull");
  await ann.sees("hero", "tents");
  await ann.press("#erase");
  await ann.sees("hero", "classic");
  assert.equal(views(await ann.kept()), 0);

  assert.deepEqual(ann.wrong, []);
  const addresses = await log();
  assert.ok(addresses.length > 30, "the log is there");
  assert.deepEqual(
    addresses.filter(
      (address) => !address.startsWith(`${origin}/examples/web/`) && !address.startsWith(`${origin}/src/`),
    ),
    [],
  );
  assert.deepEqual(
    asked.filter((line) => !/^GET \/(examples\/web|src)\/[a-z0-9./-]*$/.test(line)),
    [],
    "nothing in an address",
  );
});

test("two tabs share one state, and know of each other", { skip, timeout: 120000 }, async (t) => {
  const { page: url } = await site(t);
  const { chromium: own } = await browser(t);
  const one = await Visitor.come(own, url);
  const two = await Visitor.come(own, url);
  await two.press("#yes");
  // A tab in the background draws nothing, so it has to be asked.
  await one.page.waitForFunction(() => document.getElementById("ask").hidden, { polling: 100 });
  const many = () => {
    for (let i = 0; i < 25; i++) {
      document.querySelector('#all [data-product="ridge"]').click();
      document.getElementById("product").close();
    }
  };
  await Promise.all([one.page.evaluate(many), two.page.evaluate(many)]);
  const counted = async () => views(await one.kept());
  for (let i = 0; i < 100 && (await counted()) < 50; i++) await new Promise((done) => setTimeout(done, 50));
  assert.equal(await counted(), 50, "no view of either tab is lost");
  await one.page.bringToFront();
  await one.sees("hero", "shoes");
  await two.page.bringToFront();
  await two.sees("hero", "shoes");
  await two.press("#hero .say");
  await two.sees("hero", "classic");
  await one.sees("hero", "classic");
  assert.deepEqual([...one.wrong, ...two.wrong], []);
});

test(
  "opens without a network after the first load, and goes on remembering",
  { skip, timeout: 120000 },
  async (t) => {
    const { page: url, close } = await site(t);
    const { chromium: own } = await browser(t);
    const ann = await Visitor.come(own, url);
    await ann.press("#yes");
    await ann.look("ridge");
    await ann.look("ridge");
    await ann.offline();
    await close();
    await ann.page.setOfflineMode(true);
    await ann.reload();
    await ann.sees("hero", "shoes");
    await ann.look("gale");
    for (let i = 0; i < 2; i++) await ann.look("lull");
    await ann.sees("hero", "tents");
    const other = await Visitor.come(own, url);
    await other.sees("hero", "tents");
    assert.equal(views(await other.kept()), 5);
  },
);

test("a new version comes with the network, no page is of two", { skip, timeout: 120000 }, async (t) => {
  const text = (name) => readFileSync(new URL(`../web/${name}`, import.meta.url), "utf8");
  const pages = {};
  const version = (name) => {
    pages["/examples/web/"] = text("index.html").replace("<html ", `<html data-version="${name}" `);
    pages["/examples/web/app.js"] = `${text("app.js")}\ndocument.documentElement.dataset.code = "${name}";`;
  };
  const { page: url, close } = await site(t, pages);
  const { chromium: own } = await browser(t);
  version("one");
  const ann = await Visitor.come(own, url);
  await ann.offline();
  const seen = () => ann.page.$eval("html", ({ dataset }) => [dataset.version, dataset.code]);
  await ann.reload();
  await ann.offline();
  assert.deepEqual(await seen(), ["one", "one"]);
  // The network goes away between the page and its files.
  version("two");
  pages["/examples/web/app.js"] = null;
  await ann.page.reload();
  assert.deepEqual(await seen(), ["two", null], "the page as it came, without the code of another");
  pages["/examples/web/"] = null;
  await ann.reload();
  assert.deepEqual(await seen(), ["one", "one"], "what was kept, whole");
  version("two");
  await ann.reload();
  await ann.offline();
  assert.deepEqual(await seen(), ["two", "two"]);
  await close();
  await ann.page.setOfflineMode(true);
  await ann.reload();
  assert.deepEqual(await seen(), ["two", "two"], "the new version was kept");
});

test("goes on where the browser keeps nothing", { skip, timeout: 120000 }, async (t) => {
  const { page: url } = await site(t);
  const { chromium: own } = await browser(t);
  const ways = {
    "no database": () => delete Object.getPrototypeOf(window).indexedDB && delete window.indexedDB,
    "none may be opened": () => {
      IDBFactory.prototype.open = () => {
        throw new DOMException("", "SecurityError");
      };
    },
    "no room, and no service worker": () => {
      ServiceWorkerContainer.prototype.register = async () => {
        throw new DOMException("", "SecurityError");
      };
      IDBObjectStore.prototype.put = () => {
        throw new DOMException("", "QuotaExceededError");
      };
    },
  };
  for (const [way, before] of Object.entries(ways)) {
    const ann = await Visitor.come(own, url, { before });
    await ann.press("#yes");
    for (let i = 0; i < 2; i++) await ann.look("gale");
    await ann.sees("hero", "tents");
    assert.match(await ann.text("#size"), /until this page is closed/, way);
    await ann.press("#off");
    await ann.sees("hero", "classic");
    assert.equal(await ann.page.$eval("#hero", (hero) => hero.dataset.reason), "OPTED_OUT", way);
    assert.deepEqual(ann.wrong, [], way);
    await ann.page.close();
  }
});

test("what the browser could not store for a while is stored later", { skip, timeout: 120000 }, async (t) => {
  const { page: url } = await site(t);
  const { chromium: own } = await browser(t);
  const ann = await Visitor.come(own, url);
  await ann.press("#yes");
  const full = () => {
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("", "QuotaExceededError");
    };
    window.room = () => (IDBObjectStore.prototype.put = put);
  };
  await ann.page.evaluate(full);
  for (let i = 0; i < 2; i++) await ann.look("gale");
  await ann.sees("hero", "tents");
  await ann.press("#hero .say");
  await ann.sees("hero", "classic");
  await ann.page.evaluate(() => window.room());
  await ann.look("ridge");
  const isStored = () => document.getElementById("size").textContent.includes("in this browser");
  await ann.page.waitForFunction(isStored);
  await ann.reload();
  await ann.sees("hero", "classic");
  assert.equal(views(await ann.kept()), 3);
  // Erased behind the page's back: it begins anew, and asks again.
  const erased = () => new Promise((done) => (indexedDB.deleteDatabase("fernweg").onsuccess = done));
  await ann.page.evaluate(`(${erased})().then(() => true)`);
  await ann.look("ridge");
  await ann.page.waitForFunction(() => !document.getElementById("ask").hidden);
  assert.equal(views(await ann.kept()), 0);
  assert.deepEqual(ann.wrong, []);
});

test("takes over what an edge has decided, and nothing forged", { skip, timeout: 120000 }, async (t) => {
  const html = readFileSync(new URL("../web/index.html", import.meta.url), "utf8");
  const withGiven = (text) =>
    html.replace("</head>", `<script type="application/json" id="tacit-given">${text}</script></head>`);
  const row = (variant, more = {}) =>
    JSON.stringify({
      tacit: 1,
      at: Date.now(),
      surfaces: { hero: { variant, reason: "RULE_MATCH", rule: 1, ...more } },
    });
  const pages = { "/examples/web/": withGiven(row("tents")) };
  const { page: url } = await site(t, pages);
  const { chromium: own } = await browser(t);
  const ann = await Visitor.come(own, url);
  await ann.sees("hero", "tents");
  assert.equal(
    await ann.text("#hero .why p"),
    "You see “A roof for windy nights”. Tents are what you looked at most this week.",
  );
  const shown = (await ann.kept()).items.find(({ kind, of }) => kind === "surface" && of === "hero").holds;
  assert.equal(shown[0], "tents");
  assert.notEqual(shown[1], 0, "with its rule");
  for (const forged of [
    "{",
    row("tents", { rule: 0 }),
    row("gone"),
    '{"tacit":1,"at":5,"surfaces":{"hero":{"variant":"tents","reason":"RULE_MATCH","rule":1}}}',
    row("&lt;img src=x onerror=alert(1)&gt;"),
  ]) {
    pages["/examples/web/"] = withGiven(forged);
    await ann.reload();
    await ann.sees("hero", "classic");
  }
  pages["/examples/web/"] = withGiven(row("tents"));
  await ann.reload();
  await ann.sees("hero", "tents");
  await ann.press("#hero .say");
  await ann.sees("hero", "classic");
  pages["/examples/web/"] = withGiven(row("tents"));
  await ann.reload();
  await ann.sees("hero", "classic");
  assert.deepEqual(ann.wrong, []);
});

test("on a phone, by keyboard, and with names for everything", { skip, timeout: 120000 }, async (t) => {
  const { page: url } = await site(t);
  const { chromium: own } = await browser(t);
  const ann = await Visitor.come(own, url, { width: 390, height: 844 });
  await ann.press("#yes");
  await ann.look("haul");
  await ann.look("stow");
  await ann.sees("hero", "packs");
  await ann.shot("phone");
  assert.ok(
    await ann.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
    "nothing sticks out",
  );
  const nameless = await ann.page.evaluate(() =>
    [...document.querySelectorAll("button, a, input, dialog, section")]
      .filter((element) => {
        const by = element.getAttribute("aria-labelledby");
        const label = by ? document.getElementById(by) : null;
        return (
          element.checkVisibility() &&
          !(
            element.getAttribute("aria-label") ||
            (label && label.textContent.trim()) ||
            element.closest("label") ||
            element.textContent.trim()
          )
        );
      })
      .map((element) => element.outerHTML.slice(0, 80)),
  );
  assert.deepEqual(nameless, []);
  const tree = await ann.page.accessibility.snapshot();
  assert.ok(JSON.stringify(tree).includes("Not interested in"), "buttons say of what");
  const focused = () => ann.page.evaluate(() => document.activeElement.textContent);
  await ann.reload();
  await ann.page.keyboard.press("Tab");
  assert.equal(await focused(), "To the shop");
  for (let i = 0; i < 30 && (await focused()) !== "Not interested"; i++) await ann.page.keyboard.press("Tab");
  await ann.page.keyboard.press("Enter");
  await ann.sees("hero", "classic");
  await ann.page.waitForFunction(() => document.activeElement.id === "undo-last");
  await ann.page.keyboard.press("Enter");
  await ann.sees("hero", "packs");
});

test(
  "the rules in the page are those of shop.yaml",
  { skip: skipUnless({ "the Python side": python() }) },
  async () => {
    process.env.TACIT_PYTHON = PYTHON;
    const { compiled } = await import("../web/build.mjs");
    assert.equal(
      readFileSync(new URL("../web/bundle.js", import.meta.url), "utf8"),
      compiled(),
      "run node build.mjs",
    );
  },
);
