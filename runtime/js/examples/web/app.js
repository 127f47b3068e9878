// A shop's page that decides for itself: the rules are in bundle.js, what it remembers in IndexedDB.
// It asks nobody and tells nobody.
import { BUNDLE } from "./bundle.js";
import { Device } from "./device.js";
import { showPanel, tell } from "./panel.js";
import { art, card, make } from "./parts.js";
import { PRODUCTS } from "./products.js";
import { SLOTS, show } from "./slots.js";

const PURPOSES = ["personalization"];
const find = (id) => document.getElementById(id);
const bytes = Uint8Array.from(atob(BUNDLE), (character) => character.charCodeAt(0));

const device = await Device.open(bytes, () => busily(render));
const given = find("tacit-given");
if (given) device.takeOver(given.textContent);

/** The variant that each slot shows. */
const showing = new Map();

/** How much is under way. */
let busy = 0;

/** Does something, while the page is marked as busy: who listens to it waits until all of it is there. */
async function busily(work) {
  busy++;
  document.body.setAttribute("aria-busy", "true");
  try {
    return await work();
  } finally {
    if (!--busy) document.body.removeAttribute("aria-busy");
  }
}

/** Brings the page up to date, and records what the person now sees. */
async function render() {
  for (const surface of SLOTS) {
    const decision = device.decide(surface);
    const { variant, reason } = decision;
    if (showing.get(surface) === `${variant} ${reason}`) continue;
    show(find(surface), decision, does);
    // A page in the background shows nothing to anybody.
    if (document.visibilityState !== "visible") continue;
    showing.set(surface, `${variant} ${reason}`);
    await device.shown(decision);
  }
  showPanel(device, does);
}

/** Changes the state, then the page. */
function change(work, consent) {
  return busily(async () => {
    const told = await device.change(work, consent);
    await render();
    return told;
  });
}

async function say(how, what, words) {
  const done = await change((state) => state[how](what));
  if (!done) return tell("There is no room for more wishes: take one back first.");
  const { topic = "", surface = "", variant = "" } = what;
  const same = (control) =>
    topic
      ? control.kind === "topic" && control.target === topic
      : control.target === surface && control.variant === variant;
  tell(words, () => does.undo(device.state.controls.find(same)));
}

const does = {
  notInterested: (what, title) => say("notInterested", what, `“${title}” will not be shown again.`),
  lessOf: (what, topic) => say("lessOf", what, `Less about ${topic} for a month.`),
  async undo(control) {
    if (control) await change((state) => state.undo(control));
    tell("Taken back.");
  },
  go(kind) {
    change((state) => state.recordClicked("hero", find("hero").dataset.variant));
    document.querySelector(`#all .${kind} button`).focus();
  },
  open(id) {
    const { kind, name, price, text, tint = "" } = PRODUCTS[id];
    const dialog = find("product");
    change((state) => state.recordEvent("product_viewed", { kind }));
    const close = make("button", { type: "button", class: "primary", click: () => dialog.close() }, "Close");
    dialog.replaceChildren(
      art(kind),
      make("h2", { id: "product-name" }, name),
      make("p", {}, text),
      make("p", { class: "price" }, `${price}.00`),
      close,
    );
    dialog.className = `${kind} ${tint}`;
    dialog.showModal();
  },
  readGuide() {
    change((state) => state.recordClicked("tip", "guide") && state.recordEvent("guide_read"));
    tell("Wear what you have for a day first. Then buy what hurt.");
  },
  async dismissTip() {
    await change((state) => state.recordDismissed("tip", "guide"));
    tell("The guide will not be offered again.");
  },
};

find("yes").addEventListener("click", () => change(() => {}, PURPOSES));
find("no").addEventListener("click", () => change(() => {}, []));
find("remember").addEventListener("change", ({ target }) => change(() => {}, target.checked ? PURPOSES : []));
find("off").addEventListener("click", async () => {
  const { isOff } = device.state;
  await change((state) => (isOff ? state.turnOn() : state.turnOff()));
  tell(
    isOff ? "Personalization is on." : "Personalization is off, and what this browser remembered is gone.",
  );
});
find("erase").addEventListener("click", async () => {
  await change((state) => state.erase());
  tell("Forgotten.");
});
find("all").replaceChildren(...Object.entries(PRODUCTS).map(([id, product]) => card(id, product, does.open)));
document.addEventListener("visibilitychange", () => busily(render));
await render();
document.documentElement.dataset.ready = "yes";

/** Offline from now on: the worker keeps every file that this page was made of. */
async function keepFiles() {
  const { serviceWorker } = navigator;
  serviceWorker.addEventListener("message", () => (document.documentElement.dataset.offline = "yes"));
  await serviceWorker.register("./sw.js");
  const { active } = await serviceWorker.ready;
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name.split("#")[0]);
  active.postMessage(
    [location.href.split("#")[0], ...loaded].filter((url) => url.startsWith(location.origin)),
  );
}

// Where the browser keeps nothing the page needs the network each time, and nothing else changes.
if ("serviceWorker" in navigator) keepFiles().catch(() => {});
