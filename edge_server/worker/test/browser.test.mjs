// The page of local.mjs behind the worker, in a real Chromium: the cookie is kept and comes back.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { browser, chromium, shots } from "../../../runtime/js/examples/test/browser.mjs";
import { packaged, skipUnless } from "../../../runtime/js/test/tools.mjs";
import { HTML, pages, running, skip as noWorker } from "./kit.mjs";

const skip = noWorker || skipUnless({ chromium: chromium(), "puppeteer-core": packaged("puppeteer-core") });
const KEYS = "1:" + "00010203".repeat(8);

test("a visit: first paint, looking at shoes, off", { skip, timeout: 120000 }, async (t) => {
  const html = readFileSync(new URL("../local.html", import.meta.url));
  const { url, origin } = await running(t, { handler: pages(html, HTML), env: { TACIT_STATE_KEYS: KEYS } });
  const { chromium: own } = await browser(t);
  const page = await own.newPage();
  await page.setExtraHTTPHeaders({ "CF-IPCountry": "CH" });
  await page.setUserAgent("Mozilla/5.0 (X11; Linux x86_64) Desktop");
  await page.setCookie(
    { name: "install_id", value: "ada", url },
    { name: "consent", value: "personalization", url },
  );
  const hero = () =>
    page.$eval("section", (element) => [
      element.dataset.tacitVariant,
      element.querySelector("h1").textContent,
    ]);
  const after = (press) => Promise.all([page.waitForNavigation(), page.click(press)]);
  // Before any script has run.
  await page.setJavaScriptEnabled(false);
  await page.goto(url);
  const title = await page.evaluate(() => document.querySelector("[data-tacit=announcement]").textContent);
  assert.equal(title, "Duties are included in our prices.");
  await page.setJavaScriptEnabled(true);
  await page.goto(url);
  assert.deepEqual(await hero(), ["classic", "Everything for outside"]);
  await after("#look");
  assert.deepEqual(await hero(), ["shoes", "New on the trail"]);
  await page.screenshot({ path: join(shots(), "worker.png") });
  const kept = (await page.cookies(url)).find(({ name }) => name === "__Host-tacit");
  assert.ok(kept && kept.httpOnly && kept.secure && kept.sameSite === "Lax");
  await after("#off");
  assert.equal((await hero())[0], "classic");
  assert.ok(origin.requests.length >= 4);
  for (const { headers } of origin.requests) {
    assert.equal(headers.cookie, undefined);
    assert.ok(!JSON.stringify(headers).includes("Desktop") && !("cf-ipcountry" in headers));
  }
});
